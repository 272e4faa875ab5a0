// The contract as tests of Node.js.

import { describe, test } from "node:test";
import { CONTRACT } from "./contract.mjs";
import { countersign } from "./installed.mjs";

/** A test for each promise. `rig` has `open` and `advance`. */
export function keepsContract(name, rig) {
  describe(`the contract, ${name}`, () => {
    for (const [promise, hold] of Object.entries(CONTRACT)) {
      test(promise, () => hold({ ...countersign, ...rig }));
    }
  });
}

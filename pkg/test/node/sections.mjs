// Sections of the suite as Node's tests, one each: for `cargo xtask faults`, which needs no other
// runtime. The environment variable COUNTERSIGN_SECTIONS names them, with commas in between.

import assert from "node:assert/strict";
import * as nodeCrypto from "node:crypto";
import { test } from "node:test";
import { run } from "../suite/index.ts";
import { load, readVectors } from "./installed.mjs";

const api = { ...(await load()), vectors: readVectors(), digests: ["wasm", "host"], nodeCrypto };

for (const name of process.env.COUNTERSIGN_SECTIONS.split(",")) {
  test(`the suite's section ${name}`, async () => {
    const { sections, ok } = await run({ ...api, only: [name] });
    assert.deepEqual(
      sections.flatMap(({ failures }) => failures),
      [],
    );
    assert.ok(ok, `${name}: nothing was checked, or something failed`);
  });
}

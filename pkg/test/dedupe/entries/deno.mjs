// What runs in Deno: the child processes, and the contract.

import * as countersign from "countersign";
import * as dedupe from "countersign/dedupe";
import { denoKvStore } from "countersign/dedupe/deno-kv";
import { main } from "../child.mjs";
import { CONTRACT } from "../contract.mjs";

async function openBackend({ path }) {
  const kv = await Deno.openKv(path);
  let aheadMs = 0;
  const store = denoKvStore(kv, { now: () => Date.now() + aheadMs });
  return {
    open: async () => store,
    advance: async (ms) => void (aheadMs += ms),
    close: async () => kv.close(),
  };
}

/** Prints what became of each promise. */
async function contract(place) {
  const rig = { ...countersign, ...dedupe, ...(await openBackend(place)) };
  for (const [promise, hold] of Object.entries(CONTRACT)) {
    const error = await hold(rig).then(() => null, (thrown) => thrown.stack);
    console.log(JSON.stringify({ promise, error }));
  }
  process.exit();
}

const [task, place] = process.argv.slice(-2).map((text) => JSON.parse(text));
if (task.name === "contract") await contract(place);
else await main(openBackend, dedupe.once);

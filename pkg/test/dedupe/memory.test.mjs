// The store in memory: the contract, and what it forgets when it is full.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { transform } from "esbuild";
import { blocksOfComments } from "../docs/blocks.mjs";
import { root } from "../node/installed.mjs";
import { countersign } from "./installed.mjs";
import { keepsContract } from "./suite.mjs";

const { memoryStore } = countersign;

// The store in the doc comment of `DedupeStore`, by which others write theirs.
const [{ code }] = blocksOfComments(join(root, "pkg/src/dedupe")).filter(({ code }) => code.includes("mapStore"));
const example = (await transform(code, { loader: "ts" })).code;
const { mapStore } = await import(`data:text/javascript,${encodeURIComponent(example)}`);

let nowMs = Date.now();
const store = memoryStore({ now: () => nowMs });
keepsContract("memory", {
  open: async () => store,
  advance: async (ms) => void (nowMs += ms),
});

const records = new Map();
const fromDocs = mapStore(records);
keepsContract("the example in the documents", {
  open: async () => fromDocs,
  advance: async (ms) => records.forEach((record) => (record.until -= ms)),
});

test("what has expired goes first, then the oldest commit, never a claim", async () => {
  let now = 0;
  const store = memoryStore({ maxEntries: 3, now: () => now });
  const known = async (...keys) => {
    const answers = await Promise.all(keys.map((key) => store.commit(key, "somebody else", 1)));
    return answers.map((isNew) => !isNew);
  };
  await store.claim("claimed", "a", 10_000);
  await store.commit("old", "a", 10_000);
  await store.commit("short", "a", 10);
  now = 11;
  await store.commit("fourth", "a", 10_000);
  assert.deepEqual(await known("claimed", "old", "fourth"), [true, true, true]);
  await store.commit("fifth", "a", 10_000);
  assert.equal((await store.claim("claimed", "b", 1)).status, "busy");
  assert.deepEqual(await known("claimed", "fourth", "fifth"), [true, true, true]);
});

test("when all is claimed it refuses, and the handler does not run", async () => {
  const store = memoryStore({ maxEntries: 2 });
  await store.claim("a", "a", 10_000);
  await store.claim("b", "b", 10_000);
  const run = countersign.once(store, { key: "c" }, () => assert.fail("it has run"));
  await assert.rejects(run, /all 2 entries of the memory store are claimed; raise maxEntries/);
  assert.equal((await store.claim("a", "a", 10_000)).status, "granted", "a renewal");
  assert.equal(await store.commit("a", "a", 10_000), true);
  assert.equal((await store.claim("c", "c", 10_000)).status, "granted");
});

test("it holds no more than it may, whatever comes", async () => {
  const store = memoryStore({ maxEntries: 100 });
  const recent = [];
  for (let n = 0; n < 5_000; n += 1) {
    await countersign.once(store, { key: `key-${n}` }, () => {});
    if (n >= 4_900) recent.push(`key-${n}`);
  }
  for (const key of recent) assert.equal((await store.claim(key, "b", 1)).status, "done", key);
  assert.equal((await store.claim("key-4899", "b", 1)).status, "granted");
});

test("a full store with much that has not expired is not searched each time", async () => {
  const store = memoryStore({ maxEntries: 50_000 });
  for (let n = 0; n < 50_000; n += 1) await store.commit(`key-${n}`, "a", 1e9);
  const started = performance.now();
  for (let n = 0; n < 5_000; n += 1) {
    await store.claim(`more-${n}`, "a", 30_000);
    await store.commit(`more-${n}`, "a", 1e9);
  }
  const spent = performance.now() - started;
  assert.ok(spent < 1_000, `${spent} ms`);
});

test("a limit that is none", () => {
  for (const maxEntries of [0, -1, 1.5, Number.NaN, "10"]) {
    assert.throws(() => memoryStore({ maxEntries }), { code: "invalid_limit" });
  }
});

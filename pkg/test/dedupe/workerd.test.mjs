// In real workerd: the store on KV, and the one for SQL on D1 and in a Durable Object.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundleForWorkerd } from "./bundle.mjs";
import { CONTRACT } from "./contract.mjs";
import { KV_PROMISES } from "./kv-promises.mjs";

const TYPES = { js: "ESModule", wasm: "CompiledWasm" };
const STORES = {
  D1: ["d1", CONTRACT],
  "a Durable Object": ["object", CONTRACT],
  KV: ["kv", { ...CONTRACT, ...KV_PROMISES }],
};

const storage = mkdtempSync(join(tmpdir(), "countersign-dedupe-"));
let miniflare;

/** With what the last one has left on disk. */
async function start() {
  const folder = await bundleForWorkerd();
  const names = readdirSync(folder).sort((a, b) => (b === "workerd.js") - (a === "workerd.js"));
  const modules = names.map((path) => {
    const bytes = readFileSync(join(folder, path));
    const type = TYPES[path.split(".").pop()];
    return { type, path, contents: type === "ESModule" ? bytes.toString() : bytes };
  });
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules,
      compatibilityDate: "2026-10-01",
      compatibilityFlags: ["nodejs_compat"],
      cf: false,
      kvNamespaces: ["SEEN"],
      d1Databases: ["DB"],
      durableObjects: { OBJECT: { className: "StoreObject", useSQLite: true } },
      resourcePersistencePath: storage,
    }),
  );
  await miniflare.ready;
}

before(start);
after(async () => {
  await miniflare?.dispose();
  rmSync(storage, { recursive: true, force: true });
});

const ask = async (path, body) => {
  const response = await miniflare.dispatchFetch(`http://test/${path}`, { method: "POST", body });
  return response.text();
};

for (const [name, [path, promises]] of Object.entries(STORES)) {
  describe(`the contract, ${name}`, () => {
    for (const promise of Object.keys(promises)) {
      test(promise, async () => {
        assert.equal(await ask(path, promise), "");
      });
    }
  });
}

/** The pids of workerd, below this process. */
const workerds = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\) . /, "").split(" ")[0];
        return Number(parent) === process.pid && /workerd/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        return false;
      }
    })
    .map(Number);

test("workerd is killed between claim and commit", { skip: process.platform !== "linux" }, async () => {
  // Of KV the isolate's memory is half of the store: its claims end with it.
  const AFTERWARDS = { d1: "busy", object: "busy", kv: "done" };
  for (const [index, path] of Object.keys(AFTERWARDS).entries()) {
    ask(path, "hang").catch(() => {});
    while ((await ask(path, "count")) !== String(index + 1));
    assert.equal(await ask(path, "run"), "busy", path);
  }
  const pids = workerds();
  assert.ok(pids.length > 0);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  await miniflare.dispose().catch(() => {});
  await start();
  for (const [path, status] of Object.entries(AFTERWARDS)) {
    assert.equal(await ask(path, "run"), status, path);
    if (status !== "busy") continue;
    await ask(path, "wait");
    assert.equal(await ask(path, "run"), "done", path);
    assert.equal(await ask(path, "run"), "duplicate", path);
  }
});

// In real workerd: the store on KV, and the one for SQL on D1 and in a Durable Object.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
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

let miniflare;

before(async () => {
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
    }),
  );
  await miniflare.ready;
});
after(() => miniflare?.dispose());

for (const [name, [path, promises]] of Object.entries(STORES)) {
  describe(`the contract, ${name}`, () => {
    for (const promise of Object.keys(promises)) {
      test(promise, async () => {
        const options = { method: "POST", body: promise };
        const response = await miniflare.dispatchFetch(`http://test/${path}`, options);
        assert.equal(await response.text(), "");
      });
    }
  });
}

// Does the Worker survive a WebAssembly trap? The instance is played by a small fake, the runtime is workerd.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

// Each instance knows its number, so that an answer tells which one gave it.
const FAKE = `
  let count = 0;
  export function instantiate(queueMicrotask) {
    const number = ++count;
    const trap = () => { throw new WebAssembly.RuntimeError("unreachable"); };
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    return {
      fetch(request) {
        switch (new URL(request.url).pathname) {
          case "/trap": trap();
          case "/trap-later": return wait(50).then(() => { queueMicrotask(trap); return new Promise(() => {}); });
          case "/slow": return wait(150).then(() => new Response(String(number)));
          default: return new Promise((resolve) => queueMicrotask(() => resolve(new Response(String(number)))));
        }
      },
    };
  }
`;

let miniflare;
const log = [];

before(async () => {
  const plugin = {
    name: "fake-instance",
    setup(build) {
      build.onResolve({ filter: /^countersign:wasm$/ }, ({ path }) => ({ path, namespace: "fake" }));
      build.onLoad({ filter: /.*/, namespace: "fake" }, () => ({ contents: FAKE }));
    },
  };
  const entryPoints = [fileURLToPath(new URL("entry.js", import.meta.url))];
  const built = await build({ entryPoints, plugins: [plugin], bundle: true, format: "esm", write: false });
  const modules = [{ type: "ESModule", path: "index.js", contents: built.outputFiles[0].text }];
  const options = { modules, cf: false, compatibilityDate: "2026-10-01", handleStructuredLogs };
  miniflare = new Miniflare(convertV4MiniflareOptions(options));
});

const handleStructuredLogs = ({ message }) => log.push(JSON.parse(message));

after(() => miniflare.dispose());

async function get(path) {
  const started = performance.now();
  const response = await miniflare.dispatchFetch(`http://localhost${path}`);
  const text = await response.text();
  return { status: response.status, text, headers: response.headers, took: performance.now() - started };
}

async function isReplacedAfter(path) {
  const { text: before } = await get("/");
  const failed = await get(path);
  assert.equal(failed.status, 503);
  assert.equal(failed.text, '{"error":"unavailable"}');
  assert.equal(failed.headers.get("content-type"), "application/json");
  assert.equal(failed.headers.get("retry-after"), "1");
  const requestId = failed.headers.get("countersign-request-id");
  assert.ok(log.some((line) => line.requestId === requestId && line.reason === "instance_failed"));
  assert.ok(log.some((line) => line.message === "instance" && line.detail === "RuntimeError: unreachable"));
  assert.ok(failed.took < 2000, `the 503 took ${failed.took} ms`);
  const next = await get("/");
  assert.equal(next.status, 200);
  assert.equal(Number(next.text), Number(before) + 1);
}

test("a trap in the call itself is answered 503, and the next request is served", () => isReplacedAfter("/trap"));

test("so is a trap later on, in a microtask", () => isReplacedAfter("/trap-later"));

test("what else is in flight is answered 503 at once, too", async () => {
  const [slow, trapped] = await Promise.all([get("/slow"), get("/trap-later")]);
  assert.deepEqual([slow.status, trapped.status], [503, 503]);
  assert.equal((await get("/slow")).status, 200);
});

test("many traps one after the other leave a Worker that serves", async () => {
  for (let i = 0; i < 20; i++) assert.equal((await get("/trap-later")).status, 503);
  assert.equal((await get("/")).status, 200);
});

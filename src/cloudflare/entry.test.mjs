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
    const trapLater = () => wait(50).then(() => { queueMicrotask(trap); return new Promise(() => {}); });
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    class InboxObject {
      constructor(state) {
        this.storage = state.storage;
        this.calls = 0;
      }
      async accept(entry) {
        this.calls += 1;
        if (entry === "refuse") throw new Error("the storage is full");
        if (entry === "trap-later") return trapLater();
        if (entry === "armed") return String(await this.storage.getAlarm());
        if (entry === "alarms") return String(globalThis.alarms ?? 0);
        if (entry === "go-off") await this.storage.setAlarm(Date.now());
        if (entry.startsWith("alarm:")) globalThis.alarmMode = entry.slice(6);
        return number + "." + this.calls;
      }
      layout() { trap(); }
      alarm() {
        switch (globalThis.alarmMode) {
          case "trap": trap();
          case "trap-later": return trapLater();
          default: return this.storage.deleteAlarm().then(() => { globalThis.alarms = (globalThis.alarms ?? 0) + 1; });
        }
      }
    }
    return {
      InboxObject,
      sweep() { return trapLater(); },
      fetch(request) {
        switch (new URL(request.url).pathname) {
          case "/trap": trap();
          case "/trap-later": return trapLater();
          case "/slow": return wait(1000).then(() => new Response(String(number)));
          default: return new Promise((resolve) => queueMicrotask(() => resolve(new Response(String(number)))));
        }
      },
    };
  }
`;

// What calls the Durable Object, as a request would in the real instance.
const MAIN = `
  import worker, { Inbox as Product } from "./index.js";
  // The runtime lets nobody call \`alarm\` by this name.
  export class Inbox extends Product {
    ring() { return this.alarm(); }
  }
  export default {
    async fetch(request, env, ctx) {
      const [, kind, method, argument] = new URL(request.url).pathname.split("/");
      if (kind === "sweep") return new Response(await worker.scheduled({}, env, ctx));
      if (kind !== "object") return worker.fetch(request, env, ctx);
      try {
        return new Response(await env.INBOX.getByName("source/0")[method](argument));
      } catch (error) {
        return new Response(error.message, { status: 500 });
      }
    },
  };
`;

// Who is not told waits for ever.
const AT_ONCE_MS = 10_000;

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
  const built = await build({
    entryPoints,
    plugins: [plugin],
    bundle: true,
    format: "esm",
    write: false,
    external: ["cloudflare:workers"],
  });
  const modules = [
    { type: "ESModule", path: "main.js", contents: MAIN },
    { type: "ESModule", path: "index.js", contents: built.outputFiles[0].text },
  ];
  const durableObjects = { INBOX: { className: "Inbox", useSQLite: true } };
  const options = { modules, durableObjects, cf: false, compatibilityDate: "2026-10-01", handleStructuredLogs };
  miniflare = new Miniflare(convertV4MiniflareOptions(options));
});

const handleStructuredLogs = ({ message }) => log.push(JSON.parse(message));

after(() => miniflare?.dispose());

async function get(path) {
  const started = performance.now();
  const response = await miniflare.dispatchFetch(`http://localhost${path}`);
  const text = await response.text();
  return { status: response.status, text, headers: response.headers, took: performance.now() - started };
}

async function becomes(isSo, what) {
  const deadline = performance.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `it took longer than 20 s until ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function isReplacedAfter(path) {
  const lines = log.length;
  const { text: before } = await get("/");
  const failed = await get(path);
  assert.equal(failed.status, 503);
  assert.equal(failed.text, '{"error":"unavailable"}');
  assert.equal(failed.headers.get("content-type"), "application/json");
  assert.equal(failed.headers.get("retry-after"), "1");
  const requestId = failed.headers.get("countersign-request-id");
  const isLogged = (check) => becomes(() => log.slice(lines).some(check), "the log says it");
  await isLogged((line) => line.requestId === requestId && line.reason === "instance_failed");
  await isLogged((line) => line.message === "instance" && line.detail === "RuntimeError: unreachable");
  assert.ok(failed.took < AT_ONCE_MS, `the 503 took ${failed.took} ms`);
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

const object = (method, argument = "") => get(`/object/${method}/${argument}`);

test("an object is made once, and made anew in the next instance", async () => {
  const [instance, calls] = (await object("accept", "x")).text.split(".").map(Number);
  assert.equal((await object("accept", "x")).text, `${instance}.${calls + 1}`);
  assert.equal((await get("/trap")).status, 503);
  assert.equal((await object("accept", "x")).text, `${instance + 1}.1`);
});

test("what an object refuses is the caller's to see, and no reason for a new instance", async () => {
  const before = (await object("accept", "x")).text;
  const refused = await object("accept", "refuse");
  assert.deepEqual([refused.status, refused.text], [500, "the storage is full"]);
  assert.equal((await object("accept", "x")).text.split(".")[0], before.split(".")[0]);
});

for (const [method, argument] of [["accept", "trap-later"], ["layout", "4"]]) {
  test(`a trap in an object's ${method} is an error for the caller at once`, async () => {
    const failed = await object(method, argument);
    assert.equal(failed.status, 500);
    assert.match(failed.text, /the instance failed|unreachable/);
    assert.ok(failed.took < AT_ONCE_MS, `it took ${failed.took} ms`);
    assert.equal((await object("accept", "x")).status, 200);
  });
}

test("a request's trap is an error for who waits for an object, and the other way round", async () => {
  const [request, call] = await Promise.all([get("/trap-later"), object("accept", "trap-later")]);
  assert.deepEqual([request.status, call.status], [503, 500]);
});

for (const mode of ["trap", "trap-later"]) {
  test(`an alarm that ends in a ${mode} does not throw, and goes off again after half a minute`, async () => {
    await object("accept", `alarm:${mode}`);
    const [before, since] = [log.length, Date.now()];
    const rung = await object("ring");
    const until = Date.now();
    assert.deepEqual([rung.status, rung.text], [200, ""]);
    const lines = () => log.slice(before).filter((line) => line.message === "alarm");
    await becomes(() => lines().length > 0, "the log says that an alarm failed");
    const told = lines().map(({ level, outcome }) => [level, outcome]);
    assert.deepEqual(told, [["error", "failed"]]);
    assert.match(lines()[0].detail, /the instance failed|unreachable/);
    const armed = Number((await object("accept", "armed")).text);
    assert.ok(armed >= since + 30_000 && armed <= until + 30_000, `it goes off ${armed - since} ms after it went off`);
  });
}

test("an alarm goes off by itself, and may decide that there is none after it", async () => {
  await object("accept", "alarm:nothing");
  const before = (await object("accept", "alarms")).text;
  await object("accept", "go-off");
  await becomes(async () => (await object("accept", "alarms")).text !== before, "the alarm went off");
  assert.equal((await object("accept", "armed")).text, "null");
});

test("a sweep that ends in a trap does not throw, and says so", async () => {
  assert.equal((await get("/sweep")).status, 200);
  await becomes(() => log.some((line) => line.message === "sweep" && line.outcome === "failed"), "the log says that a sweep failed");
});

// The store in Deno KV, in the real Deno.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { project } from "../node/installed.mjs";
import { tool } from "../runtimes/places.mjs";
import { bundleForDeno } from "./bundle.mjs";
import { CONTRACT } from "./contract.mjs";
import { countersign } from "./installed.mjs";
import { holdsAmongProcesses, startChild } from "./processes.mjs";
import { emptyFolder } from "./servers.mjs";

const DENO = tool(".bin/deno");
const ALONE = ["--no-prompt", "--cached-only", "--node-modules-dir=manual", "--unstable-kv"];
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env"];
const script = await bundleForDeno();
const inDeno = [DENO, "run", ...ALONE, ...PERMISSIONS, script];
const folder = emptyFolder();
const place = { path: join(folder, "kv.sqlite3") };

describe("the contract, Deno KV", () => {
  const results = new Map();
  before(async () => {
    const child = startChild(inDeno, { name: "contract" }, { path: join(folder, "contract.sqlite3") });
    for (const { promise, error } of await child.rest()) results.set(promise, error);
  });
  for (const promise of Object.keys(CONTRACT)) {
    test(promise, () => assert.equal(results.get(promise), null));
  }
});

// Node.js can't open a Deno KV, so a child does it for us.
let server;
const call = async (method, ...args) => {
  server.tell({ method, args });
  return server.line();
};
const remote = Object.fromEntries(
  ["claim", "commit", "release"].map((method) => [method, (...args) => call(method, ...args)]),
);
const backend = { open: async () => remote, advance: (ms) => call("advance", ms) };
before(() => {
  server = startChild(inDeno, { name: "serve" }, place);
});
after(() => server?.kill());
holdsAmongProcesses("Deno KV", () => backend, () => place, inDeno);

test("a file that another process has locked for a moment: the claim waits for it", async () => {
  await remote.claim("first", "a", 1_000);
  const other = new DatabaseSync(place.path);
  other.exec("BEGIN IMMEDIATE");
  const claim = remote.claim("locked", "a", 60_000);
  await new Promise((done) => setTimeout(done, 300));
  other.exec("ROLLBACK");
  assert.deepEqual(await claim, { status: "granted" });
  assert.equal((await remote.claim("locked", "b", 60_000)).status, "busy");
  other.close();
});

test("Deno's own types fit", () => {
  const file = join(project, "dedupe-deno-check.ts");
  writeFileSync(
    file,
    `import { once } from "countersign/dedupe";
import { denoKvStore } from "countersign/dedupe/deno-kv";

const store = denoKvStore(await Deno.openKv(), { prefix: ["app", "seen"] });
await once(store, { key: "a" }, ({ signal }: { signal: AbortSignal }) => signal.aborted);
`,
  );
  execFileSync(DENO, ["check", "--node-modules-dir=manual", "--unstable-kv", file], { cwd: project, stdio: "pipe" });
});

test("what is no database", () => {
  for (const kv of [undefined, null, {}, "kv.sqlite3"]) {
    assert.throws(() => countersign.denoKvStore(kv), { code: "invalid_store" });
  }
});

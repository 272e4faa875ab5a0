// The store in a real Redis, through both clients, in the versions that are in use.

import assert from "node:assert/strict";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { openBackend } from "./backends.mjs";
import { countersign } from "./installed.mjs";
import { holdsAmongProcesses } from "./processes.mjs";
import { startRedis } from "./servers.mjs";
import { keepsContract } from "./suite.mjs";

const { once, redisStore } = countersign;
const CLIENTS = [
  { kind: "node-redis", module: "redis" },
  { kind: "node-redis", module: "redis5" },
  { kind: "ioredis", module: "ioredis" },
  { kind: "ioredis", module: "ioredis5" },
];

const redis = await startRedis();
const placeOf = (client, { path } = redis) => ({ ...client, path });
// Before the first test: a file that waits between tests is taken for one that has no more.
const backends = await Promise.all(CLIENTS.map((client) => openBackend(placeOf(client))));
after(async () => {
  for (const { close } of backends) await close();
  await redis.stop();
});

CLIENTS.forEach((client, index) => {
  const backend = backends[index];
  keepsContract(client.module, backend);
  if (client.module.endsWith("5")) return;
  holdsAmongProcesses(client.module, () => backend, () => placeOf(client));
});

for (const client of CLIENTS) {
  describe(`a server that is gone, ${client.module}`, () => {
    const options = { storeTimeoutMs: 500, leaseMs: 5_000 };
    const never = () => assert.fail("the handler has run");
    let server;
    let backend;
    let store;
    beforeEach(async () => {
      server = await startRedis();
      backend = await openBackend(placeOf(client, server));
      store = await backend.open();
    });
    afterEach(async () => {
      await backend.close();
      await server.stop();
    });

    test("before the claim: it fails in time, the handler does not run, and later it does", async () => {
      await server.stop();
      const started = performance.now();
      await assert.rejects(once(store, { key: "a" }, never, options));
      assert.ok(performance.now() - started < 5_000);
      await server.restart();
      // A claim that waited in the client for the server is given back as soon as it is granted; one whose answer was lost
      // runs out.
      let result;
      for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
        result = await once(store, { key: "a" }, () => "worked", options).catch((error) => error);
        if (result.status === "done") break;
        await new Promise((done) => setTimeout(done, 50));
      }
      assert.equal(result.value, "worked");
    });

    test("while the handler is at work: done, and not committed", async () => {
      const result = await once(store, { key: "b" }, () => server.stop().then(() => 1), options);
      const { status, value, committed } = result;
      assert.deepEqual({ status, value, committed }, { status: "done", value: 1, committed: false });
      assert.ok(result.error instanceof Error);
    });

    test("when the handler throws: its error comes out", async () => {
      const fail = async () => {
        await server.stop();
        throw new Error("the handler's own");
      };
      await assert.rejects(once(store, { key: "c" }, fail, options), /the handler's own/);
    });
  });
}

test("connections that are cut: the claim holds, and so does the commit", async () => {
  const server = await startRedis();
  const [one, two] = await Promise.all(
    CLIENTS.slice(1, 3).map((client) => openBackend(placeOf(client, server))),
  );
  const cut = () => two.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
  const run = async (backend, handler) => once(await backend.open(), { key: "a" }, handler);
  const result = await run(one, async () => {
    assert.ok((await cut()) >= 1);
    assert.equal((await run(two, () => assert.fail("the handler has run"))).status, "busy");
    return "worked";
  });
  assert.deepEqual(result, { status: "done", value: "worked", committed: true });
  await cut();
  assert.equal((await run(one, () => assert.fail("the handler has run"))).status, "duplicate");
  await one.close();
  await two.close();
  await server.stop();
});

test("any function that sends a command is a client", async () => {
  const commands = [];
  const store = redisStore(
    (command) => {
      commands.push(command[3]);
      return backends[0].client.sendCommand(command);
    },
    { prefix: "app:" },
  );
  assert.equal((await once(store, { key: "a" }, () => {})).committed, true);
  assert.equal((await once(store, { key: "a" }, () => {})).status, "duplicate");
  assert.deepEqual(commands, ["app:a", "app:a", "app:a"]);
});

test("what is no client", () => {
  for (const client of [undefined, null, {}, "redis://localhost"]) {
    assert.throws(() => redisStore(client), { code: "invalid_store" });
  }
});

// The store in a real PostgreSQL, through pg.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openBackend } from "./backends.mjs";
import { countersign } from "./installed.mjs";
import { holdsAmongProcesses } from "./processes.mjs";
import { startPostgres } from "./servers.mjs";
import { keepsContract } from "./suite.mjs";
import { commitsWithWork } from "./transactions.mjs";

const { once } = countersign;
const never = () => assert.fail("the handler has run");

const postgres = await startPostgres();
const place = { kind: "postgres", connection: postgres.connection };
const backend = await openBackend(place);
await backend.create();
after(async () => {
  await backend.close();
  await postgres.stop();
});

keepsContract("PostgreSQL", backend);
holdsAmongProcesses("PostgreSQL", () => backend, () => place);
commitsWithWork("PostgreSQL", backend, place);

describe("PostgreSQL", () => {
  test("the table may be in a schema, and may be there already", async () => {
    await backend.pool.query("CREATE SCHEMA app");
    const other = await openBackend({ ...place, table: "app.Webhook_seen" });
    await other.create();
    await other.create();
    const store = await other.open();
    assert.equal((await once(store, { key: "a" }, () => {})).committed, true);
    assert.equal((await once(store, { key: "a" }, never)).status, "duplicate");
    assert.equal((await once(await backend.open(), { key: "a" }, () => {})).status, "done");
    await other.close();
  });

  test("what has expired can be deleted, and nothing else goes", async () => {
    const pruned = await openBackend({ ...place, table: "pruned" });
    await pruned.create();
    const store = await pruned.open();
    await store.commit("old", "a", 1_000);
    await store.claim("dead", "a", 1_000);
    await pruned.advance(1_001);
    await store.commit("new", "a", 60_000);
    await store.claim("at work", "a", 60_000);
    await store.prune();
    const { rows } = await pruned.pool.query("SELECT key FROM pruned ORDER BY key");
    assert.deepEqual(rows, [{ key: "at work" }, { key: "new" }]);
    await pruned.close();
  });

  test("in a long transaction the window begins at the commit", async () => {
    const store = await backend.open();
    const claim = { key: "long", token: "a", windowMs: 60_000 };
    await store.claim(claim.key, claim.token, 60_000);
    await backend.transact(async (query) => {
      await query("SELECT pg_sleep(0.5)");
      await store.commitIn(query, claim);
    });
    const { remainingMs } = await store.claim(claim.key, "b", 1_000);
    assert.ok(remainingMs > 59_700 && remainingMs <= 60_000, `${remainingMs}`);
  });

  test("a copy that waits for a row gets the answer of the moment in which it goes on", async () => {
    const store = await backend.open();
    const claim = { key: "waited", token: "a", windowMs: 60_000 };
    await store.claim(claim.key, claim.token, 60_000);
    const client = await backend.pool.connect();
    await client.query("BEGIN");
    await store.commitIn((text, values) => client.query(text, values), claim);
    const copy = once(store, { key: claim.key }, never);
    await new Promise((done) => setTimeout(done, 100));
    await client.query("COMMIT");
    client.release();
    assert.equal((await copy).status, "duplicate");
  });
});

describe("a server that is gone, PostgreSQL", () => {
  const options = { storeTimeoutMs: 2_000 };

  test("before the claim, at work, and when the handler throws", async () => {
    const key = "gone";
    const store = await backend.open();
    const atWork = await once(store, { key }, () => postgres.stop().then(() => 1), options);
    assert.deepEqual([atWork.status, atWork.value, atWork.committed], ["done", 1, false]);
    assert.ok(atWork.error instanceof Error);
    await assert.rejects(once(store, { key: "other" }, never, options));

    await postgres.restart();
    assert.equal((await once(store, { key }, never, options)).status, "busy", "not committed");
    const fail = async () => {
      await postgres.stop();
      throw new Error("the handler's own");
    };
    await assert.rejects(once(store, { key: "third" }, fail, options), /the handler's own/);
    await postgres.restart();
    assert.equal((await once(store, { key: "other" }, () => {}, options)).committed, true);
  });

  test("a connection that is cut at work: the next one commits", async () => {
    const store = await backend.open();
    const cut = () =>
      backend.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'countersign'",
      );
    await Promise.all(Array.from({ length: 3 }, () => backend.pool.query("SELECT pg_sleep(0.01)")));
    assert.equal((await once(store, { key: "cut" }, cut, options)).committed, true);
    assert.equal((await once(store, { key: "cut" }, never, options)).status, "duplicate");
  });
});

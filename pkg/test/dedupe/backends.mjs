// Stores by what they are made of, for tests and for their child processes. A place is plain data.
//
// Each gives `open()`, `advance(ms)`, by which the time of its records passes, and `close()`.

import { countersign } from "./installed.mjs";

const { createTable, redisStore, sqlStore } = countersign;

export const BACKENDS = { ioredis, "node-redis": nodeRedis, postgres, sqlite };

/** What a place says it is. */
export const openBackend = (place) => BACKENDS[place.kind](place);

async function nodeRedis({ path, module }) {
  const { createClient } = await import(module);
  const client = createClient({ socket: { path } });
  client.on("error", () => {});
  await client.connect();
  const send = (...command) => client.sendCommand(command);
  return { ...redis(client, send), client, close: async () => client.destroy() };
}

async function ioredis({ path, module }) {
  const { Redis } = await import(module);
  const client = new Redis({ path, lazyConnect: true });
  client.on("error", () => {});
  await client.connect();
  const send = (...command) => client.call(...command);
  return { ...redis(client, send), client, close: async () => client.disconnect() };
}

const redis = (client, send) => ({
  open: async () => redisStore(client),
  async advance(ms) {
    for (const key of await send("KEYS", "countersign:*")) {
      const left = Number(await send("PTTL", key)) - ms;
      if (left > 0) await send("PEXPIRE", key, String(left));
      else await send("DEL", key);
    }
  },
});

async function postgres({ connection, table = "countersign_dedupe", max = 10 }) {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ ...connection, max });
  pool.on("error", () => {});
  const query = (text, values) => pool.query(text, values);
  return {
    pool,
    open: async () => sqlStore(query, { dialect: "postgres", table }),
    advance: (ms) => query(`UPDATE ${table} SET expires_at = expires_at - $1`, [ms]),
    create: () => query(createTable(table)),
    query: async (text, values) => (await query(text, values)).rows,
    async transact(work) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        await work((text, values) => client.query(text, values));
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
}

async function sqlite({ path, table = "countersign_dedupe" }) {
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(path, { timeout: 20_000 });
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec(createTable(table));
  const query = (text, values) => db.prepare(text).all(...values);
  return {
    db,
    open: async () => sqlStore(query, { dialect: "sqlite", table }),
    advance: async (ms) => void query(`UPDATE ${table} SET expires_at = expires_at - ?`, [ms]),
    query: async (text, values) => query(text.replace(/\$\d/g, "?"), values),
    /** Nothing is awaited in it: others use the same connection. */
    async transact(work) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const promise = work((text, values) => query(text.replace(/\$\d/g, "?"), values));
        if (promise instanceof Promise) throw new Error("the work is not synchronous");
        db.exec("COMMIT");
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    close: async () => db.close(),
  };
}

// The store in SQLite, through node:sqlite, whose interface is synchronous.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { openBackend } from "./backends.mjs";
import { countersign } from "./installed.mjs";
import { holdsAmongProcesses } from "./processes.mjs";
import { emptyFolder } from "./servers.mjs";
import { keepsContract } from "./suite.mjs";
import { commitsWithWork } from "./transactions.mjs";

const { createTable, once, sqlStore } = countersign;
const place = { kind: "sqlite", path: join(emptyFolder(), "app.db") };
const backend = await openBackend(place);

keepsContract("SQLite", backend);
holdsAmongProcesses("SQLite", () => backend, () => place);
commitsWithWork("SQLite", backend, place);

test("a database that is locked: the claim fails, and the handler does not run", async () => {
  const path = join(emptyFolder(), "locked.db");
  const db = new DatabaseSync(path, { timeout: 10 });
  db.exec(createTable());
  const store = sqlStore((text, values) => db.prepare(text).all(...values), { dialect: "sqlite" });
  const other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  const run = once(store, { key: "a" }, () => assert.fail("the handler has run"));
  await assert.rejects(run, /locked/);
  other.exec("ROLLBACK");
  assert.equal((await once(store, { key: "a" }, () => {})).status, "done");
});

test("a database that is locked when the work is done: done, and not committed", async () => {
  const path = join(emptyFolder(), "locked.db");
  const db = new DatabaseSync(path, { timeout: 10 });
  db.exec(createTable());
  const store = sqlStore((text, values) => db.prepare(text).all(...values), { dialect: "sqlite" });
  const other = new DatabaseSync(path);
  const result = await once(store, { key: "a" }, () => other.exec("BEGIN EXCLUSIVE"));
  assert.deepEqual([result.status, result.committed], ["done", false]);
  assert.match(result.error.message, /locked/);
  other.exec("ROLLBACK");
  assert.equal((await once(store, { key: "a" }, () => {})).status, "busy");
});

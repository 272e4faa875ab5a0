// What the gateway has stored, read from the files of its storage without asking the gateway.

import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { keyOf } from './judge.mjs';

/**
 * How many events there are, and deliveries in each state.
 *
 * The files are copied first, into the directory `scratch`: workerd locks them. A copy made while
 * workerd writes may be torn. One that can't be read is an error that names the file.
 */
export function readTables(storage, scratch) {
  const shards = readAll(storage, scratch, countsOf);
  const tables = { shards: shards.length, events: 0, pending: 0, leased: 0, delivered: 0, dead: 0 };
  for (const shard of shards) add(tables, shard);
  return tables;
}

/** What SQLite finds wrong with the files, once nobody has them open. */
export function findDamage(storage, scratch) {
  return readAll(storage, scratch, damageOf).flat();
}

/** What the gateway has written down of each attempt: its outcome, by `keyOf` in judge.mjs. */
export function readAttempts(storage, scratch) {
  return new Map(readAll(storage, scratch, attemptsOf).flat());
}

function readAll(storage, scratch, read) {
  const shards = databases(storage).map((file) => readCopy(file, scratch, read));
  return shards.filter((shard) => shard !== undefined);
}

function databases(storage) {
  const entries = readdirSync(storage, { recursive: true, withFileTypes: true });
  return entries.filter((it) => it.isFile() && it.name.endsWith('.sqlite')).map((it) => join(it.parentPath, it.name));
}

function readCopy(file, scratch, read) {
  const directory = mkdtempSync(join(scratch, 'copy-'));
  try {
    return readInbox(copyOf(file, directory), read);
  } catch (error) {
    throw new Error(`${file} can not be read: ${error.message}`, { cause: error });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** With the log of what was written last. */
function copyOf(file, directory) {
  const copy = join(directory, basename(file));
  copyFileSync(file, copy);
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
  return copy;
}

/** Other databases are not ours: of those, `undefined`. */
function readInbox(file, read) {
  const database = new DatabaseSync(file);
  try {
    const isInbox = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'delivery'").get() !== undefined;
    return isInbox ? read(database) : undefined;
  } finally {
    database.close();
  }
}

function attemptsOf(database) {
  const source = database.prepare("SELECT value FROM meta WHERE name = 'source'").get()?.value;
  const rows = database.prepare('SELECT id, destination, number, outcome FROM attempt JOIN event ON seq = event').all();
  return rows.map(({ id, destination, number, outcome }) => [
    keyOf({ event: id, path: `/${source}/${destination}`, attempt: number }),
    outcome,
  ]);
}

function countsOf(database) {
  const states = database.prepare('SELECT state, count(*) AS n FROM delivery GROUP BY state').all();
  return {
    events: database.prepare('SELECT count(*) AS n FROM event').get().n,
    states: Object.fromEntries(states.map(({ state, n }) => [state, n])),
  };
}

function damageOf(database) {
  const found = database.prepare('PRAGMA integrity_check').all().map((row) => row.integrity_check);
  return found.filter((text) => text !== 'ok');
}

function add(tables, { events, states }) {
  tables.events += events;
  for (const [state, count] of Object.entries(states)) tables[state] = (tables[state] ?? 0) + count;
}

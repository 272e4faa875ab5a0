// What is read of the files, and what is said of those that can't be read.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { findDamage, readAttempts, readTables } from './tables.mjs';

let directory;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-tables-'));
});
after(() => rmSync(directory, { recursive: true }));

const INBOX = `
  CREATE TABLE meta (name, value); CREATE TABLE event (seq, id);
  CREATE TABLE delivery (event, state); CREATE TABLE attempt (event, destination, number, outcome);
  INSERT INTO meta VALUES ('source', 'peeker'); INSERT INTO event VALUES (1, 'evt_a');
  INSERT INTO delivery VALUES (1, 'delivered'), (1, 'dead'); INSERT INTO attempt VALUES (1, 'app', 2, 'delivered');`;

/** A storage with such a database, and one that is not ours. */
function storage(name) {
  const [files, scratch] = ['storage', 'scratch'].map((part) => join(directory, name, part));
  mkdirSync(files, { recursive: true });
  mkdirSync(scratch);
  for (const [file, statements] of [['ours', INBOX], ['other', 'CREATE TABLE entries (key)']]) {
    const database = new DatabaseSync(join(files, `${file}.sqlite`));
    database.exec(statements);
    database.close();
  }
  return [files, scratch];
}

test('the rows of all shards are counted', () => {
  const places = storage('good');
  assert.deepEqual(readTables(...places), { shards: 1, events: 1, pending: 0, leased: 0, delivered: 1, dead: 1 });
  assert.deepEqual([...readAttempts(...places)], [['evt_a /peeker/app 2', 'delivered']]);
  assert.deepEqual(findDamage(...places), []);
});

test('a file that can not be read is named', () => {
  const [files, scratch] = storage('bad');
  writeFileSync(join(files, 'torn.sqlite'), 'this is no database, and it is long enough to be taken for one'.repeat(100));
  for (const read of [readTables, readAttempts, findDamage]) {
    assert.throws(() => read(files, scratch), /torn\.sqlite can not be read: file is not a database/);
  }
});

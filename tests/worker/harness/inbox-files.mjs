// The files in which workerd keeps Durable Objects. They may be opened while no gateway runs.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = new URL('../../../src/gateway/inbox/schema.rs', import.meta.url);

/** The database of each object that there has ever been. */
export function objectFiles(storage) {
  const directory = join(storage, 'do/-Inbox');
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file));
  return files.map((file) => join(directory, file));
}

/** Everything that lies in a directory, as one text of bytes. */
export function textOfFiles(directory) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('\n');
}

/** The names of all tables. */
export const tables = () => [...readFileSync(SCHEMA, 'utf8').matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, name]) => name);

/** The statements of the first migration, as they stand in the source. */
export function firstMigration() {
  const source = readFileSync(SCHEMA, 'utf8');
  const first = source.slice(source.indexOf('MIGRATIONS')).match(/= &\[\s*&\[([^\]]*)\]/)[1];
  return [...first.matchAll(/"([^"]*)"/g)].map(([, statement]) => statement);
}

/**
 * Makes a database what it was when there was only the first migration, with the rows that are in it. Returns how many
 * rows of events it has.
 */
export function downgrade(file, statements) {
  const database = new DatabaseSync(file);
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'schema'").all();
  if (names.length === 0) return 0;
  const rows = new Map(names.map(({ name }) => [name, database.prepare(`SELECT * FROM ${name}`).all()]));
  for (const { name } of names) database.exec(`DROP TABLE ${name}`);
  for (const statement of statements) database.exec(statement);
  database.exec('DELETE FROM schema WHERE version > 1');
  for (const [name, all] of rows) insert(database, name, all);
  database.close();
  return rows.get('event').length;
}

/** The columns that the table has; a table that was not there yet loses its rows. */
function insert(database, table, rows) {
  const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(table).map(({ name }) => name);
  if (columns.length === 0) return;
  const values = columns.map(() => '?').join(', ');
  const statement = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values})`);
  for (const row of rows) statement.run(...columns.map((column) => row[column] ?? null));
}

/** The rows of a query to the database in a file. */
export function queryFile(file, statement) {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(statement).all();
  } finally {
    database.close();
  }
}

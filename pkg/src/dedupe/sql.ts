/**
 * Claims and commits in a table of PostgreSQL, SQLite, D1 or a Durable Object.
 *
 * @module
 */

import { ConfigError } from "countersign";
import { DedupeError } from "countersign/dedupe";
import type { Claim, DedupeStore } from "countersign/dedupe";

/** One row. */
export type SqlRow = { readonly [column: string]: unknown };

/** What a statement returns: rows, or an object with rows, as `pg` has it. */
export type SqlResult = readonly SqlRow[] | { readonly rows: readonly SqlRow[] };

/**
 * Runs one statement with its values, and returns the rows: for `pg`
 * `(text, values) => pool.query(text, values)`, for `node:sqlite` and `better-sqlite3`
 * `(text, values) => db.prepare(text).all(...values)`.
 */
export type SqlQuery = (
  text: string,
  values: (number | string)[],
) => SqlResult | PromiseLike<SqlResult>;

/** Which database it is, and the table. */
export interface SqlStoreOptions {
  /** How values are marked in a statement, and how the database tells the time. */
  readonly dialect: "postgres" | "sqlite";
  /** The table's name, with its schema if need be; the default is `countersign_dedupe`. */
  readonly table?: string | undefined;
}

/** A store in a table. */
export interface SqlStore extends DedupeStore {
  /**
   * Commits a claim in a transaction of yours, together with the handler's work: both are there
   * afterwards, or neither. It throws if another copy has the claim; let that roll back the
   * transaction. If `query` returns rows and no promise, it runs synchronously.
   *
   * @throws DedupeError `lease_lost`
   */
  commitIn<R extends SqlResult | PromiseLike<SqlResult>>(
    query: (text: string, values: (number | string)[]) => R,
    claim: Pick<Claim, "key" | "token" | "windowMs">,
  ): R extends PromiseLike<unknown> ? Promise<void> : void;
  /** Deletes what has expired. Call it now and then, such as once an hour. */
  prune(): Promise<void>;
}

/**
 * A store in a table, which `createTable` describes. Each step is one statement, and the database's
 * clock counts.
 *
 * @throws ConfigError `invalid_store`
 *
 * @example
 * ```ts
 * import { once } from "countersign/dedupe";
 * import { createTable, sqlStore } from "countersign/dedupe/sql";
 * import pg from "pg";
 *
 * const pool = new pg.Pool();
 * await pool.query(createTable());
 * const store = sqlStore((text, values) => pool.query(text, values), { dialect: "postgres" });
 * const result = await once(store, { key: "dlv_1" }, async () => "worked");
 * ```
 */
export function sqlStore(query: SqlQuery, options: SqlStoreOptions): SqlStore {
  if (typeof query !== "function") {
    throw invalid("sqlStore takes a function that runs a statement: (text, values) => rows");
  }
  const statements = makeStatements(options);
  const run = async (text: string, values: (number | string)[] = []) =>
    rowsOf(await query(text, values));
  return {
    async claim(key, token, leaseMs) {
      const granted = await run(statements.claim, [key, token, leaseMs]);
      if (granted.length > 0) return { status: "granted" };
      const [held] = await run(statements.look, [key]);
      if (held?.["token"] === token) return { status: "granted" };
      // Without a row it was given back just now.
      const remainingMs = Number(held?.["remaining"] ?? 0);
      return { status: Number(held?.["done"] ?? 0) === 1 ? "done" : "busy", remainingMs };
    },
    async commit(key, token, windowMs) {
      return (await run(statements.commit, [key, token, windowMs])).length > 0;
    },
    async release(key, token) {
      await run(statements.release, [key, token]);
    },
    commitIn(within, { key, token, windowMs }) {
      const result = within(statements.commit, [key, token, windowMs]);
      const done = isPromise(result) ? Promise.resolve(result).then(requireRow) : requireRow(result);
      return done as ReturnType<SqlStore["commitIn"]> as never;
    },
    async prune() {
      await run(statements.prune);
    },
  };
}

/**
 * The table that `sqlStore` needs, for both dialects: one statement, for your migrations.
 *
 * @throws ConfigError `invalid_store` if that is no name
 *
 * @example
 * ```ts
 * import { DatabaseSync } from "node:sqlite";
 * import { createTable } from "countersign/dedupe/sql";
 *
 * new DatabaseSync("app.db").exec(createTable("webhook_seen"));
 * ```
 */
export function createTable(table?: string): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${tableName(table)} (` +
    "key text NOT NULL PRIMARY KEY, token text NOT NULL, " +
    "done smallint NOT NULL, expires_at bigint NOT NULL)"
  );
}

/** Milliseconds since 1970, by the database's clock; also inside a long transaction. */
const NOW = {
  postgres: "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
  sqlite: "CAST((julianday('now') - 2440587.5) * 86400000 AS bigint)",
};

type Statements = Readonly<Record<"claim" | "commit" | "look" | "prune" | "release", string>>;

function makeStatements({ dialect, table: name }: SqlStoreOptions): Statements {
  if (!Object.hasOwn(NOW, dialect)) throw invalid('dialect must be "postgres" or "sqlite"');
  const now = NOW[dialect];
  const table = tableName(name);
  const upsert = (done: 0 | 1, unless: string) =>
    `INSERT INTO ${table} AS held (key, token, done, expires_at) ` +
    `VALUES (?, ?, ${done}, ${now} + CAST(? AS bigint)) ON CONFLICT (key) DO UPDATE ` +
    "SET token = excluded.token, done = excluded.done, expires_at = excluded.expires_at " +
    `WHERE held.expires_at <= ${now} OR ${unless} RETURNING key`;
  const statements: Statements = {
    claim: upsert(0, "(held.token = excluded.token AND held.done = 0)"),
    commit: upsert(1, "held.token = excluded.token"),
    look: `SELECT token, done, expires_at - ${now} AS remaining FROM ${table} WHERE key = ?`,
    prune: `DELETE FROM ${table} WHERE expires_at <= ${now}`,
    release: `DELETE FROM ${table} WHERE key = ? AND token = ? AND done = 0`,
  };
  return dialect === "sqlite" ? statements : numbered(statements);
}

/** With `$1`, `$2` … for `?`. */
function numbered(statements: Statements): Statements {
  const mark = (text: string) => {
    let count = 0;
    return text.replace(/\?/g, () => `$${(count += 1)}`);
  };
  const entries = Object.entries(statements).map(([name, text]) => [name, mark(text)]);
  return Object.fromEntries(entries) as Statements;
}

/** It becomes part of a statement, so it is a plain name. */
function tableName(name = "countersign_dedupe"): string {
  if (/^([a-z_]\w{0,62}\.)?[a-z_]\w{0,62}$/i.test(name)) return name;
  throw invalid("the table's name is letters, digits and `_`, with its schema if need be");
}

function rowsOf(result: SqlResult): readonly SqlRow[] {
  const rows: unknown = (result as { rows?: unknown } | undefined)?.rows ?? result;
  if (Array.isArray(rows)) return rows as SqlRow[];
  throw invalid("the query function must return the rows, or an object with `rows`");
}

function requireRow(result: SqlResult): void {
  if (rowsOf(result).length > 0) return;
  const message = "another copy has the claim, because the lease ran out: roll back";
  throw new DedupeError("lease_lost", message);
}

function isPromise(value: unknown): value is PromiseLike<SqlResult> {
  return typeof (value as { then?: unknown } | null)?.then === "function";
}

function invalid(message: string): ConfigError {
  return new ConfigError("invalid_store", message);
}

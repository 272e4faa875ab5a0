/**
 * Claims and commits in Deno KV.
 *
 * @module
 */

import { ConfigError } from "countersign";
import type { DedupeStore } from "countersign/dedupe";
import { claim, commit, release } from "./record.ts";
import type { Decide, StoredRecord } from "./record.ts";

/** As much of a `Deno.Kv` as is used. */
export interface DenoKvLike {
  get(key: readonly string[]): Promise<DenoKvEntryLike>;
  atomic(): DenoKvAtomicLike;
}

/** What `get` returns. */
export interface DenoKvEntryLike {
  readonly value: unknown;
  readonly versionstamp: string | null;
}

/** An atomic operation that is being put together. */
export interface DenoKvAtomicLike {
  check(entry: { key: readonly string[]; versionstamp: string | null }): DenoKvAtomicLike;
  set(key: readonly string[], value: unknown, options: { expireIn: number }): DenoKvAtomicLike;
  delete(key: readonly string[]): DenoKvAtomicLike;
  commit(): Promise<{ readonly ok: boolean }>;
}

/** Where in the database the store's keys are, and by which clock. */
export interface DenoKvStoreOptions {
  /** What all keys begin with; the default is `["countersign"]`. */
  readonly prefix?: readonly string[] | undefined;
  /** The clock, in milliseconds; the default is `Date.now`. For tests. */
  readonly now?: (() => number) | undefined;
}

/**
 * A store in Deno KV. Each step reads a record, and writes it only if nobody has written it since.
 * The clocks of all processes count; take a lease that is longer than they differ.
 *
 * @throws ConfigError `invalid_store`
 *
 * @example
 * ```ts
 * import { once } from "countersign/dedupe";
 * import { denoKvStore } from "countersign/dedupe/deno-kv";
 *
 * const store = denoKvStore(await Deno.openKv());
 * const result = await once(store, { key: "dlv_1" }, async () => "worked");
 * ```
 */
export function denoKvStore(kv: DenoKvLike, options: DenoKvStoreOptions = {}): DedupeStore {
  requireKv(kv);
  const { prefix = ["countersign"], now = Date.now } = options;

  /** Nothing, if somebody has written the record in between. */
  const attempt = async <A>(key: readonly string[], decide: Decide<A>) => {
    const { value, versionstamp } = await kv.get(key);
    const { answer, put } = decide((value as StoredRecord | null) ?? undefined, now());
    if (put === undefined) return { answer };
    const operation = kv.atomic().check({ key, versionstamp });
    if (put === "nothing") operation.delete(key);
    else operation.set(key, put, { expireIn: Math.max(put.until - now(), 1) });
    return (await operation.commit()).ok ? { answer } : undefined;
  };
  const step = async <A>(name: string, decide: Decide<A>): Promise<A> => {
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const decided = await attempt([...prefix, name], decide).catch(waitIfLocked);
      if (decided !== undefined) return decided.answer;
    }
    throw new Error(`${MAX_ATTEMPTS} times somebody else was at the same key in Deno KV`);
  };

  return {
    claim: (key, token, leaseMs) => step(key, claim(token, leaseMs)),
    commit: (key, token, windowMs) => step(key, commit(token, windowMs)),
    release: (key, token) => step(key, release(token)),
  };
}

/** Each failure means that somebody else's step went through, or that a file was locked. */
const MAX_ATTEMPTS = 100;

/** A database in a file refuses at once while another process writes. */
async function waitIfLocked(error: unknown): Promise<undefined> {
  if (!/database is locked/.test(String(error))) throw error;
  await new Promise((done) => setTimeout(done, 5 + 20 * Math.random()));
}

function requireKv(kv: unknown): void {
  const given = kv as Partial<DenoKvLike> | null | undefined;
  if (typeof given?.get === "function" && typeof given.atomic === "function") return;
  throw new ConfigError("invalid_store", "denoKvStore takes what Deno.openKv() resolves to");
}

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

  /** Decides again and again, until nobody has written the record in between. */
  const step = async <A>(name: string, decide: Decide<A>): Promise<A> => {
    const key = [...prefix, name];
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { value, versionstamp } = await kv.get(key);
      const { answer, put } = decide((value as StoredRecord | null) ?? undefined, now());
      if (put === undefined) return answer;
      const operation = kv.atomic().check({ key, versionstamp });
      if (put === "nothing") operation.delete(key);
      else operation.set(key, put, { expireIn: Math.max(put.until - now(), 1) });
      if ((await operation.commit()).ok) return answer;
    }
    throw new Error(`${MAX_ATTEMPTS} times somebody else has written the same key in Deno KV`);
  };

  return {
    claim: (key, token, leaseMs) => step(key, claim(token, leaseMs)),
    commit: (key, token, windowMs) => step(key, commit(token, windowMs)),
    release: (key, token) => step(key, release(token)),
  };
}

/** Each failure means that somebody else's step went through. */
const MAX_ATTEMPTS = 100;

function requireKv(kv: unknown): void {
  const given = kv as Partial<DenoKvLike> | null | undefined;
  if (typeof given?.get === "function" && typeof given.atomic === "function") return;
  throw new ConfigError("invalid_store", "denoKvStore takes what Deno.openKv() resolves to");
}

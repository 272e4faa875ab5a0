// Claims and commits in the memory of one process.

import { ConfigError } from "countersign";
import { claim, commit, release } from "./record.ts";
import type { Decide, StoredRecord } from "./record.ts";
import type { DedupeStore } from "./store.ts";

/** How much is kept, and by which clock. */
export interface MemoryStoreOptions {
  /** How many keys are kept at most; the default is 10,000. */
  readonly maxEntries?: number | undefined;
  /** A clock, in milliseconds, for tests; the default is `performance.now`, which nobody sets back. */
  readonly now?: (() => number) | undefined;
}

/**
 * A store in the memory of this process: for one process that may forget everything when it ends,
 * and for tests. When it is full, what has expired goes first, then the oldest commit; a claim is
 * never forgotten. If all that it holds is claimed, it refuses.
 *
 * @throws ConfigError `invalid_limit`
 *
 * @example
 * ```ts
 * import { memoryStore, once } from "countersign/dedupe";
 *
 * const store = memoryStore({ maxEntries: 100_000 });
 * const first = await once(store, { key: "dlv_1" }, () => "worked");
 * const second = await once(store, { key: "dlv_1" }, () => "worked");
 * console.log(first.status, second.status); // done duplicate
 * ```
 */
export function memoryStore(options: MemoryStoreOptions = {}): DedupeStore {
  const { maxEntries = 10_000, now = () => performance.now() } = options;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new ConfigError("invalid_limit", "maxEntries must be a whole number, 1 or more");
  }
  const records = new Map<string, StoredRecord>();
  /** Nothing expires before this. */
  let earliest = Number.POSITIVE_INFINITY;

  const step = <A>(key: string, decide: Decide<A>): A => {
    const { answer, put } = decide(records.get(key), now());
    // Away first, so that what is put becomes the newest.
    if (put !== undefined) records.delete(key);
    if (put !== undefined && put !== "nothing") {
      if (records.size >= maxEntries) makeRoom();
      records.set(key, put);
      earliest = Math.min(earliest, put.until);
    }
    return answer;
  };
  const makeRoom = (): void => {
    if (earliest <= now()) forgetExpired();
    if (records.size < maxEntries) return;
    for (const [key, { done }] of records) {
      if (done) return void records.delete(key);
    }
    throw new Error(`all ${maxEntries} entries of the memory store are claimed; raise maxEntries`);
  };
  const forgetExpired = (): void => {
    earliest = Number.POSITIVE_INFINITY;
    for (const [key, { until }] of records) {
      if (until <= now()) records.delete(key);
      else earliest = Math.min(earliest, until);
    }
  };

  return {
    claim: async (key, token, leaseMs) => step(key, claim(token, leaseMs)),
    commit: async (key, token, windowMs) => step(key, commit(token, windowMs)),
    release: async (key, token) => step(key, release(token)),
  };
}

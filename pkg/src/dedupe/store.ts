// What a store has to do.

/** What a store answers to a claim: the key is the claimant's now, or for how long it is not. */
export type ClaimAnswer =
  | { readonly status: "granted" }
  /** Somebody else has claimed it (`busy`), or its work is done (`done`). */
  | { readonly status: "busy" | "done"; readonly remainingMs: number };

/**
 * Where claims and commits are kept. A store keeps one record for each key: a token, whether the
 * work is done, and until when this holds. A record whose time is over counts as absent.
 *
 * Each method is one atomic step, also among processes: between reading a record and writing it
 * nobody else may write. What a store can't do it says by rejecting.
 *
 * @example
 * ```ts
 * import type { DedupeStore } from "countersign/dedupe";
 *
 * interface Record {
 *   token: string;
 *   done: boolean;
 *   until: number;
 * }
 *
 * export function mapStore(records = new Map<string, Record>()): DedupeStore {
 *   const live = (key: string) => {
 *     const record = records.get(key);
 *     return record !== undefined && record.until > Date.now() ? record : undefined;
 *   };
 *   return {
 *     async claim(key, token, leaseMs) {
 *       const record = live(key);
 *       if (record !== undefined && record.token !== token) {
 *         const remainingMs = record.until - Date.now();
 *         return { status: record.done ? "done" : "busy", remainingMs };
 *       }
 *       if (!record?.done) records.set(key, { token, done: false, until: Date.now() + leaseMs });
 *       return { status: "granted" };
 *     },
 *     async commit(key, token, windowMs) {
 *       if ((live(key)?.token ?? token) !== token) return false;
 *       records.set(key, { token, done: true, until: Date.now() + windowMs });
 *       return true;
 *     },
 *     async release(key, token) {
 *       const record = records.get(key);
 *       if (record?.token === token && !record.done) records.delete(key);
 *     },
 *   };
 * }
 * ```
 */
export interface DedupeStore {
  /**
   * Claims a key for `leaseMs` from now. It is granted if there is no record. It is also granted to
   * the token that has it: a claim is thereby renewed, and a commit stays what it is.
   */
  claim(key: string, token: string, leaseMs: number): Promise<ClaimAnswer>;
  /**
   * Writes down that the work is done, for `windowMs` from now. `false`, and nothing is changed, if
   * another token has the key. `true` if this one has it, also if it has committed before, and if
   * nobody has it any more.
   */
  commit(key: string, token: string, windowMs: number): Promise<boolean>;
  /** Gives a claim back, if the token has it still. What is committed stays. */
  release(key: string, token: string): Promise<void>;
}

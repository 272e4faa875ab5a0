/**
 * Commits in Workers KV, claims in the isolate's memory: best effort.
 *
 * @module
 */

import { ConfigError } from "countersign";
import { memoryStore } from "countersign/dedupe";
import type { DedupeStore } from "countersign/dedupe";

/** As much of a `KVNamespace` as is used. */
export interface KvNamespaceLike {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
}

/** Where in the namespace the store's keys are, and by which clock. */
export interface KvStoreOptions {
  /** What all keys begin with; the default is `countersign:`. */
  readonly prefix?: string | undefined;
  /** How many keys this isolate remembers by itself; the default is 10,000. */
  readonly maxEntries?: number | undefined;
  /** The clock, in milliseconds; the default is `Date.now`. For tests. */
  readonly now?: (() => number) | undefined;
}

/**
 * A store on Workers KV, **best effort**: KV has no atomic claim, and other locations see a commit up
 * to a minute later. Copies that meet in one isolate are told apart; others may run at the same
 * time, and in the first minute again. It damps copies, as the gateway's relay mode does. Where work
 * must not be done twice take D1 with `countersign/dedupe/sql`.
 *
 * Make it once for an isolate, not for each request: it holds the isolate's claims.
 *
 * @throws ConfigError `invalid_store`, `invalid_limit`
 *
 * @example
 * ```ts
 * import { env } from "cloudflare:workers";
 * import { once } from "countersign/dedupe";
 * import { kvStore } from "countersign/dedupe/kv";
 *
 * const store = kvStore(env.SEEN);
 * const result = await once(store, { key: "dlv_1" }, async () => "worked");
 * ```
 */
export function kvStore(namespace: KvNamespaceLike, options: KvStoreOptions = {}): DedupeStore {
  requireNamespace(namespace);
  const { prefix = "countersign:", maxEntries, now = Date.now } = options;
  const here = memoryStore({ maxEntries, now });
  return {
    async claim(key, token, leaseMs) {
      const answer = await here.claim(key, token, leaseMs);
      if (answer.status !== "granted") return answer;
      try {
        const mark = readMark(await namespace.get(prefix + key));
        const remainingMs = mark === undefined ? 0 : mark.until - now();
        if (mark === undefined || remainingMs <= 0 || mark.token === token) return answer;
        await here.release(key, token);
        return { status: "done", remainingMs };
      } catch (error) {
        await here.release(key, token);
        throw error;
      }
    },
    async commit(key, token, windowMs) {
      if (!(await here.commit(key, token, windowMs))) return false;
      const mark: Mark = { token, until: now() + windowMs };
      // KV keeps nothing for less than a minute.
      const expirationTtl = Math.max(Math.ceil(windowMs / 1000), 60);
      await namespace.put(prefix + key, JSON.stringify(mark), { expirationTtl });
      return true;
    },
    release: (key, token) => here.release(key, token),
  };
}

/** What is written down of a commit. */
interface Mark {
  readonly token: string;
  readonly until: number;
}

function readMark(text: string | null): Mark | undefined {
  if (text === null) return undefined;
  const mark = JSON.parse(text) as Partial<Mark> | null;
  if (typeof mark?.token === "string" && typeof mark.until === "number") return mark as Mark;
  throw new Error("a value in the KV namespace is not one of kvStore's: give it a prefix of its own");
}

function requireNamespace(namespace: unknown): void {
  const given = namespace as Partial<KvNamespaceLike> | null | undefined;
  if (typeof given?.get === "function" && typeof given.put === "function") return;
  throw new ConfigError(
    "invalid_store",
    "kvStore takes a KV namespace; is the binding in wrangler.toml, and its name right?",
  );
}

/**
 * Claims and commits in Redis, and what speaks its protocol.
 *
 * @module
 */

import { ConfigError } from "countersign";
import type { DedupeStore } from "countersign/dedupe";

/**
 * A client: of `ioredis`, of `redis` (node-redis), or a function that sends one command, such as
 * `(command) => cluster.sendCommand(command[3], false, command)`.
 */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { sendCommand(command: string[]): Promise<unknown> }
  | ((command: string[]) => Promise<unknown>);

/** Where in the database the store's keys are. */
export interface RedisStoreOptions {
  /** What all keys begin with; the default is `countersign:`. */
  readonly prefix?: string | undefined;
}

/**
 * A store in Redis (tested with 7), Valkey, or a server that runs their scripts. Its clock counts.
 * Each step is one script on one key, so it works in a cluster. A failover may lose the last claims and commits,
 * because Redis replicates after it has answered; so may eviction, unless `maxmemory-policy` is
 * `noeviction`.
 *
 * @throws ConfigError `invalid_store`
 *
 * @example
 * ```ts
 * import { once } from "countersign/dedupe";
 * import { redisStore } from "countersign/dedupe/redis";
 * import { Redis } from "ioredis";
 *
 * const store = redisStore(new Redis("redis://localhost"));
 * const result = await once(store, { key: "dlv_1" }, async () => "worked");
 * ```
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): DedupeStore {
  const send = sender(client);
  const prefix = options.prefix ?? "countersign:";
  const run = (script: string, key: string, ...args: string[]) =>
    send(["EVAL", script, "1", prefix + key, ...args]);
  return {
    async claim(key, token, leaseMs) {
      const answer = await run(CLAIM, key, claimed(token), done(token), String(leaseMs));
      const [status, remaining] = answer as [unknown, unknown];
      if (Number(status) === 0) return { status: "granted" };
      return { status: Number(status) === 2 ? "done" : "busy", remainingMs: Number(remaining) };
    },
    async commit(key, token, windowMs) {
      const answer = await run(COMMIT, key, claimed(token), done(token), String(windowMs));
      return Number(answer) === 1;
    },
    async release(key, token) {
      await run(RELEASE, key, claimed(token));
    },
  };
}

const claimed = (token: string) => `claimed:${token}`;
const done = (token: string) => `done:${token}`;

const CLAIM = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[3]) then return {0, 0} end
local held = redis.call('GET', KEYS[1])
if held == ARGV[2] then return {0, 0} end
if held == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[3]) return {0, 0} end
return {string.sub(held, 1, 5) == 'done:' and 2 or 1, redis.call('PTTL', KEYS[1])}`;

const COMMIT = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] and held ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

type Send = (command: string[]) => Promise<unknown>;

function sender(client: RedisClient): Send {
  if (typeof client === "function") return client;
  const given = client as { call?: unknown; sendCommand?: unknown } | null | undefined;
  // ioredis has a sendCommand too, of another kind.
  if (typeof given?.call === "function") {
    const { call } = given as { call: (...command: string[]) => Promise<unknown> };
    return (command) => call.apply(client, command);
  }
  if (typeof given?.sendCommand === "function") {
    const { sendCommand } = given as { sendCommand: Send };
    return (command) => sendCommand.call(client, command);
  }
  throw new ConfigError(
    "invalid_store",
    "redisStore takes a client of ioredis or node-redis, or a function that sends a command",
  );
}

import { Verifier } from "countersign";
import { DedupeError, memoryStore, once } from "countersign/dedupe";
import type { Claim, ClaimAnswer, DedupeStore, OnceOptions, OnceResult } from "countersign/dedupe";
import { denoKvStore } from "countersign/dedupe/deno-kv";
import { kvStore } from "countersign/dedupe/kv";
import { redisStore } from "countersign/dedupe/redis";
import { createTable, sqlStore } from "countersign/dedupe/sql";

const store = memoryStore({ maxEntries: 100, now: () => 0 });
exact<typeof store, DedupeStore>();
const peeker = new Verifier("peeker", { secrets: "whatever the portal shows" });
const boateros = new Verifier("boateros", { secrets: "whatever the portal shows" });

// What a handler returns is the result's value.
async function values() {
  const work = async (claim: Claim) => ({ key: claim.key, aborted: claim.signal.aborted });
  const result = await once(store, peeker.verify("{}", {}), work);
  exact<typeof result, OnceResult<{ key: string; aborted: boolean }>>();
  switch (result.status) {
    case "done":
      exact<typeof result.value, { key: string; aborted: boolean }>();
      if (!result.committed) exact<typeof result.error, unknown>();
      // @ts-expect-error: there is no error
      if (result.committed) result.error;
      break;
    case "duplicate":
      exact<NonNullable<typeof result.until>, Date>();
      // @ts-expect-error: the handler has not run
      result.value;
      break;
    case "busy":
      exact<typeof result.retryAfterSeconds, number>();
      break;
    default:
      exact<typeof result, never>();
  }
  exact<Awaited<ReturnType<typeof nothing>>, OnceResult<void>>();
  const synchronous = await once(store, { key: "a" }, () => 1 as const);
  exact<typeof synchronous, OnceResult<1>>();
}
const nothing = () => once(store, boateros.verify("", {}), async () => {});

// Options.
const options: OnceOptions = {
  windowSeconds: 3_600,
  replayAfterSeconds: false,
  toleranceSeconds: 60,
  scope: "mail",
  leaseMs: 1_000,
  renewForMs: 0,
  storeTimeoutMs: 100,
};
once(store, { key: "a" }, () => {}, options);
once(store, { key: "a" }, () => {}, { windowSeconds: undefined });
// @ts-expect-error: no such option
once(store, { key: "a" }, () => {}, { window: 1 });
// @ts-expect-error: a header that may not be there
once(store, { key: some<string | null>() }, () => {});
// @ts-expect-error: not an event
once(store, "dlv_1", () => {});
// @ts-expect-error: not a store
once(new Map(), { key: "a" }, () => {});
exact<DedupeError["code"], "lease_lost" | "store_timeout">();

// Stores of one's own.
const own: DedupeStore = {
  claim: async (key: string, token: string, leaseMs: number): Promise<ClaimAnswer> =>
    key + token === "" ? { status: "granted" } : { status: "busy", remainingMs: leaseMs },
  commit: async () => true,
  release: async () => {},
};
// @ts-expect-error: for how long?
const refusal: ClaimAnswer = { status: "done" };

// Clients, by their shape.
redisStore(some<{ call(command: string, ...args: (number | string)[]): Promise<unknown> }>());
redisStore(some<{ sendCommand(args: readonly string[]): Promise<string | null> }>());
redisStore(async (command) => command.length, { prefix: "app:" });
// @ts-expect-error: a URL is no client
redisStore("redis://localhost");
kvStore(some<{ get(key: string): Promise<string | null>; put(...words: unknown[]): Promise<void> }>());
// @ts-expect-error: a Map is no namespace
kvStore(new Map<string, string>());
// @ts-expect-error: a Map is no database
denoKvStore(new Map<string, string>());

// SQL: what is asynchronous stays so.
const sql = sqlStore(async (text, values) => [{ text, values }], { dialect: "postgres" });
sqlStore(() => ({ rows: [] }), { dialect: "sqlite", table: "seen" });
// @ts-expect-error: which database?
sqlStore(async () => []);
// @ts-expect-error: no such dialect
sqlStore(async () => [], { dialect: "mysql" });
exact<ReturnType<typeof createTable>, string>();
const claim = some<Claim>();
const later = sql.commitIn(async () => ({ rows: [] }), claim);
exact<typeof later, Promise<void>>();
const now = sql.commitIn(() => [], claim);
exact<typeof now, void>();

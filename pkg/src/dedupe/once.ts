// Runs a handler for an event, unless its work is done already.

import { ConfigError } from "countersign";
import { MAX_VARIANTS } from "../generated.ts";
import { DedupeError } from "./error.ts";
import { identify, schemeOf } from "./identity.ts";
import type { DedupeEvent, Identity } from "./identity.ts";
import { ask, Lease } from "./lease.ts";
import { readPolicy } from "./policy.ts";
import type { OnceOptions, Policy } from "./policy.ts";
import type { ClaimAnswer, DedupeStore } from "./store.ts";

/** An `AbortSignal`, where the runtime's types have one. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer S } }
  ? S
  : { readonly aborted: boolean; readonly reason: unknown };

/** What a handler knows of its claim. */
export interface Claim {
  /** What the store knows the event by. */
  readonly key: string;
  /** Who holds the claim: another one for each run. */
  readonly token: string;
  /** For how long a commit is remembered. */
  readonly windowMs: number;
  /**
   * Aborted when the lease is lost: another copy may be at work now, and this one can't commit over
   * it. Stop what can be stopped.
   */
  readonly signal: Signal;
}

/**
 * What became of an event. Answer `done` and `duplicate` with 2xx, so that the provider is content;
 * `busy` with 503 or 409, never with 2xx: nobody knows yet whether the work will be done.
 */
export type OnceResult<T> =
  /** The handler has done its work, and copies are recognised from now on. */
  | { readonly status: "done"; readonly value: T; readonly committed: true }
  /**
   * The handler has done its work, but that could not be written down: `error` is a `DedupeError`, or
   * what the store threw. A copy may do the work again.
   */
  | {
      readonly status: "done";
      readonly value: T;
      readonly committed: false;
      readonly error: unknown;
    }
  /** The work was done before. From `until` on a copy runs again, if that is known. */
  | { readonly status: "duplicate"; readonly until?: Date }
  /** A copy is at work, or has died within the last `leaseMs`. */
  | { readonly status: "busy"; readonly retryAfterSeconds: number };

/**
 * Claims an event, runs the handler, and commits: copies of an event whose work is done don't run.
 * If the handler throws, the claim is given back, so that the provider's retry runs. If the process
 * dies, the claim runs out.
 *
 * The event is what `verify` returned, or a plain `{ key }`. Verify first: whoever can choose the
 * key can keep a genuine event out.
 *
 * @throws whatever the handler throws, after the claim was given back
 * @throws whatever the store throws at the claim, and `DedupeError` `store_timeout`; the handler has
 * not run then
 * @throws ConfigError `invalid_event`, `invalid_store`, `invalid_limit`, `invalid_id`,
 * `unknown_option`
 *
 * @example
 * ```ts
 * import { Verifier } from "countersign";
 * import { memoryStore, once } from "countersign/dedupe";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * const store = memoryStore();
 *
 * async function receive(request: Request): Promise<Response> {
 *   const event = await verifier.verifyRequest(request);
 *   const result = await once(store, event, async () => console.log(event.json()));
 *   if (result.status !== "busy") return new Response(null, { status: 204 });
 *   const headers = { "retry-after": String(result.retryAfterSeconds) };
 *   return new Response(null, { status: 503, headers });
 * }
 * ```
 */
export async function once<T>(
  store: DedupeStore,
  event: DedupeEvent,
  handler: (claim: Claim) => T | PromiseLike<T>,
  options: OnceOptions = {},
): Promise<OnceResult<T>> {
  requireStore(store);
  const policy = readPolicy(schemeOf(event), options);
  const identity = await identify(event, policy.scope);
  const lease = new Lease(store, identity.key, policy);
  const answer = await lease.claim();
  if (answer.status !== "granted") return refusal(answer);
  let value: T;
  try {
    if (!(await isAdmitted(store, identity, policy))) return await giveBack(lease);
    value = await handler(claimOf(lease, identity.key, policy));
  } catch (error) {
    await lease.release();
    throw error;
  }
  return { status: "done", value, ...(await commit(lease)) };
}

function requireStore(store: unknown): void {
  const methods = ["claim", "commit", "release"];
  const given = store as { [name: string]: unknown } | null | undefined;
  if (methods.every((name) => typeof given?.[name] === "function")) return;
  throw new ConfigError(
    "invalid_store",
    "a store has the methods claim, commit and release: memoryStore() makes one",
  );
}

function refusal(answer: Exclude<ClaimAnswer, { status: "granted" }>): OnceResult<never> {
  const remainingMs = Math.max(answer.remainingMs, 0) || 0;
  return answer.status === "done"
    ? { status: "duplicate", until: new Date(Date.now() + remainingMs) }
    : { status: "busy", retryAfterSeconds: Math.max(Math.ceil(remainingMs / 1000), 1) };
}

async function giveBack(lease: Lease): Promise<OnceResult<never>> {
  await lease.release();
  return { status: "duplicate" };
}

function claimOf(lease: Lease, key: string, { windowMs }: Policy): Claim {
  return { key, token: lease.token, windowMs, signal: lease.signal };
}

async function commit(
  lease: Lease,
): Promise<{ committed: true } | { committed: false; error: unknown }> {
  try {
    if (await lease.commit()) return { committed: true };
    const message = "another copy has the claim, because the lease ran out; both may have worked";
    return { committed: false, error: new DedupeError("lease_lost", message) };
  } catch (error) {
    return { committed: false, error };
  }
}

/**
 * Types that nobody has signed tell events apart, but whoever has captured a request can make up any
 * number of them. So of each body only the first few may run: each takes one of the places.
 */
async function isAdmitted(
  store: DedupeStore,
  { base, label }: Identity,
  policy: Policy,
): Promise<boolean> {
  if (label === undefined) return true;
  for (let place = 0; place < MAX_VARIANTS; place += 1) {
    const key = `${base}#${place}`;
    const answer = await ask(policy, () => store.claim(key, label, policy.leaseMs));
    if (answer.status === "granted") {
      return ask(policy, () => store.commit(key, label, policy.memoryMs));
    }
  }
  return false;
}

// For how long copies are recognised: the scheme's facts, and what the caller says otherwise.

import { ConfigError } from "countersign";
import { DEDUPE, DEDUPE_WINDOW_SECONDS } from "../generated.ts";
import type { DedupeFacts } from "../generated.ts";

/** How `once` recognises copies, and how it holds a claim. */
export interface OnceOptions {
  /**
   * For how long an event is remembered. The default is the scheme's: 3 days for `peeker` and your
   * own schemes, 5 days for `boateros`, `standard-webhooks` and a plain `{ key }`.
   */
  readonly windowSeconds?: number | undefined;
  /**
   * How long after its commit a copy counts as a replay that somebody asked for, and runs again;
   * `false`: never within the window. The default is the scheme's: 900 for `boateros`, `false` for
   * the others.
   */
  readonly replayAfterSeconds?: number | false | undefined;
  /**
   * The verifier's `toleranceSeconds`, if it has one of its own. What may be a captured request is
   * not taken for a replay, so `replayAfterSeconds` is more than twice this, and by default so much.
   */
  readonly toleranceSeconds?: number | undefined;
  /** Tells apart what shares a store: two sources of one provider, two handlers of one event. */
  readonly scope?: string | undefined;
  /** How long a claim outlives the process that holds it, in milliseconds; the default is 30,000. */
  readonly leaseMs?: number | undefined;
  /**
   * For how long the claim is renewed while the handler is at work, in milliseconds; the default is
   * 900,000. After that it runs out: a handler that hangs does not hold it for ever.
   */
  readonly renewForMs?: number | undefined;
  /** How long to wait for each answer of the store, in milliseconds; the default is 5,000. */
  readonly storeTimeoutMs?: number | undefined;
}

/** Everything filled in. */
export interface Policy {
  /** For how long copies are suppressed. */
  readonly windowMs: number;
  /** For how long the event is remembered; not less than that. */
  readonly memoryMs: number;
  readonly scope: string | undefined;
  readonly leaseMs: number;
  readonly renewForMs: number;
  readonly storeTimeoutMs: number;
}

/**
 * @param scheme of a verified event; none for a plain key, which is that of the gateway: it signs
 * with Standard Webhooks
 */
export function readPolicy(scheme: string | undefined, options: OnceOptions): Policy {
  refuseUnknown(options);
  const facts = factsOf(scheme);
  const tolerance = limit(options, "toleranceSeconds", 300, 1, 86_400);
  const { least, most } = DEDUPE_WINDOW_SECONDS;
  const shortest = Math.max(least, 2 * tolerance);
  const window = limit(options, "windowSeconds", facts.windowSeconds, shortest, most);
  const replayAfter = readReplayAfter(options, facts, tolerance);
  return {
    windowMs: Math.min(window, replayAfter) * 1000,
    memoryMs: window * 1000,
    scope: readScope(options.scope),
    leaseMs: limit(options, "leaseMs", 30_000, 100, 3_600_000),
    renewForMs: limit(options, "renewForMs", 900_000, 0, 86_400_000),
    storeTimeoutMs: limit(options, "storeTimeoutMs", 5_000, 10, 60_000),
  };
}

function factsOf(scheme = "standard-webhooks"): DedupeFacts {
  return Object.hasOwn(DEDUPE, scheme) ? DEDUPE[scheme as keyof typeof DEDUPE] : DEDUPE.custom;
}

function readReplayAfter(options: OnceOptions, facts: DedupeFacts, tolerance: number): number {
  const { replayAfterSeconds: given = facts.replayAfterSeconds } = options;
  if (given === false) return Number.POSITIVE_INFINITY;
  const least = 2 * tolerance + 1;
  const fallback = Math.max(least, facts.replayAfterSeconds || 0);
  return limit(options, "replayAfterSeconds", fallback, least, DEDUPE_WINDOW_SECONDS.most);
}

const OPTIONS = [
  "leaseMs",
  "renewForMs",
  "replayAfterSeconds",
  "scope",
  "storeTimeoutMs",
  "toleranceSeconds",
  "windowSeconds",
];

function refuseUnknown(options: OnceOptions): void {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown === undefined) return;
  const known = OPTIONS.join(", ");
  throw new ConfigError("unknown_option", `there is no option ${unknown} of once; known are ${known}`);
}

/** A whole number within its limits. */
function limit(
  options: OnceOptions,
  name: Exclude<keyof OnceOptions, "scope">,
  fallback: number,
  least: number,
  most: number,
): number {
  const { [name]: value = fallback } = options;
  if (typeof value === "number" && Number.isInteger(value) && least <= value && value <= most) {
    return value;
  }
  throw new ConfigError("invalid_limit", `${name} must be a whole number from ${least} to ${most}`);
}

function readScope(scope: unknown): string | undefined {
  if (scope === undefined) return undefined;
  if (typeof scope === "string" && /^[\w.-]{1,64}$/.test(scope)) return scope;
  throw new ConfigError("invalid_id", "scope must be 1 to 64 of A-Z, a-z, 0-9, `_`, `.` and `-`");
}

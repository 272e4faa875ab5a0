// What all adapters take.

import { ConfigError } from "countersign";
import type { EventType, Scheme, VerificationError, Verified, Verifier } from "countersign";
import { isVerifier } from "./source.ts";

/** What `webhook` takes besides verifier and handler; the same for every framework. */
export interface WebhookOptions<Context> {
  /** A longer body is answered 413, and not read to its end. In bytes; the default is 1 MiB. */
  readonly maxBytes?: number | undefined;
  /** A body that takes longer is answered 408. In milliseconds; the default is 10,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * Is told why a request is refused, before it is answered: for the log. The answer doesn't say it.
   * What it throws goes where an error of the handler goes.
   */
  readonly onRefused?:
    ((error: VerificationError, context: Context) => void | PromiseLike<void>) | undefined;
}

/** Something that happened, and what comes of it. */
export interface Exchange<S extends Scheme, Context> {
  /** The verifier, or what goes wrong when it is made. */
  readonly find: () => Verifier<S>;
  readonly handler: (event: Verified<EventType<S>>, context: Context) => unknown;
  readonly options: WebhookOptions<Context>;
  readonly context: Context;
  /** What to do if something has read the body before. */
  readonly advice: string;
}

const OPTIONS = ["maxBytes", "onRefused", "timeoutMs"];
const LIMITS = ["maxBytes", "timeoutMs"] as const;
const LARGEST = 2_147_483_647;

/** What `webhook` got. */
export interface Arguments {
  readonly verifier: unknown;
  readonly handler: unknown;
  readonly options: WebhookOptions<never>;
  /** Options that only this framework has. */
  readonly more?: readonly string[];
}

/**
 * Sees when a program starts, and not with the first request, that what `webhook` got can be right.
 *
 * @throws TypeError for what is no verifier or no handler
 * @throws ConfigError `unknown_option`, `invalid_limit`
 */
export function checkArguments({ verifier, handler, options, more = [] }: Arguments): void {
  // What a function makes isn't known yet.
  if (typeof verifier !== "function" && !isVerifier(verifier)) {
    throw new TypeError(
      "webhook: the first argument is a Verifier, new Verifier(scheme, options), or makes one",
    );
  }
  if (typeof handler !== "function") {
    throw new TypeError("webhook: the second argument is a function, which gets the event");
  }
  checkOptions(options, [...OPTIONS, ...more]);
}

function checkOptions(options: WebhookOptions<never>, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const list = [...known].sort().join(", ");
    throw new ConfigError("unknown_option", `webhook has no option ${unknown}; there are: ${list}`);
  }
  for (const name of LIMITS) {
    const value = options[name] ?? 1;
    if (Number.isInteger(value) && value > 0 && value <= LARGEST) continue;
    throw new ConfigError("invalid_limit", `${name} must be a whole number from 1 to ${LARGEST}`);
  }
}

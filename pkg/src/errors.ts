// What can go wrong: with a request, and with a configuration.

import type { RustConfigErrorCode, VerifyErrorCode } from "./generated.ts";

/**
 * Why a request is not taken for genuine. The codes that the Rust core and the gateway's log have
 * too, and those that only reading a body brings.
 */
export type VerificationErrorCode =
  VerifyErrorCode | "body_not_raw" | "body_timeout" | "body_too_large" | "body_unreadable";

/** What is wrong with a configuration, or with what is to be signed. */
export type ConfigErrorCode =
  | RustConfigErrorCode
  | "body_consumed"
  | "foreign_verifier"
  | "invalid_clock"
  | "invalid_digest"
  | "invalid_event"
  | "invalid_id"
  | "invalid_limit"
  | "invalid_pattern"
  | "invalid_secret"
  | "invalid_store"
  | "invalid_timestamp"
  | "invalid_type"
  | "no_host_digest"
  | "too_many_secrets"
  | "unknown_option"
  | "unknown_scheme";

/** Gives an error its name, and the brand by which both builds' classes recognise it. */
function mark(error: Error, name: string): void {
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  Object.defineProperty(error, brand(name), { value: true });
}

/** The ES module and CommonJS have a class each; `instanceof` holds for errors of both. */
function isInstance(type: Function, name: string, value: unknown): boolean {
  // A class derived from ours asks for its own.
  return Object.hasOwn(type, Symbol.hasInstance)
    ? typeof value === "object" && value !== null && brand(name) in value
    : Function.prototype[Symbol.hasInstance].call(type, value);
}

function brand(name: string): symbol {
  return Symbol.for(`countersign.${name}`);
}

/**
 * A request is not genuine, or can't be known to be. Answer 401 (413 for `body_too_large`, 408 for
 * `body_timeout`), with the same body for every reason; log the `code`.
 *
 * @example
 * ```ts
 * import { VerificationError, Verifier } from "countersign";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * try {
 *   verifier.verify("{}", {});
 * } catch (error) {
 *   if (!(error instanceof VerificationError)) throw error;
 *   console.log(error.code, error.header); // missing_header Peeker-Timestamp
 * }
 * ```
 */
export class VerificationError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, "VerificationError", value);
  }

  /** A stable name for machines. */
  readonly code: VerificationErrorCode;
  /** The header at fault, as the scheme spells it. */
  declare readonly header?: string;
  /** Now minus the timestamp, in seconds with three decimals, if the timestamp is at fault. */
  declare readonly skewSeconds?: number;

  /** @internal */
  constructor(
    code: VerificationErrorCode,
    message: string,
    details?: { readonly header?: string | undefined; readonly skewSeconds?: number },
  ) {
    super(message);
    mark(this, "VerificationError");
    this.code = code;
    if (details?.header !== undefined) this.header = details.header;
    if (details?.skewSeconds !== undefined) this.skewSeconds = details.skewSeconds;
  }
}

/**
 * A mistake in how a verifier was set up, or in what is to be signed. It is the caller's, never the
 * sender's; its message says what to write instead.
 *
 * @example
 * ```ts
 * import { ConfigError, Verifier } from "countersign";
 *
 * try {
 *   new Verifier("peeker", { secrets: "" });
 * } catch (error) {
 *   if (error instanceof ConfigError) console.log(error.code); // empty_secret
 * }
 * ```
 */
export class ConfigError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, "ConfigError", value);
  }

  /** A stable name for machines. */
  readonly code: ConfigErrorCode;

  /** @internal */
  constructor(code: ConfigErrorCode, message: string) {
    super(message);
    mark(this, "ConfigError");
    this.code = code;
  }
}

// Secrets as they are given, and what is wrong with them.

import { isBytes } from "./body.ts";
import { ConfigError } from "./errors.ts";
import type { ConfigErrorCode } from "./errors.ts";
import { encoder } from "./text.ts";

/**
 * A secret: text in the form in which the provider shows it, or the key's own bytes; during a
 * rotation with an id and a window of validity.
 *
 * @example
 * ```ts
 * import type { SecretInput } from "countersign";
 *
 * const secrets: SecretInput[] = [
 *   { id: "new", secret: "the secret of next week" },
 *   { id: "old", secret: "the secret of last week", notAfter: new Date("2026-12-01T00:00:00Z") },
 * ];
 * ```
 */
export type SecretInput = string | Uint8Array | KeyInput;

/** A secret with an id and a window of validity. */
export interface KeyInput {
  /** Names the key in verdicts. The default is `key-1`, `key-2`, …, by position. */
  readonly id?: string | undefined;
  /** The secret. */
  readonly secret: string | Uint8Array;
  /** The first moment at which the key is valid. */
  readonly notBefore?: Date | undefined;
  /** The first moment at which it is no longer valid. */
  readonly notAfter?: Date | undefined;
}

/** A key with everything filled in. */
export interface GivenKey {
  readonly id: string;
  readonly secret: string | Uint8Array;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** The keys, one for each secret. */
export function readKeys(secrets: SecretInput | readonly SecretInput[]): GivenKey[] {
  const list = Array.isArray(secrets) ? secrets : [secrets];
  return list.map((secret: SecretInput, position) => readKey(secret, `key-${position + 1}`));
}

const KEY_OPTIONS = ["id", "secret", "notBefore", "notAfter"];

function readKey(input: SecretInput, fallback: string): GivenKey {
  const key: unknown = isSecret(input) ? { secret: input } : (input ?? {});
  if (typeof key !== "object") throw noSecret("invalid_secret", `${fallback} is none`);
  refuseUnknown("secret", key as object, KEY_OPTIONS);
  const { id = fallback, secret, notBefore, notAfter } = key as KeyInput;
  if (!isSecret(secret)) {
    throw secret === undefined || secret === null
      ? noSecret("empty_secret", `${fallback} is ${secret}: is its variable set?`)
      : noSecret("invalid_secret", `${fallback} is none`);
  }
  return {
    id: text(id, fallback),
    secret: typeof secret === "string" ? secret : new Uint8Array(secret),
    ...(notBefore !== undefined && { notBefore: date(notBefore, id) }),
    ...(notAfter !== undefined && { notAfter: date(notAfter, id) }),
  };
}

function noSecret(code: ConfigErrorCode, what: string): ConfigError {
  const known = KEY_OPTIONS.join(", ");
  return new ConfigError(code, `a secret is text, a Uint8Array, or { ${known} }; ${what}`);
}

/** Refuses what a typing error would otherwise leave without effect. */
export function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  // It may be a secret in the wrong place.
  const shown = /^[a-z]{1,16}$/i.test(unknown) ? unknown : "of this name";
  throw new ConfigError(
    "unknown_option",
    `there is no ${what} option ${shown}; known are ${known.join(", ")}`,
  );
}

function isSecret(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || isBytes(value);
}

function text(id: unknown, fallback: string): string {
  if (typeof id === "string") return id;
  throw new ConfigError("invalid_secret", `the id of ${fallback} is no text`);
}

function date(value: Date, id: string): Date {
  if (!Number.isNaN(millisOf(value))) return new Date(value);
  throw new ConfigError("invalid_key_window", `key ${id}: notBefore and notAfter are valid Dates`);
}

/** Milliseconds since 1970, or NaN for what is no valid `Date` of any realm. */
export function millisOf(time: unknown): number {
  const isDate = Object.prototype.toString.call(time) === "[object Date]";
  return isDate ? (time as Date).getTime() : Number.NaN;
}

/** A secret's bytes, in a copy that may be wiped. */
export function secretBytes(secret: string | Uint8Array): Uint8Array {
  // Not `slice`: a Buffer's shares its memory.
  return typeof secret === "string" ? encoder().encode(secret) : new Uint8Array(secret);
}

/** The error for what the core calls a mistake: a code, and what it is about. */
export function mistake(text: string, key = "the key"): ConfigError {
  const [code = "", ...rest] = text.split(": ");
  const about = rest.join(": ");
  const message = MISTAKES[code as ConfigErrorCode] ?? code;
  return new ConfigError(
    code as ConfigErrorCode,
    message.replace("%", () => about || key),
  );
}

const MISTAKES: Partial<Record<ConfigErrorCode, string>> = {
  duplicate_key: "key % repeats the id or the secret of an earlier key; remove one of them",
  empty_secret: "the secret of % is empty; is its variable set?",
  invalid_key_window: "key % is never valid: notBefore must lie before notAfter",
  invalid_timestamp_format:
    "timestamps without a zone need a scheme that sends dates, and fractionDigits from 0 to 9",
  invalid_tolerance: "toleranceSeconds must be a whole number from 1 to 86400",
  malformed_secret:
    "the secret of % has white space at an end (a pasted newline?), " +
    "or is not in the form in which this scheme's secrets are shown",
  no_secret: "there is no secret; at least one is needed",
  weak_secret:
    "the secret of % has fewer than 16 bytes and can be guessed; " +
    "take a longer one, or set allowWeakSecret",
};

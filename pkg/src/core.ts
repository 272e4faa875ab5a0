// The verifier in WebAssembly: one instance, made when it is first needed.

import { makeGlue } from "countersign:glue/verifier";
import type { Glue, Verifier as CoreVerifier } from "countersign:glue/verifier";
import { wasmModule } from "countersign:wasm/verifier";
import type { HostDigest } from "./digest.ts";
import { VerificationError } from "./errors.ts";
import type { VerifyErrorCode } from "./generated.ts";
import type { HeaderValues } from "./headers.ts";
import { instantiate } from "./instance.ts";
import { millisOf, mistake, secretBytes } from "./secrets.ts";
import type { GivenKey } from "./secrets.ts";
import { encoder } from "./text.ts";

/** The buffer in WebAssembly's memory through which headers, bodies and digests go, in bytes. */
const SCRATCH_BYTES = 65_536;

/** The longest header that is looked at, in characters; the core refuses a longer one. */
const MAX_HEADER = 1024;

/** Hashes a body from this length on piece by piece, so that the host need not get a copy. */
const MAX_COPY = 49_152;

/** What a host may refuse to hash at once, in bytes. */
const MAX_HOST = 2 ** 31;

let glue: Glue | undefined;
let memory: WebAssembly.Memory | undefined;
let address = 0;
let buffer = new Uint8Array();

/** The wasm-bindgen classes, with WebAssembly behind them. */
function core(): Glue {
  if (glue === undefined) {
    const made = makeGlue();
    memory = instantiate(made, wasmModule()).memory;
    address = made.scratch(SCRATCH_BYTES);
    glue = made;
  }
  return glue;
}

/** The buffer. Its view is made anew after the memory has grown. */
function scratch(): Uint8Array {
  if (buffer.length === 0 && memory !== undefined) {
    buffer = new Uint8Array(memory.buffer, address, SCRATCH_BYTES);
  }
  return buffer;
}

/** A verifier of the core, and the request that it is at. */
export type { Verifier as CoreVerifier } from "countersign:glue/verifier";

/** So many bytes of the buffer, as text. */
function textOf(length: number): string {
  return new TextDecoder().decode(scratch().subarray(0, length));
}

/** Type and dedupe key of a genuine event: two flags and the type; on the next line the key. */
export function describe(
  verifier: CoreVerifier,
  body: Uint8Array,
  id: string | undefined,
  type: string | undefined,
): string {
  const length = verifier.describe(body, encoder().encode(id), encoder().encode(type));
  return textOf(length);
}

/** What of the options the core takes. */
export interface CoreOptions {
  readonly toleranceSeconds?: number | undefined;
  readonly allowWeakSecret?: boolean | undefined;
  readonly timestamp?: { readonly zone: "none"; readonly fractionDigits: number } | undefined;
}

/**
 * A verifier for a scheme, by its name or as `defineScheme` has written it.
 *
 * @throws ConfigError
 */
export function makeVerifier(
  scheme: string,
  given: readonly GivenKey[],
  options: CoreOptions,
): CoreVerifier {
  const { toleranceSeconds = 300, allowWeakSecret = false, timestamp } = options;
  const keys = core().Keys.create(encoder().encode(scheme), allowWeakSecret === true);
  if (keys === undefined) throw mistake("unknown_scheme");
  try {
    for (const { id, secret, notBefore, notAfter } of given) {
      const isText = typeof secret === "string";
      const bytes = secretBytes(secret);
      const name = encoder().encode(id);
      const isAdded = keys.add(name, bytes, isText, millisOf(notBefore), millisOf(notAfter));
      bytes.fill(0);
      if (!isAdded) throw mistake(textOf(keys.mistake()), id);
    }
    const digits = timestamp === undefined ? -1 : fractionDigits(timestamp);
    const verifier = keys.verifier(tolerance(toleranceSeconds), digits);
    if (verifier === undefined) throw mistake(textOf(keys.mistake()));
    return verifier;
  } finally {
    keys.free();
  }
}

/** The number if it is in the range; else 0, which the core refuses. */
function tolerance(seconds: unknown): number {
  const isWhole = Number.isInteger(seconds) && (seconds as number) > 0;
  return isWhole && (seconds as number) <= 86_400 ? (seconds as number) : 0;
}

function fractionDigits(timestamp: CoreOptions["timestamp"] | null): number {
  const { zone, fractionDigits = -1 } = timestamp ?? {};
  const isDigit = Number.isInteger(fractionDigits) && fractionDigits >= 0 && fractionDigits <= 9;
  if (zone !== "none" || !isDigit) throw mistake("invalid_timestamp_format");
  return fractionDigits;
}

/** What was wrong with the last request. */
export function failure(verifier: CoreVerifier): VerificationError {
  const [code, header] = textOf(verifier.failure()).split("\n") as [VerifyErrorCode, string];
  const skew = verifier.skew();
  const skewSeconds = skew / 1000;
  const details = Number.isNaN(skew) ? { header: header || undefined } : { skewSeconds };
  return new VerificationError(
    code,
    (MESSAGES[code] ?? MESSAGES.signature_mismatch)(header, Math.abs(skewSeconds)),
    details,
  );
}

const MESSAGES: Readonly<Record<VerifyErrorCode, (header: string, seconds: number) => string>> = {
  ambiguous_header: (header) => `header ${header} has more than one value`,
  malformed_header: (header) => `header ${header} is malformed`,
  missing_header: (header) => `header ${header} is missing`,
  no_active_key: () => "no key is valid at this time: look at notBefore and notAfter",
  signature_mismatch: () =>
    "the signature does not match: another secret, or the body is not the one that was signed",
  timestamp_too_new: (_, seconds) => `the timestamp is ${seconds.toFixed(3)} s in the future`,
  timestamp_too_old: (_, seconds) => `the timestamp is ${seconds.toFixed(3)} s in the past`,
  unsupported_signature: () => "there is no signature of a version that this scheme knows",
};

/**
 * Hands the headers over: one text, its pieces' lengths.
 *
 * @returns whether they are in order; if not, the verifier knows why
 */
export function begin(verifier: CoreVerifier, values: HeaderValues, now: number): boolean {
  const [timestamp, id, type, signature] = values.map(shorten);
  const text = (timestamp ?? "") + (id ?? "") + (type ?? "") + (signature ?? "");
  const { written } = encoder().encodeInto(text, scratch());
  if (written !== text.length) {
    encoder().encodeInto(text.replace(NOT_ASCII, "\u007f"), scratch());
  }
  return verifier.begin(length(timestamp), length(id), length(type), length(signature), now);
}

/** Too long stays too long, and a comma stays a comma: both are reasons to refuse. */
function shorten(value: string | undefined): string | undefined {
  if (value === undefined || value.length <= MAX_HEADER) return value;
  return value.slice(0, MAX_HEADER) + (value.includes(",") ? "," : "-");
}

function length(value: string | undefined): number {
  return value === undefined ? -1 : value.length;
}

/** Hashes the body, for every key. Between this and `begin` nothing of the caller's may run. */
export function hash(verifier: CoreVerifier, body: Uint8Array, host: HostDigest | undefined): void {
  if (host !== undefined && body.length >= host.crossover && body.length < MAX_HOST) {
    hashByHost(verifier, body, host);
  } else {
    hashByWasm(verifier, body);
  }
}

function hashByWasm(verifier: CoreVerifier, body: Uint8Array): void {
  for (let start = 0; start === 0 || start < body.length; start += SCRATCH_BYTES) {
    const piece = body.length <= SCRATCH_BYTES ? body : body.subarray(start, start + SCRATCH_BYTES);
    scratch().set(piece);
    verifier.update(piece.length);
  }
}

function hashByHost(verifier: CoreVerifier, body: Uint8Array, host: HostDigest): void {
  for (let key = 0, prefix; (prefix = verifier.hostPrefix(key)) > 0; key++) {
    const all = scratch();
    if (body.length <= MAX_COPY) {
      if (key === 0) all.set(body, prefix);
      giveDigest(verifier, host.sha256(all.subarray(0, prefix + body.length)));
    } else {
      giveDigest(verifier, host.sha256(all.subarray(0, prefix), body));
    }
  }
}

function giveDigest(verifier: CoreVerifier, digest: Uint8Array): void {
  scratch().set(digest);
  verifier.takeDigest();
}

const NOT_ASCII = /[^\0-\x7f]/g;

// The verifier in WebAssembly: one instance, made when it is first needed.

import { makeGlue } from "countersign:glue/verifier";
import type { Glue, Verifier as CoreVerifier } from "countersign:glue/verifier";
import { wasmModule } from "countersign:wasm/verifier";
import { lengthOf, viewOf } from "./body.ts";
import type { Bytes } from "./body.ts";
import { isFor } from "./digest.ts";
import type { HostDigest } from "./digest.ts";
import { VerificationError } from "./errors.ts";
import type { VerifyErrorCode } from "./generated.ts";
import type { HeaderValues } from "./headers.ts";
import { instantiate } from "./instance.ts";
import { millisOf, mistake, secretBytes } from "./secrets.ts";
import type { GivenKey } from "./secrets.ts";
import { decoder, encoder } from "./text.ts";

/** A verifier of the core, and the request that it is at. */
export type { Verifier as CoreVerifier } from "countersign:glue/verifier";

/** The longest header that is looked at, in characters; the core refuses a longer one. */
const MAX_HEADER = 1024;

/** What the core says instead of a key's position: the host has to hash for another key. */
const NEXT_KEY = -2;

/** An instance, and the places in its memory through which everything goes. */
interface Core {
  readonly glue: Glue;
  readonly memory: WebAssembly.Memory;
  /** Headers and digests. */
  text: Uint8Array<ArrayBuffer>;
  /** What is hashed ahead of a body, and the body. */
  message: Uint8Array<ArrayBuffer>;
  /** Where in the message the body begins, in bytes. */
  readonly head: number;
  /** How much of a body fits, in bytes. */
  readonly capacity: number;
}

let made: Core | undefined;

/** The instance. Views are made anew after the memory has grown. */
function core(): Core {
  made ??= make();
  if (made.text.length === 0) makeViews(made);
  return made;
}

function make(): Core {
  const glue = makeGlue();
  const { memory } = instantiate(glue, wasmModule());
  const [text, message] = [new Uint8Array(), new Uint8Array()];
  return { glue, memory, text, message, head: glue.headCapacity(), capacity: glue.bodyCapacity() };
}

function makeViews(core: Core): void {
  const { glue, memory, head, capacity } = core;
  core.text = new Uint8Array(memory.buffer, glue.textAddress(), glue.textCapacity());
  core.message = new Uint8Array(memory.buffer, glue.messageAddress(), head + capacity);
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
  const keys = core().glue.Keys.create(encoder().encode(scheme), allowWeakSecret === true);
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

/**
 * The position of the key that signed a request; -1 if it is not genuine: then the verifier knows why.
 * Nothing of the caller's runs in here, so nobody else uses the buffer meanwhile.
 */
export function judge(
  verifier: CoreVerifier,
  values: HeaderValues,
  body: Bytes,
  now: number,
  host: HostDigest | undefined,
): number {
  if (host !== undefined && isFor(host, lengthOf(body))) {
    return judgeByHost(verifier, values, body, now, host);
  }
  if (!isShort(body)) return judgeInPieces(verifier, values, body, now);
  putHeaders(values);
  return verifier.verify(
    sizeOf(values[0]),
    sizeOf(values[1]),
    sizeOf(values[2]),
    sizeOf(values[3]),
    putBody(body),
    now,
  );
}

/** The host hashes, for each key. A body that is copied next to its prefix needs one call. */
function judgeByHost(
  verifier: CoreVerifier,
  values: HeaderValues,
  body: Bytes,
  now: number,
  host: HostDigest,
): number {
  putHeaders(values);
  const start = verifier.prepare(
    sizeOf(values[0]),
    sizeOf(values[1]),
    sizeOf(values[2]),
    sizeOf(values[3]),
    now,
  );
  if (start === 0) return -1;
  const length = lengthOf(body);
  const isCopied = length <= host.maxCopy;
  if (isCopied) putBody(body);
  for (;;) {
    // Looked up in each turn: memory may have grown in the one before.
    const { text, message, head } = core();
    const signed = message.subarray(start, isCopied ? head + length : head);
    let digest = 0;
    let verdict: number;
    try {
      digest = isCopied ? host.put(text, signed) : host.put(text, signed, viewOf(body));
    } finally {
      // Without a digest, if the host throws, it wipes the pad and refuses.
      verdict = verifier.takeDigest(start, digest, now);
    }
    if (verdict !== NEXT_KEY) return verdict;
  }
}

function judgeInPieces(
  verifier: CoreVerifier,
  values: HeaderValues,
  body: Bytes,
  now: number,
): number {
  if (!begin(verifier, values, now)) return -1;
  update(verifier, body);
  return verifier.finish(now);
}

/** Judges headers alone, for a body that is still to come; whether they are in order. */
export function begin(
  verifier: CoreVerifier,
  values: HeaderValues,
  now: number,
  separators = true,
): boolean {
  putHeaders(values);
  return verifier.begin(
    sizeOf(values[0]),
    sizeOf(values[1]),
    sizeOf(values[2]),
    sizeOf(values[3]),
    separators,
    now,
  );
}

/** Hashes a body of any length in WebAssembly, after `begin`. */
export function update(verifier: CoreVerifier, body: Bytes): void {
  const { message, head, capacity } = core();
  // A view of our own: `subarray` asks an object's own `constructor` what to return.
  const bytes = viewOf(body);
  for (let start = 0; start < bytes.length; start += capacity) {
    const piece = bytes.subarray(start, start + capacity);
    message.set(piece, head);
    verifier.update(piece.length);
  }
}

/** Puts the headers into the buffer, one after the other. */
function putHeaders(values: HeaderValues): void {
  putText(shorten(values[0]) + shorten(values[1]) + shorten(values[2]) + shorten(values[3]));
}

/** Puts text into the buffer; what is not ASCII as a character that no header may hold. */
function putText(text: string): void {
  const { text: place } = core();
  const { written } = encoder().encodeInto(text, place);
  if (written !== text.length) encoder().encodeInto(text.replace(NOT_ASCII, "\u007f"), place);
}

/** Too long stays too long, and a comma stays a comma: both are reasons to refuse. */
function shorten(value: string | undefined): string {
  if (value === undefined) return "";
  if (value.length <= MAX_HEADER) return value;
  return value.slice(0, MAX_HEADER) + (value.includes(",") ? "," : "-");
}

/** A header's length in the buffer; negative if there is none. */
function sizeOf(value: string | undefined): number {
  return value === undefined ? -1 : Math.min(value.length, MAX_HEADER + 1);
}

/** What was wrong with the last request. */
export function failure(verifier: CoreVerifier): VerificationError {
  const [said, header = ""] = textOf(verifier.failure()).split("\n");
  // Whoever has not been accepted is refused, whatever has become of the reason.
  const code = (said || "signature_mismatch") as VerifyErrorCode;
  const skew = verifier.skew();
  const skewSeconds = skew / 1000;
  const details = Number.isNaN(skew) ? { header: header || undefined } : { skewSeconds };
  return new VerificationError(
    code,
    MESSAGES[code](header, Math.abs(skewSeconds)),
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

/** The time that a timestamp names, in milliseconds since 1970. */
export function timeOf(verifier: CoreVerifier, timestamp: string): number {
  putText(timestamp);
  return verifier.time(timestamp.length);
}

/** The type of a genuine event. */
export interface Description {
  readonly type: string | undefined;
  readonly isSigned: boolean;
  readonly isConflicting: boolean;
  readonly isCatalogued: boolean;
}

/** Reads the type out of the body, and out of the type's header if there is one. */
export function describe(
  verifier: CoreVerifier,
  body: Bytes,
  header: string | undefined,
): Description {
  // A longer one is none, and need not be looked at.
  const type = header === undefined || header.length > MAX_HEADER ? "" : header;
  if (type !== "") putText(type);
  const described = isShort(body)
    ? verifier.describe(putBody(body), type.length)
    : verifier.describeLong(viewOf(body), type.length);
  return {
    type: textOf(described >>> 3) || undefined,
    isSigned: (described & 1) !== 0,
    isConflicting: (described & 2) !== 0,
    isCatalogued: (described & 4) !== 0,
  };
}

/** The SHA-256 of a body, in hex. */
export function bodyDigest(body: Bytes): string {
  return textOf(core().glue.bodyDigest(viewOf(body)));
}

/** Whether a body fits into the buffer. */
function isShort(body: Bytes): boolean {
  return lengthOf(body) <= core().capacity;
}

/** Puts a body into the buffer, and says how long it is. */
function putBody(body: Bytes): number {
  const { message, head } = core();
  const length = lengthOf(body);
  // It may have been detached since it was verified.
  if (length > 0) message.set(body, head);
  return length;
}

/** So many bytes of the buffer, as text. */
function textOf(length: number): string {
  return length === 0 ? "" : decoder().decode(core().text.subarray(0, length));
}

const NOT_ASCII = /[^\0-\x7f]/g;

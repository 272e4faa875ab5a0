// Headers in any shape, as every runtime would see them.

import { VerificationError } from "./errors.ts";

/** What every runtime's `Headers` has. */
export interface HeadersLike {
  /** The values of a header, joined with `, `; `null` if there is none. */
  get(name: string): string | null;
}

/**
 * The headers of a request: a `Headers`, Node's `req.headers`, any object with names in any case, or
 * pairs. A header that is given several times is joined with `, `, as Fetch does it.
 *
 * @example
 * ```ts
 * import type { HeadersInput } from "countersign";
 *
 * const shapes: HeadersInput[] = [
 *   new Headers({ "peeker-event-id": "evt_1" }),
 *   { "Peeker-Event-Id": "evt_1", "x-other": undefined },
 *   [["peeker-event-id", "evt_1"]],
 *   new Map([["peeker-event-id", "evt_1"]]),
 * ];
 * ```
 */
export type HeadersInput =
  | HeadersLike
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>;

/** The values of a scheme's headers, trimmed; `undefined` for a header that is absent. */
export type HeaderValues = readonly [
  timestamp: string | undefined,
  id: string | undefined,
  type: string | undefined,
  signature: string | undefined,
];

/** The headers that a scheme reads: timestamp, id, type and signature, as far as it has them. */
export interface HeaderNames {
  /** As the provider writes them. */
  readonly written: readonly (string | undefined)[];
  readonly lower: readonly (string | undefined)[];
  /** A bit for each length that one of them has; lengths from 32 on begin again at 0. */
  readonly lengths: number;
  /** Their positions, in the two spellings that most use. */
  readonly positions: ReadonlyMap<string, number>;
}

export function headerNames(written: readonly (string | undefined)[]): HeaderNames {
  const bit = (name: string | undefined): number => (name === undefined ? 0 : 1 << name.length);
  return {
    written,
    lower: written.map((name) => name?.toLowerCase()),
    lengths: written.reduce((lengths, name) => lengths | bit(name), 0),
    positions: new Map(written.flatMap((name, at) => spellings(name).map((one) => [one, at]))),
  };
}

function spellings(name: string | undefined): string[] {
  return name === undefined ? [] : [name, name.toLowerCase()];
}

type Found = [string | undefined, string | undefined, string | undefined, string | undefined];

/** The values of these headers, in their order. */
export function readHeaders(headers: HeadersInput, names: HeaderNames): HeaderValues {
  const found: Found = [undefined, undefined, undefined, undefined];
  if (isHeaders(headers)) {
    for (let at = 0; at < found.length; at++) {
      const name = names.lower[at];
      if (name !== undefined) found[at] = value(names, at, headers.get(name) ?? undefined);
    }
  } else if (isIterable(headers)) {
    for (const pair of headers as Iterable<unknown>) {
      if (!isObject(pair)) continue;
      const { 0: name, 1: given } = pair as unknown[];
      const at = positionOf(names, name);
      if (at >= 0) found[at] = join(found[at], value(names, at, given));
    }
  } else if (isObject(headers)) {
    const all = Object.keys(headers);
    for (let index = 0; index < all.length; index++) {
      const name = all[index] as string;
      const at = positionOf(names, name);
      // Others than those that are wanted are not read.
      if (at >= 0) found[at] = join(found[at], value(names, at, headers[name as never]));
    }
  }
  return found;
}

/** The position of a header; -1 if it is not wanted. */
function positionOf({ lower, lengths, positions }: HeaderNames, name: unknown): number {
  if (typeof name !== "string" || ((lengths >>> name.length) & 1) === 0) return -1;
  return positions.get(name) ?? lower.findIndex((wanted) => isSame(wanted, name));
}

/** The headers as pairs with names in lower case; these at least, of what can't be iterated. */
export function headerPairs(headers: HeadersInput, names: HeaderNames): [string, string][] {
  const pairs: [string, string][] = [];
  const add = (name: unknown, given: unknown): void => {
    const value = typeof name === "string" ? text(name, given) : undefined;
    if (value !== undefined) pairs.push([(name as string).toLowerCase(), value]);
  };
  if (!isHeaders(headers) || isIterable(headers)) forEach(headers, add);
  else readHeaders(headers, names).forEach((given, at) => add(names.written[at], given));
  return pairs;
}

function isHeaders(headers: HeadersInput): headers is HeadersLike {
  if (!isObject(headers) || typeof (headers as HeadersLike).get !== "function") return false;
  // A `Map` is read as pairs. Only what has a size is asked for its name, which takes time.
  const isSized = typeof (headers as { readonly size?: unknown }).size === "number";
  return !isSized || Object.prototype.toString.call(headers) !== "[object Map]";
}

function isIterable(headers: unknown): headers is Iterable<unknown> {
  return (
    isObject(headers) &&
    typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === "function"
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function forEach(headers: unknown, visit: (name: unknown, value: unknown) => void): void {
  if (isIterable(headers)) {
    for (const pair of headers) {
      if (isObject(pair)) visit((pair as unknown[])[0], (pair as unknown[])[1]);
    }
  } else if (isObject(headers)) {
    for (const name of Object.keys(headers))
      visit(name, (headers as Record<string, unknown>)[name]);
  }
}

/** Names are compared as ASCII: a letter such as the Kelvin sign is no `k`. */
function isSame(lower: string | undefined, name: string): boolean {
  if (lower?.length !== name.length) return false;
  for (let at = 0; at < lower.length; at++) {
    const code = name.charCodeAt(at);
    const isUpper = code >= 0x41 && code <= 0x5a;
    if ((isUpper ? code | 0x20 : code) !== lower.charCodeAt(at)) return false;
  }
  return true;
}

/** The value of the header at a position, as text; `undefined` if it is absent. */
function value(names: HeaderNames, at: number, given: unknown): string | undefined {
  return typeof given === "string" ? trim(given) : text(names.written[at] as string, given);
}

/** A header's value as text; `undefined` if it is absent. */
function text(header: string, given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) return single(header, given);
  return given.length === 0 ? undefined : given.map((one) => single(header, one)).join(", ");
}

function single(header: string, given: unknown): string {
  if (typeof given === "string") return trim(given);
  throw new VerificationError(
    "malformed_header",
    `header ${header} is ${typeof given}; pass its value as a string`,
    { header },
  );
}

function join(before: string | undefined, value: string | undefined): string | undefined {
  return before === undefined || value === undefined ? (value ?? before) : `${before}, ${value}`;
}

/** Without outer spaces and tabs. */
function trim(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

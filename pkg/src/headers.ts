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
export type HeaderValues = readonly (string | undefined)[];

/** The values of these headers, in their order. */
export function readHeaders(
  headers: HeadersInput,
  names: readonly (string | undefined)[],
): HeaderValues {
  if (isHeaders(headers)) {
    return names.map((name) => name && value(name, headers.get(name) ?? undefined));
  }
  const found: (string | undefined)[] = [undefined, undefined, undefined, undefined];
  forEach(headers, (name, given) => {
    const position = names.findIndex((wanted) => wanted !== undefined && isSame(wanted, name));
    const wanted = names[position];
    if (wanted !== undefined) found[position] = join(found[position], value(wanted, given));
  });
  return found;
}

/** The headers as pairs with names in lower case; these at least, of what can't be iterated. */
export function headerPairs(
  headers: HeadersInput,
  names: readonly (string | undefined)[],
): [string, string][] {
  const pairs: [string, string][] = [];
  const add = (name: unknown, given: unknown): void => {
    const text = typeof name === "string" ? value(name, given) : undefined;
    if (text !== undefined) pairs.push([(name as string).toLowerCase(), text]);
  };
  if (!isHeaders(headers) || isIterable(headers)) forEach(headers, add);
  else readHeaders(headers, names).forEach((given, at) => add(names[at], given));
  return pairs;
}

function isHeaders(headers: HeadersInput): headers is HeadersLike {
  return (
    isObject(headers) &&
    typeof (headers as HeadersLike).get === "function" &&
    Object.prototype.toString.call(headers) !== "[object Map]"
  );
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
function isSame(wanted: string, name: unknown): boolean {
  return (
    typeof name === "string" &&
    name.length === wanted.length &&
    name.toLowerCase() === wanted.toLowerCase() &&
    /^[\x21-\x7e]*$/.test(name)
  );
}

/** A header's value as text; `undefined` if it is absent. */
function value(header: string, given: unknown): string | undefined {
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

// Svix's own header names, which stand for those of Standard Webhooks.

import type { HeadersInput, HeadersLike } from "countersign";

type Pair = readonly [name: string, value: string];

const FIELDS = ["id", "timestamp", "signature"];
const NAMES = ["webhook-", "svix-"].flatMap((family) => FIELDS.map((field) => family + field));
const SVIX = /^svix-(?=(?:id|timestamp|signature)$)/i;

/**
 * The headers with Svix's names replaced by the standard ones. A header that has both names is there
 * twice then, and refused, unless both have one value: whichever of the two an application reads
 * later was verified.
 *
 * Headers without Svix's names are passed on, for the verifier to read and judge; only what can be
 * read no more than once is copied.
 */
export function withStandardNames(headers: HeadersInput): HeadersInput {
  if (typeof headers !== "object" || headers === null) return headers;
  if (isGetter(headers)) return renamed(pairsOf(headers)) ?? headers;
  if (Symbol.iterator in headers) {
    const pairs = [...headers];
    return renamed(pairs) ?? pairs;
  }
  return Object.keys(headers).some(isSvix)
    ? (renamed(Object.entries(headers).flatMap(eachValue)) ?? headers)
    : headers;
}

/** A `Map` has `get` too, but knows one spelling of each name. */
function isGetter(headers: object): headers is HeadersLike {
  return "get" in headers && typeof headers.get === "function" && !isMap(headers);
}

function isMap(headers: object): boolean {
  return Object.prototype.toString.call(headers) === "[object Map]";
}

function pairsOf(headers: HeadersLike): Pair[] {
  return NAMES.flatMap((name) => eachValue([name, headers.get(name) ?? undefined]));
}

function eachValue([name, value]: readonly [
  string,
  string | readonly string[] | undefined,
]): Pair[] {
  return [value ?? []].flat().map((one): Pair => [name, one]);
}

/** Nothing, if no name is Svix's. */
function renamed(pairs: readonly Pair[]): Pair[] | undefined {
  const others = pairs.filter((pair) => !isSvix(nameOf(pair)));
  if (others.length === pairs.length) return undefined;
  const isRepeat = ([name, value]: Pair): boolean =>
    others.some((pair) => nameOf(pair) === name && pair[1] === value);
  const standard = pairs
    .filter((pair) => isSvix(nameOf(pair)))
    .map((pair): Pair => [nameOf(pair).replace(SVIX, "webhook-"), pair[1]]);
  return [...others, ...standard.filter((pair) => !isRepeat(pair))];
}

function isSvix(name: string): boolean {
  return SVIX.test(name);
}

/** In lower case; nothing of what is no pair, which the verifier judges. */
function nameOf(pair: Pair): string {
  const name: unknown = pair?.[0];
  return typeof name === "string" ? name.toLowerCase() : "";
}

// Shapes in which headers come, and odd ones.

import { record, withValue } from "./samples.ts";
import type { Pair } from "./samples.ts";

/** Headers made of pairs. */
export type Shape = (pairs: Pair[], names: Names) => unknown;

/** How a scheme's headers are called. */
export interface Names {
  readonly timestamp: string;
  readonly id?: string;
  readonly signature: string;
}

/** Genuine requests, however their headers are held. */
export const GENUINE: Readonly<Record<string, Shape>> = {
  Headers: (pairs) => new Headers(pairs),
  "Headers.entries()": (pairs) => new Headers(pairs).entries(),
  "the headers of a Request": (pairs) =>
    new Request("https://receiver.test/", { headers: pairs }).headers,
  "an object": (pairs) => record(pairs),
  "an object in lower case": (pairs) => record(cased(pairs, (name) => name.toLowerCase())),
  "an object in upper case": (pairs) => record(cased(pairs, (name) => name.toUpperCase())),
  "an object in mixed case": (pairs) => record(cased(pairs, mixed)),
  "an object of lists": (pairs) =>
    Object.fromEntries(pairs.map(([name, value]) => [name, [value]])),
  "an object of frozen lists": (pairs) =>
    Object.freeze(Object.fromEntries(pairs.map(([name, value]) => [name, Object.freeze([value])]))),
  "an object without a prototype": (pairs) => Object.assign(Object.create(null), record(pairs)),
  "an object with undefined beside": (pairs) => ({
    "X-Absent": undefined,
    ...record(pairs),
    other: undefined,
  }),
  "an object with undefined in another case": (pairs) => ({
    ...record(pairs),
    ...record(
      cased(pairs, (name) => name.toUpperCase()),
      () => undefined,
    ),
  }),
  "an object with a number in another header": (pairs) => ({
    "Content-Length": 42,
    ...record(pairs),
  }),
  "an object with symbol keys": (pairs) => ({
    ...record(pairs),
    [Symbol("x")]: 1,
    [Symbol.toStringTag]: "H",
  }),
  "an object with a header called get": (pairs) => ({ ...record(pairs), get: "x", entries: "y" }),
  "an object with hostile names": (pairs) =>
    Object.assign(JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}'), record(pairs)),
  "an object that inherits other values": (pairs) =>
    Object.assign(
      Object.create(
        record(
          cased(pairs, (name) => name.toLowerCase()),
          () => "9",
        ),
      ),
      record(pairs),
    ),
  "an object of a class": (pairs) => Object.assign(new Plain(), record(pairs)),
  "an object with getters": (pairs) => Object.defineProperties({}, descriptors(pairs, true)),
  "a proxy": (pairs) => new Proxy(record(pairs), {}),
  pairs: (pairs) => pairs,
  "pairs in mixed case": (pairs) => cased(pairs, mixed),
  "pairs in reverse": (pairs) => [...pairs].reverse(),
  "pairs among others": (pairs) => [
    ["Host", "a"],
    ["Host", "b"],
    ...pairs,
    ["", ""],
    ["X", "\u0000\ud800"],
  ],
  "pairs with more in them": (pairs) => pairs.map(([name, value]) => [name, value, "more"]),
  "pairs with hostile names": (pairs) => [["__proto__", "x"], ["constructor", "y"], ...pairs],
  "pairs with lists": (pairs) => pairs.map(([name, value]) => [name, [value]]),
  "a Map": (pairs) => new Map(pairs),
  "a Map in lower case": (pairs) => new Map(cased(pairs, (name) => name.toLowerCase())),
  "a Map in upper case": (pairs) => new Map(cased(pairs, (name) => name.toUpperCase())),
  "the entries of a Map": (pairs) => new Map(pairs).entries(),
  "a Set": (pairs) => new Set(pairs),
  "a generator": (pairs) => each(pairs),
  "an object with an iterator": (pairs) => ({ [Symbol.iterator]: () => each(pairs) }),
  "a class with get": (pairs) => new OnlyGet(pairs, null),
  "a class with get that gives undefined": (pairs) => new OnlyGet(pairs, undefined),
  "outer white space": (pairs) => pairs.map(([name, value]) => [name, ` \t${value}\t `]),
  "outer white space in an object": (pairs) =>
    record(pairs.map(([name, value]) => [name, ` \t${value}\t `])),
};

/** The same headers, but not those of a genuine request: what comes of it. */
export const REFUSED: readonly (readonly [
  what: string,
  shape: Shape,
  expected: (names: Names) => string,
])[] = [
  ["no headers", () => ({}), (names) => `missing_header ${names.timestamp}`],
  ["no pairs", () => [], (names) => `missing_header ${names.timestamp}`],
  [
    "an empty list",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: [] }),
    missingTimestamp,
  ],
  [
    "undefined",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: undefined }),
    missingTimestamp,
  ],
  ["inherited headers", (pairs) => Object.create(record(pairs)), missingTimestamp],
  [
    "hidden properties",
    (pairs) => Object.defineProperties({}, descriptors(pairs, false)),
    missingTimestamp,
  ],
  [
    "twins in two cases",
    (pairs, names) => ({ ...record(pairs), [names.timestamp.toUpperCase()]: "1" }),
    (names) => `ambiguous_header ${names.timestamp}`,
  ],
  [
    "equal twins",
    (pairs) => [...pairs, ...pairs],
    (names) => `ambiguous_header ${names.timestamp}`,
  ],
  [
    "a list of two",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: ["1", "2"] }),
    (names) => `ambiguous_header ${names.timestamp}`,
  ],
  [
    "two in Headers",
    (pairs, names) => new Headers([...pairs, [names.timestamp, "1"]]),
    (names) => `ambiguous_header ${names.timestamp}`,
  ],
  // Deno's iterator leaves an empty first one out; its `get` does not.
  [
    "an empty one before it in Headers",
    (pairs, names) => new Headers([[names.timestamp, ""], ...pairs]),
    (names) => `ambiguous_header ${names.timestamp}`,
  ],
  [
    "two empty ones in Headers",
    (pairs, names) =>
      new Headers(withValue([[names.timestamp, ""], ...pairs], names.timestamp, "")),
    (names) => `ambiguous_header ${names.timestamp}`,
  ],
  [
    "a number",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: 1_763_740_800 }),
    malformedTimestamp,
  ],
  ["null", (pairs, names) => ({ ...record(pairs), [names.timestamp]: null }), malformedTimestamp],
  ["true", (pairs, names) => ({ ...record(pairs), [names.timestamp]: true }), malformedTimestamp],
  [
    "an object",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: {} }),
    malformedTimestamp,
  ],
  [
    "a text object",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: Object("1") }),
    malformedTimestamp,
  ],
  [
    "a symbol",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: Symbol("1") }),
    malformedTimestamp,
  ],
  [
    "a function",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: () => "1" }),
    malformedTimestamp,
  ],
  [
    "a list with a number",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: [1] }),
    malformedTimestamp,
  ],
  [
    "a list with null",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: [null] }),
    malformedTimestamp,
  ],
  [
    "a list in a list",
    (pairs, names) => ({ ...record(pairs), [names.timestamp]: [["1"]] }),
    malformedTimestamp,
  ],
  [
    "a pair with a number",
    (pairs, names) => replaced(pairs, names.timestamp, 5),
    malformedTimestamp,
  ],
  [
    "a pair with null",
    (pairs, names) => replaced(pairs, names.timestamp, null),
    malformedTimestamp,
  ],
  [
    "a pair with an object",
    (pairs, names) => replaced(pairs, names.timestamp, {}),
    malformedTimestamp,
  ],
  ["get that gives a number", (pairs) => new OnlyGet(pairs, 5), () => "*"],
  ["names with a space", (pairs) => cased(pairs, (name) => `${name} `), missingTimestamp],
  ["names with a colon", (pairs) => cased(pairs, (name) => `${name}:`), missingTimestamp],
  // What String.prototype.toLowerCase and toUpperCase make of letters outside ASCII.
  [
    "names with a Kelvin sign",
    (pairs) => cased(pairs, (name) => name.replace(/k/i, "\u212a")),
    kelvin,
  ],
  ["names with a long s", (pairs) => cased(pairs, (name) => name.replace(/s/i, "\u017f")), longS],
  ["a flat list", (pairs) => pairs.flat(), () => "*"],
  ["a list of texts", () => ["a: b"], () => "*"],
  ["a pair without a value", (pairs, names) => replaced(pairs, names.timestamp), () => "*"],
  ["pairs of null", () => [null], () => "*"],
  ["pairs of numbers", () => [5, 6], () => "*"],
  ["null as headers", () => null, () => "*"],
  ["undefined as headers", () => undefined, () => "*"],
  ["a number as headers", () => 5, () => "*"],
  ["a text as headers", () => "Host: a", () => "*"],
  ["a symbol as headers", () => Symbol("x"), () => "*"],
  ["a promise", (pairs) => Promise.resolve(record(pairs)), () => "*"],
  ["a WeakMap", () => new WeakMap(), () => "*"],
  ["a Request", (pairs) => new Request("https://receiver.test/", { headers: pairs }), () => "*"],
];

function missingTimestamp(names: Names): string {
  return `missing_header ${names.timestamp}`;
}

function malformedTimestamp(names: Names): string {
  return `malformed_header ${names.timestamp}`;
}

/** The first header whose name has a k. */
function kelvin(names: Names): string {
  return /k/i.test(names.timestamp) ? missingTimestamp(names) : "valid";
}

/** The first header whose name has an s. */
function longS(names: Names): string {
  const missing = [names.timestamp, names.id, names.signature].find(
    (name) => name && /s/i.test(name),
  );
  return `missing_header ${missing}`;
}

/** Values that no genuine request has, in place of the timestamp. */
export const ODD_VALUES: Readonly<Record<string, (value: string) => string>> = {
  "one megabyte": (value) => value.padEnd(1_048_576, "0"),
  "one megabyte of what is not ASCII": () => "é".repeat(524_288),
  "one megabyte of lone surrogates": () => "\ud800".repeat(1_048_576),
  "NUL within": (value) => `${value.slice(0, 3)}\0${value.slice(3)}`,
  "NUL at the end": (value) => `${value}\0`,
  "LF within": (value) => `${value.slice(0, 3)}\n${value.slice(3)}`,
  "LF at the end": (value) => `${value}\n`,
  "CR at the end": (value) => `${value}\r`,
  "a no-break space at the end": (value) => `${value}\u00a0`,
  "a byte-order mark in front": (value) => `\ufeff${value}`,
  "a lone surrogate": (value) => `${value}\ud800`,
  "a pair of surrogates": (value) => `${value}\ud83d\udea4`,
  "full-width digits": (value) =>
    value.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)),
  "digits that are digits when cut to a byte": (value) =>
    value.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0x100)),
  empty: () => "",
  "white space": () => " \t ",
  DEL: (value) => `${value}\u007f`,
};

class Plain {}

class OnlyGet {
  readonly #pairs: ReadonlyMap<string, string>;
  readonly #absent: unknown;

  constructor(pairs: readonly Pair[], absent: unknown) {
    this.#pairs = new Map(pairs.map(([name, value]) => [name.toLowerCase(), value]));
    this.#absent = absent;
  }

  get(name: string): unknown {
    if (typeof this.#absent === "number") return this.#absent;
    return this.#pairs.get(name.toLowerCase()) ?? this.#absent;
  }
}

export const onlyGet = (pairs: readonly Pair[]): OnlyGet => new OnlyGet(pairs, null);

export const copied = (pairs: readonly Pair[]): Pair[] =>
  pairs.map(([name, value]) => [name, value]);

const cased = (pairs: readonly Pair[], change: (name: string) => string): Pair[] =>
  pairs.map(([name, value]) => [change(name), value]);

const mixed = (name: string): string =>
  Array.from(name, (letter, i) => (i % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase())).join(
    "",
  );

const replaced = (pairs: readonly Pair[], name: string, ...value: unknown[]): unknown[] =>
  pairs.map((pair) => (pair[0] === name ? [name, ...value] : pair));

function descriptors(pairs: readonly Pair[], enumerable: boolean): PropertyDescriptorMap {
  return Object.fromEntries(pairs.map(([name, value]) => [name, { enumerable, get: () => value }]));
}

function* each(pairs: readonly Pair[]): Generator<Pair> {
  yield* pairs;
}

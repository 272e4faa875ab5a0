// Names of event types, and patterns for them.

import { ConfigError } from "./errors.ts";
import type { Catalogues } from "./generated.ts";

/**
 * The event types of a scheme: those that its provider documents, which editors complete, and every
 * other string, because providers add types. It is `string` for schemes without a catalogue.
 *
 * In a `switch` over it, the other documented names are gone from each `case`. `string` stays, as
 * TypeScript can't take single names out of it; {@link matchesType} leaves the very name.
 *
 * @example
 * ```ts
 * import type { EventType } from "countersign";
 *
 * const wanted: EventType<"boateros">[] = ["hull.sold", "hull.not_documented_yet"];
 * ```
 */
export type EventType<S> = S extends keyof Catalogues ? Open<Catalogues[S]> : string;

/**
 * The patterns that {@link matchesType} takes: those that fit documented names, which editors
 * complete, and every other string.
 */
export type EventPattern = "*" | PatternOf<Catalogues[keyof Catalogues]> | (string & {});

/**
 * Whether an event's type is one of those that a pattern means. The pattern is not known when
 * compiling, so it narrows nothing.
 *
 * @param pattern such as `order.completed`, `order.*`, `*.action_required` or `*`
 * @param type the event's, which may be absent
 * @throws ConfigError `invalid_pattern`
 */
export function matchesType<P extends string>(
  pattern: Untold<P>,
  type: string | undefined,
): boolean;
/**
 * Whether an event's type is one of those that a pattern means, and for TypeScript: which.
 *
 * A pattern is a type in which whole segments may be `*`. A star stands for exactly one segment,
 * as the last segment for one or more, and alone for everything. Filters of the gateway are written
 * the same way; but they let events without a type pass, which `matchesType` never does:
 * `undefined` is not of any type, so the answer is `false`.
 *
 * If documented names fit, the type is narrowed to these. Names that are not documented pass too at
 * run time, so keep a `default` where you go on with a `switch`. If none fits, the type is narrowed
 * to the pattern's shape, such as `` `engine.${string}` ``.
 *
 * @param pattern such as `order.completed`, `order.*`, `*.action_required` or `*`
 * @param type the event's, which may be absent
 * @throws ConfigError `invalid_pattern`, if a segment is neither a star nor of `a-z`, `0-9` and
 * `_`, or if there is only one segment, which no type has
 *
 * @example
 * ```ts
 * import { matchesType } from "countersign";
 *
 * console.log(matchesType("order.*", "order.completed")); // true
 * console.log(matchesType("*.action_required", "order.completed")); // false
 * ```
 *
 * @example
 * ```ts
 * import { matchesType } from "countersign";
 * import type { EventType } from "countersign";
 *
 * const refunds = (type: EventType<"boateros"> | undefined): "payment.refunded"[] =>
 *   matchesType("*.refunded", type) ? [type] : [];
 * console.log(refunds("payment.refunded").length, refunds("deal.funded").length); // 1 0
 * ```
 */
export function matchesType<P extends EventPattern, T extends string>(
  pattern: P,
  type: T | undefined,
): type is Matching<P, T>;
export function matchesType(pattern: string, type: string | undefined): boolean {
  const wanted = segments(pattern);
  return typeof type === "string" && fits(wanted, type.split("."));
}

function segments(pattern: unknown): readonly string[] {
  const segments = typeof pattern === "string" ? pattern.split(".") : [];
  if (segments.every(isSegment) && (segments.length > 1 || segments[0] === "*")) return segments;
  throw new ConfigError(
    "invalid_pattern",
    "a pattern is an event type in which whole segments may be `*`, " +
      "such as `order.completed`, `order.*`, `*.action_required` or `*`",
  );
}

const isSegment = (text: string): boolean => text === "*" || /^[a-z0-9_]+$/.test(text);

const fits = (wanted: readonly string[], names: readonly string[]): boolean =>
  wanted.every((segment, index) => (segment === "*" ? index in names : segment === names[index])) &&
  (names.length === wanted.length || wanted.at(-1) === "*");

/** With every other string. `string & {}` is `string`, but keeps the names for editors. */
type Open<Name extends string> = [Name] extends [never] ? string : Name | (string & {});

/** The single names in a union; neither `string` nor templates. */
type Listed<T extends string> = T extends unknown ? (IsOpen<T> extends true ? never : T) : never;

/** Whether it stands for more than one string: only a single name makes a property required. */
type IsOpen<T extends string> = {} extends Record<T, unknown> ? true : false;

/** A pattern of which the type doesn't tell the text: any, or one of several. */
type Untold<P extends string> = true extends IsOpen<P> | IsUnion<P> ? P : never;

type IsUnion<T, Whole = T> = true extends (T extends unknown ? IsLess<T, Whole> : never)
  ? true
  : false;
type IsLess<T, Whole> = [Whole] extends [T] ? false : true;

/** The name itself, and it with a star for one of its parts. */
type PatternOf<Name extends string> = Name extends `${infer First}.${infer Rest}`
  ? Name | `${First}.*` | `*.${Rest}`
  : never;

/** The part of `T` that fits: everything; else the listed names, if any fits; else the shape. */
type Matching<P extends string, T extends string> = P extends "*"
  ? T
  : [Fitting<P, Listed<T>>] extends [never]
    ? T & Shape<P>
    : T & Fitting<P, Listed<T>>;

type Fitting<P extends string, Name extends string> = Name extends unknown
  ? Fits<P, Name> extends true
    ? Name
    : never
  : never;

/** Segment by segment, as `gateway::Pattern` does it in Rust. */
type Fits<P extends string, Name extends string> = P extends "*"
  ? true
  : P extends `${infer Wanted}.${infer Others}`
    ? Name extends `${infer Segment}.${infer Rest}`
      ? Wanted extends "*" | Segment
        ? Fits<Others, Rest>
        : false
      : false
    : P extends Name
      ? true
      : false;

/** The pattern as a template, in which a star is any string. */
type Shape<P extends string> = P extends `${infer Segment}.${infer Rest}`
  ? `${Starred<Segment>}.${Shape<Rest>}`
  : Starred<P>;
type Starred<Segment extends string> = Segment extends "*" ? string : Segment;

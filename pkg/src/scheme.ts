// Schemes: the built-in ones by name, and your own.

import { ConfigError } from "./errors.ts";
import { SCHEMES } from "./generated.ts";
import type { SchemeFacts, SchemeName } from "./generated.ts";

/**
 * How a provider that is not built in signs: HMAC-SHA-256, with signature, timestamp and event id in
 * headers of their own.
 *
 * The rules that keep a signed string from being read in two ways are checked: timestamp and id are
 * signed if there are any, each with `.` or `:` after it, and the body is always last.
 */
export interface SchemeDefinition {
  /** 1 to 64 of `a-z`, `0-9` and `-`; not the name of a built-in scheme. */
  readonly name: string;
  /** Where the signature stands, and how it is written. */
  readonly signature: SignatureDefinition;
  /** The timestamp's header. `null`: there is none, and a captured request can be replayed for ever. */
  readonly timestamp: {
    readonly header: string;
    readonly format: "rfc3339" | "unix-seconds";
  } | null;
  /** The header with the event's id. */
  readonly id?: string | undefined;
  /** The header that names the event's type. It is not signed. */
  readonly type?: string | undefined;
  /**
   * What is signed before the body: `"timestamp"`, `"id"`, and `"."` or `":"` after each; the first
   * entry may be other text, such as `"v0:"`.
   */
  readonly signed: readonly string[];
  /** Whether a secret in text is the key itself, or its base64, after a prefix if there is one. */
  readonly secret: "base64" | "utf8" | { readonly base64: { readonly prefix: string } };
}

/** One signature, or a list such as `v1=…,v1=…`. */
export type SignatureDefinition =
  | {
      readonly header: string;
      readonly syntax: "bare";
      readonly encoding: "base64" | "hex";
    }
  | {
      readonly header: string;
      readonly syntax: "versioned";
      /** Which entries are HMAC-SHA-256, such as `v1`; others are ignored beside one of these. */
      readonly version: string;
      /** The character between version and signature. */
      readonly assign: string;
      /** The character between entries. */
      readonly separator: string;
      readonly encoding: "base64" | "hex";
    };

/**
 * A scheme of your own, ready for a `Verifier` or for `sign`: what `defineScheme` returns.
 */
export class CustomScheme {
  /** Keeps TypeScript from taking any object with a name for one. */
  declare private readonly brand: never;
  /** The scheme's name. */
  readonly name: string;
  /** @internal */
  readonly facts: SchemeFacts;
  /** @internal */
  readonly lines: string;

  /** @internal */
  constructor(name: string, facts: SchemeFacts, lines: string) {
    this.name = name;
    this.facts = facts;
    this.lines = lines;
  }
}

/** A scheme: the name of a built-in one, or what `defineScheme` returns. */
export type Scheme = CustomScheme | SchemeName;

/** What is known of a scheme in JavaScript, and what the core calls it. */
export function lookUp(scheme: Scheme): { facts: SchemeFacts; core: string; name: string } {
  if (isCustom(scheme)) return { facts: scheme.facts, core: scheme.lines, name: scheme.name };
  if (typeof scheme === "string" && Object.hasOwn(SCHEMES, scheme)) {
    return { facts: SCHEMES[scheme], core: scheme, name: scheme };
  }
  const names = Object.keys(SCHEMES).join(", ");
  throw new ConfigError(
    "unknown_scheme",
    `there is no such scheme; built in are ${names}, and defineScheme makes your own`,
  );
}

/** Also of the other build: the ES module and CommonJS have a class each. */
function isCustom(scheme: unknown): scheme is CustomScheme {
  return typeof scheme === "object" && scheme !== null && "lines" in scheme;
}

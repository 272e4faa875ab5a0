// Is it genuine?

import { readBody } from "./body.ts";
import type { BodyInput, Bytes } from "./body.ts";
import { begin, failure, judge, makeVerifier } from "./core.ts";
import type { CoreOptions, CoreVerifier } from "./core.ts";
import { hostDigest } from "./digest.ts";
import type { DigestChoice, HostDigest } from "./digest.ts";
import { ConfigError, VerificationError } from "./errors.ts";
import type { EventType } from "./event-types.ts";
import type { SchemeFacts } from "./generated.ts";
import { headerNames, readHeaders } from "./headers.ts";
import type { HeaderNames, HeadersInput, HeaderValues } from "./headers.ts";
import { readRequest } from "./request.ts";
import type { RequestLike, RequestOptions } from "./request.ts";
import { lookUp } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import { millisOf, readKeys, refuseUnknown } from "./secrets.ts";
import type { GivenKey, SecretInput } from "./secrets.ts";
import { VerifiedEvent } from "./verified-event.ts";
import type { Origin } from "./verified-event.ts";
import type { Verified } from "./verified.ts";

/** How a verifier is set up. */
export interface VerifierOptions {
  /** The secret, or several during a rotation. */
  readonly secrets: SecretInput | readonly SecretInput[];
  /** How far a timestamp may lie from now, in both directions: 1 to 86,400; the default is 300. */
  readonly toleranceSeconds?: number | undefined;
  /** Takes secrets of fewer than 16 bytes, which can be guessed. */
  readonly allowWeakSecret?: boolean | undefined;
  /** The clock; the default is the system's. For tests. */
  readonly now?: (() => Date) | undefined;
  /**
   * For a sender whose dates have no zone: always none, read as UTC, and always so many digits of
   * fractions of a second, 0 to 9.
   */
  readonly timestamp?: { readonly zone: "none"; readonly fractionDigits: number } | undefined;
  /** Where the SHA-256 of bodies is computed; the default is `auto`. The verdict is the same. */
  readonly digest?: DigestChoice | undefined;
}

/** What `safeVerify` returns. */
export type SafeResult<T extends string = string> =
  | { readonly ok: true; readonly event: Verified<T> }
  | { readonly ok: false; readonly error: VerificationError };

/**
 * Verifies what one source sends. Make it once and keep it.
 *
 * @typeParam S the scheme, by which the event's types are known
 *
 * @example
 * ```ts
 * import { Verifier } from "countersign";
 *
 * declare const body: Uint8Array; // the raw bytes, before anything parsed them
 * declare const headers: Headers;
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * const event = verifier.verify(body, headers);
 * console.log(event.type, event.dedupeKey);
 * ```
 */
export class Verifier<const S extends Scheme = Scheme> {
  /** The scheme's name. */
  readonly scheme: string;
  readonly #keys: readonly GivenKey[];
  readonly #facts: SchemeFacts;
  readonly #coreScheme: string;
  readonly #names: HeaderNames;
  readonly #now: (() => Date) | undefined;
  readonly #host: HostDigest | undefined;
  readonly #options: Omit<VerifierOptions, "secrets">;
  readonly #core: CoreVerifier;
  readonly #origin: Origin;

  /**
   * @throws ConfigError for an unknown scheme, a secret that can't be right, and any option that is
   * out of its range
   */
  constructor(scheme: S, options: VerifierOptions) {
    const { facts, core: coreScheme, name } = lookUp(scheme);
    const { timestamp, id, type, signature }: SchemeFacts["headers"] = facts.headers;
    // A copy: the caller's object may change.
    const { secrets, ...others } = checked(options);
    this.scheme = name;
    this.#keys = readKeys(secrets);
    this.#facts = others.timestamp ? { ...facts, timestamp: "rfc3339-without-zone" } : facts;
    this.#coreScheme = coreScheme;
    this.#names = headerNames([timestamp, id, type, signature]);
    this.#now = others.now;
    this.#host = hostDigest(others.digest ?? "auto");
    this.#options = others;
    this.#core = makeVerifier(coreScheme, this.#keys, others);
    const isKeyedById = this.#core.isKeyedById();
    this.#origin = { scheme: name, core: this.#core, host: this.#host, isKeyedById };
    // Not in a static block: bundlers keep a class that has one, wasm and all, if nobody uses it.
    inside ??= this.#inside;
  }

  /**
   * Verifies a request: its raw body, and its headers.
   *
   * @throws VerificationError if it is not genuine
   * @throws ConfigError `invalid_clock`, if `now` gives no time
   *
   * @example
   * ```ts
   * import { Verifier } from "countersign";
   *
   * const verifier = new Verifier("boateros", { secrets: "whatever the portal shows" });
   *
   * async function receive(request: Request): Promise<Response> {
   *   const event = verifier.verify(await request.arrayBuffer(), request.headers);
   *   return new Response(event.type);
   * }
   * ```
   */
  verify(body: BodyInput, headers: HeadersInput): Verified<EventType<S>> {
    const values = readHeaders(headers, this.#names);
    const bytes = readBody(body);
    return this.#judge(values, bytes, this.#millis());
  }

  /**
   * The same, with the error in what is returned instead of thrown.
   *
   * @throws ConfigError `invalid_clock`, and whatever a getter or an iterator of `headers` throws
   *
   * @example
   * ```ts
   * import { Verifier } from "countersign";
   *
   * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
   * const result = verifier.safeVerify("{}", {});
   * console.log(result.ok ? result.event.id : result.error.code); // missing_header
   * ```
   */
  safeVerify(body: BodyInput, headers: HeadersInput): SafeResult<EventType<S>> {
    try {
      return { ok: true, event: this.verify(body, headers) };
    } catch (error) {
      if (error instanceof VerificationError) return { ok: false, error };
      throw error;
    }
  }

  /**
   * Verifies a `Request`: the headers first, and only if they are in order its body, up to a size
   * and a moment. The body is then used; take it from the event.
   *
   * @throws VerificationError if it is not genuine, or its body can't be read
   * @throws ConfigError `invalid_clock`, `invalid_limit`
   *
   * @example
   * ```ts
   * import { Verifier } from "countersign";
   *
   * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
   *
   * async function receive(request: Request): Promise<Response> {
   *   const event = await verifier.verifyRequest(request, { maxBytes: 65_536 });
   *   console.log(event.json());
   *   return new Response();
   * }
   * ```
   */
  async verifyRequest(
    request: RequestLike,
    options: RequestOptions = {},
  ): Promise<Verified<EventType<S>>> {
    const values = readHeaders(request.headers, this.#names);
    if (!begin(this.#core, values, this.#millis())) throw failure(this.#core);
    const body = await readRequest(request, options);
    return this.#judge(values, body, this.#millis());
  }

  /** From here on nothing of the caller's runs. */
  #judge(values: HeaderValues, body: Bytes, now: number): Verified<EventType<S>> {
    const key = this.#keys[judge(this.#core, values, body, now, this.#host)];
    if (key === undefined) throw failure(this.#core);
    const event = new VerifiedEvent(this.#origin, key.id, values, body);
    return event as Verified<string> as Verified<EventType<S>>;
  }

  #millis(): number {
    if (this.#now === undefined) return Date.now();
    const millis = millisOf(this.#now());
    if (!Number.isNaN(millis)) return millis;
    throw new ConfigError("invalid_clock", "now() returned no valid Date");
  }

  /** Not static: a class that says its own name in itself is given another one by esbuild. */
  #inside(verifier: object): Parts | undefined {
    if (!(#core in verifier)) return undefined;
    return {
      scheme: verifier.#coreScheme,
      facts: verifier.#facts,
      names: verifier.#names,
      keys: verifier.#keys,
      options: verifier.#options,
      core: verifier.#core,
      now: () => new Date(verifier.#millis()),
    };
  }
}

/**
 * What a verifier is made of.
 *
 * @internal
 */
export interface Parts {
  readonly scheme: string;
  readonly facts: SchemeFacts;
  readonly names: HeaderNames;
  readonly keys: readonly GivenKey[];
  readonly options: CoreOptions;
  readonly core: CoreVerifier;
  now(): Date;
}

/** Looks behind the private fields. There is none before there is a verifier. */
let inside: ((verifier: object) => Parts | undefined) | undefined;

/**
 * What a verifier is made of, its secrets too; nothing if this class has not made it.
 *
 * @internal
 */
export function partsOf(verifier: unknown): Parts | undefined {
  return inside?.(Object(verifier) as object);
}

const OPTIONS = ["allowWeakSecret", "digest", "now", "secrets", "timestamp", "toleranceSeconds"];

/** The options, if there are none but those that are known. */
function checked(options: VerifierOptions): VerifierOptions {
  const given: unknown = options;
  if (typeof given !== "object" || given === null || !("secrets" in given)) {
    throw new ConfigError("no_secret", "the second argument is an object with `secrets`");
  }
  refuseUnknown("verifier", given, OPTIONS);
  if (options.now !== undefined && typeof options.now !== "function") {
    throw new ConfigError("invalid_clock", "now must be a function that returns a Date");
  }
  return options;
}

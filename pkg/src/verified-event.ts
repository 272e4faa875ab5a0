// A genuine event. What takes work is done when somebody asks.

import { isGone, viewOf } from "./body.ts";
import type { Bytes } from "./body.ts";
import { bodyDigest, describe, timeOf } from "./core.ts";
import type { CoreVerifier, Description } from "./core.ts";
import { isFor } from "./digest.ts";
import type { HostDigest } from "./digest.ts";
import type { HeaderValues } from "./headers.ts";
import type { Verified } from "./verified.ts";

/** The verifier that an event comes from, as far as the event asks it. */
export interface Origin {
  readonly scheme: string;
  readonly core: CoreVerifier;
  readonly host: HostDigest | undefined;
  /** Whether events are told apart by their ids; else by their bodies. */
  readonly isKeyedById: boolean;
}

/** Only `Verifier` makes one. Most of it is made when somebody asks. */
export class VerifiedEvent implements Verified {
  readonly scheme: string;
  declare readonly id?: string;
  readonly keyId: string;
  readonly #origin: Origin;
  readonly #headers: HeaderValues;
  readonly #given: Bytes;
  #body: Bytes | undefined;
  #timestamp: Date | undefined;
  #description: Description | undefined;
  #dedupeKey: string | undefined;

  constructor(origin: Origin, keyId: string, headers: HeaderValues, body: Bytes) {
    this.scheme = origin.scheme;
    this.keyId = keyId;
    const id = headers[1];
    if (id !== undefined) this.id = id;
    this.#origin = origin;
    this.#headers = headers;
    this.#given = body;
  }

  get timestamp(): Date {
    const text = this.#headers[0];
    // An optional property can't be a getter.
    if (text === undefined) return undefined as never;
    return (this.#timestamp ??= new Date(timeOf(this.#origin.core, text)));
  }

  get type(): string {
    return this.#described().type as string;
  }

  get typeSigned(): boolean {
    return this.#described().isSigned;
  }

  get typeConflict(): boolean {
    return this.#described().isConflicting;
  }

  get dedupeKey(): string {
    return (this.#dedupeKey ??= `${this.scheme}:${this.#identity()}`);
  }

  get body(): Bytes {
    return (this.#body ??= viewOf(this.#given));
  }

  text(): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.body);
  }

  json<B = unknown>(): B {
    return JSON.parse(this.text()) as B;
  }

  /** What is known of it, without the body: for logs. A copy has no getters, and so would lack most. */
  toJSON(): object {
    const { scheme, id, type, typeSigned, typeConflict, timestamp, keyId, dedupeKey } = this;
    return { scheme, id, type, typeSigned, typeConflict, timestamp, keyId, dedupeKey };
  }

  #described(): Description {
    return (this.#description ??= describe(this.#origin.core, this.#given, this.#headers[2]));
  }

  /** The id; without one the type, if it is catalogued, and the SHA-256 of the body. */
  #identity(): string {
    const { host, isKeyedById } = this.#origin;
    const [, id] = this.#headers;
    if (isKeyedById && id !== undefined) return id;
    // Of no bytes all events would have the same, and all but one would be dropped.
    if (isGone(this.#given)) throw new TypeError(GONE);
    const { type, isCatalogued } = this.#described();
    const isByHost = host !== undefined && isFor(host, this.body.length);
    const digest = isByHost ? host.hex(this.body) : bodyDigest(this.#given);
    return `${isCatalogued ? type : "-"}:${digest}`;
  }
}

const GONE =
  "the dedupeKey is made of the body, whose buffer was detached; read it before that, or verify a copy";

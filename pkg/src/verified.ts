// A genuine event. What takes work is done when somebody asks.

import type { Bytes } from "./body.ts";

/**
 * A genuine event: what `verify` returns.
 *
 * @typeParam T the event types of the scheme
 */
export interface Verified<T extends string = string> {
  /** The scheme by which it was signed. */
  readonly scheme: string;
  /** The provider's id of the event, if the scheme has one. It is signed. */
  readonly id?: string;
  /**
   * What kind of event it is: the body's `type`, else its `event`, else what the scheme's header
   * says. Types look like `order.completed`; anything else counts as none.
   */
  readonly type?: T;
  /** Whether the type stands in the body, under the signature. A header's type is not signed. */
  readonly typeSigned: boolean;
  /** Whether body and header name different types. */
  readonly typeConflict: boolean;
  /** When it was signed, if the scheme says so. */
  readonly timestamp?: Date;
  /** The key that signed it. */
  readonly keyId: string;
  /**
   * What identifies the event among the provider's: `peeker:evt_1`,
   * `boateros:hull.sold:<SHA-256 of the body>`. Copies have the same.
   */
  readonly dedupeKey: string;
  /** The bytes that were signed: those that were passed in, which you should not change. */
  readonly body: Bytes;
  /**
   * The body as text.
   *
   * @throws TypeError if it is not UTF-8
   */
  text(): string;
  /**
   * The body as JSON. Nothing checks that it is a `B`.
   *
   * @throws SyntaxError if it is not JSON
   * @throws TypeError if it is not UTF-8
   */
  json<B = unknown>(): B;
}

/** What is known of a request when its signature has been checked. */
export interface Proof {
  readonly scheme: string;
  readonly keyId: string;
  readonly id: string | undefined;
  readonly timestamp: number;
  readonly body: Bytes;
  /** Type and dedupe key, in the form of the core. */
  readonly describe: () => string;
}

/** Only `Verifier` makes one. */
export class VerifiedEvent implements Verified {
  readonly scheme: string;
  declare readonly id?: string;
  declare readonly timestamp?: Date;
  readonly keyId: string;
  readonly body: Bytes;
  #describe: () => string;
  #description: Description | undefined;

  constructor(proof: Proof) {
    this.scheme = proof.scheme;
    if (proof.id !== undefined) this.id = proof.id;
    if (!Number.isNaN(proof.timestamp)) this.timestamp = new Date(proof.timestamp);
    this.keyId = proof.keyId;
    this.body = proof.body;
    this.#describe = proof.describe;
  }

  get type(): string {
    // Typed as if there always were one: an optional property can't be a getter.
    return this.#read().type as string;
  }

  get typeSigned(): boolean {
    return this.#read().typeSigned;
  }

  get typeConflict(): boolean {
    return this.#read().typeConflict;
  }

  get dedupeKey(): string {
    return this.#read().dedupeKey;
  }

  text(): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.body);
  }

  json<B = unknown>(): B {
    return JSON.parse(this.text()) as B;
  }

  #read(): Description {
    return (this.#description ??= parse(this.#describe()));
  }
}

interface Description {
  readonly type: string | undefined;
  readonly typeSigned: boolean;
  readonly typeConflict: boolean;
  readonly dedupeKey: string;
}

/** Two flags and the type; on the next line the dedupe key. */
function parse(text: string): Description {
  const end = text.indexOf("\n");
  return {
    type: text.slice(2, end) || undefined,
    typeSigned: text[0] === "1",
    typeConflict: text[1] === "1",
    dedupeKey: text.slice(end + 1),
  };
}

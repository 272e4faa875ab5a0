// What `explain` needs to know of a verifier.

import type { BodyInput, HeadersInput, VerificationError } from "countersign";

/** A verifier, as `explain` sees it: with its secrets and its clock. */
export interface Subject {
  /** The scheme's headers, as it spells them. */
  readonly headerNames: {
    readonly timestamp?: string;
    readonly id?: string;
    readonly type?: string;
    readonly signature: string;
  };
  /** How timestamps are written. */
  readonly timestampFormat: "unix-seconds" | "rfc3339" | "rfc3339-without-zone" | "none";
  /** The keys, as they were given. */
  readonly keys: readonly SubjectKey[];
  /** The verifier's clock. */
  now(): Date;
  /** The verdict; nothing if the request is genuine. */
  verify(body: BodyInput, headers: HeadersInput): VerificationError | undefined;
  /**
   * The bytes of a body.
   *
   * @throws VerificationError for what is no body
   */
  bytes(body: unknown): Uint8Array;
  /**
   * The headers as pairs, with names in lower case.
   *
   * @throws VerificationError for a value that is no text
   */
  headerPairs(headers: HeadersInput): [string, string][];
  /**
   * The key that made the signature over this body, whatever the clock and the keys' windows say.
   * Nothing if there is none, or if the headers can't be read.
   */
  signer(
    body: Uint8Array,
    headers: HeadersInput,
    variant?: Variant,
  ): { keyId: string; active: boolean } | undefined;
}

/** A key, as it was given. */
export interface SubjectKey {
  readonly id: string;
  readonly secret: string | Uint8Array;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Another way to sign. */
export interface Variant {
  /** The only key: bytes as they are, text in the scheme's format. */
  secret?: string | Uint8Array;
  /** Without what separates the parts of the signed content. */
  separators?: false;
}

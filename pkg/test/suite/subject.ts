// The package under test, as callers without types see it: much of what is passed in here is what
// the types forbid.

/** A vector in `tests/vectors`; the format is described there. */
export interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly now: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly bodyHex?: string;
  readonly bodyRepeat?: { readonly text: string; readonly count: number };
  readonly result: "valid" | "invalid";
  readonly code?: string;
  readonly header?: string;
  readonly keyId?: string;
  readonly dedupeKey?: string;
  readonly type?: string | null;
  readonly typeSigned?: boolean;
  readonly typeConflict?: boolean;
}

/** Vectors with one keyring, or a keyring that is refused. */
export interface Group {
  readonly class?: string;
  readonly scheme: string;
  readonly comment?: string;
  readonly keys: readonly {
    readonly id: string;
    readonly secret?: string;
    readonly secretHex?: string;
    readonly notBefore?: number;
    readonly notAfter?: number;
  }[];
  readonly toleranceSeconds?: number;
  readonly allowWeakSecret?: boolean;
  readonly timestampFormat?: { readonly zone: "none"; readonly fractionDigits: number };
  readonly keysResult?: string;
  readonly tests: readonly Vector[];
}

/** Where SHA-256 of the body runs. */
export type Digest = "wasm" | "host";

/** What a runtime's entry hands in. */
export interface Api {
  /** `import * as countersign from "countersign"`. */
  readonly countersign: object;
  /** `import * as explain from "countersign/explain"`. */
  readonly explain: object;
  /** `import * as standardWebhooks from "countersign/standard-webhooks"`. */
  readonly standardWebhooks: object;
  /** The files of `tests/vectors` by name, without `.json`. */
  readonly vectors: Readonly<Record<string, { readonly testGroups: readonly object[] }>>;
  /** The digest paths that this runtime has. */
  readonly digests: readonly Digest[];
  /** `node:crypto`, where it can be had: then it makes the signatures, else WebCrypto does. */
  readonly nodeCrypto?: { createHmac(algorithm: string, key: Uint8Array): Hmac } | undefined;
  /** How many random requests to try; 2,000 unless said. */
  readonly randomInputs?: number | undefined;
  /** Sections to run, by name; all unless said. */
  readonly only?: readonly string[] | undefined;
}

interface Hmac {
  update(data: Uint8Array): Hmac;
  digest(): Uint8Array;
}

export interface AnyVerified {
  readonly scheme: string;
  readonly id?: string;
  readonly type?: string;
  readonly typeSigned: boolean;
  readonly typeConflict: boolean;
  readonly timestamp?: Date;
  readonly keyId: string;
  readonly dedupeKey: string;
  readonly body: Uint8Array;
  text(): string;
  json(): unknown;
}

export interface AnyError extends Error {
  readonly code: string;
  readonly header?: string;
  readonly skewSeconds?: number;
}

export type AnyResult =
  | { readonly ok: true; readonly event: AnyVerified }
  | { readonly ok: false; readonly error: AnyError };

export interface AnyVerifier {
  readonly scheme: string;
  verify(body: unknown, headers: unknown): AnyVerified;
  safeVerify(body: unknown, headers: unknown): AnyResult;
  verifyRequest(request: unknown, options?: unknown): Promise<AnyVerified>;
}

export interface Countersign {
  readonly Verifier: new (scheme: unknown, options: unknown) => AnyVerifier;
  readonly VerificationError: new (...args: never[]) => AnyError;
  readonly ConfigError: new (...args: never[]) => AnyError;
  sign(scheme: unknown, options: unknown): Record<string, string>;
  matchesType(pattern: unknown, type: unknown): boolean;
  defineScheme(definition: unknown): { readonly name: string };
}

export interface Explaining {
  explain(
    verifier: unknown,
    body: unknown,
    headers: unknown,
  ): { readonly ok: boolean; readonly hints: readonly { readonly id: string }[] };
}

/** What every section gets. */
export interface Context extends Omit<Api, "countersign" | "explain" | "vectors"> {
  readonly countersign: Countersign;
  readonly explain: Explaining;
  readonly vectors: Readonly<Record<string, { readonly testGroups: readonly Group[] }>>;
  /** The digest paths of this runtime, and the one that the package chooses itself. */
  readonly paths: readonly (Digest | "auto")[];
  /** `BODY_HMAC`, defined. */
  readonly bodyHmac: object;
  /** HMAC-SHA-256 by somebody else's code. */
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Promise<Uint8Array>;
}

/** The scheme of the published HMAC vectors: the tag of the body, and no timestamp. */
export const BODY_HMAC = {
  name: "body-hmac",
  signature: { header: "Body-Signature", syntax: "bare", encoding: "hex" },
  timestamp: null,
  secret: "utf8",
  signed: [],
};

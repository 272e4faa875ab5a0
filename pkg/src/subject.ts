// A verifier as `explain` sees it.

import { begin, makeVerifier, update } from "./core.ts";
import type { CoreOptions, CoreVerifier } from "./core.ts";
import type { VerificationError } from "./errors.ts";
import type { Subject, Variant } from "./explain/subject.ts";
import type { BodyInput, Bytes } from "./body.ts";
import type { SchemeFacts } from "./generated.ts";
import { headerPairs, readHeaders } from "./headers.ts";
import type { HeaderNames, HeadersInput, HeaderValues } from "./headers.ts";
import type { GivenKey } from "./secrets.ts";

/** What a verifier is made of. */
export interface Parts {
  readonly core: string;
  readonly facts: SchemeFacts;
  readonly names: HeaderNames;
  readonly keys: readonly GivenKey[];
  readonly options: CoreOptions;
  readonly verifier: CoreVerifier;
  now(): Date;
  verify(body: BodyInput, headers: HeadersInput): VerificationError | undefined;
}

/** A verifier as `explain` sees it. */
export function makeSubject(parts: Parts): Subject {
  return {
    headerNames: parts.facts.headers,
    timestampFormat: parts.facts.timestamp,
    keys: parts.keys,
    now: () => parts.now(),
    verify: (body, headers) => parts.verify(body, headers),
    headerPairs: (headers) => headerPairs(headers, parts.names),
    signer: (body, headers, variant) => signer(parts, body, headers, variant ?? {}),
  };
}

function signer(
  parts: Parts,
  body: Uint8Array,
  headers: HeadersInput,
  variant: Variant,
): { keyId: string; active: boolean } | undefined {
  const keys =
    variant.secret === undefined ? parts.keys : [{ id: "key-1", secret: variant.secret }];
  const verifier = variant.secret === undefined ? parts.verifier : tryVerifier(parts, keys);
  if (verifier === undefined) return undefined;
  try {
    const now = parts.now();
    const values = readHeaders(headers, parts.names);
    if (!beginAtAnyTime(verifier, values, now.getTime(), variant.separators)) return undefined;
    update(verifier, body as Bytes);
    const key = keys[verifier.signer()];
    return key && { keyId: key.id, active: isActive(key, now) };
  } finally {
    if (verifier !== parts.verifier) verifier.free();
  }
}

/** A verifier with keys that may be none. */
function tryVerifier(parts: Parts, keys: readonly GivenKey[]): CoreVerifier | undefined {
  try {
    return makeVerifier(parts.core, keys, { ...parts.options, allowWeakSecret: true });
  } catch {
    return undefined;
  }
}

/** Judges the headers as if the timestamp were in order. */
function beginAtAnyTime(
  verifier: CoreVerifier,
  values: HeaderValues,
  now: number,
  separators?: boolean,
): boolean {
  if (begin(verifier, values, now, separators)) return true;
  const skew = verifier.skew();
  return !Number.isNaN(skew) && begin(verifier, values, now - skew, separators);
}

function isActive({ notBefore, notAfter }: GivenKey, now: Date): boolean {
  return (
    (notBefore === undefined || notBefore <= now) && (notAfter === undefined || now < notAfter)
  );
}

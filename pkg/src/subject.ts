// A verifier as `explain` sees it.

import { readBody } from "./body.ts";
import type { Bytes } from "./body.ts";
import { begin, makeVerifier, update } from "./core.ts";
import type { CoreVerifier } from "./core.ts";
import type { Subject, Variant } from "./explain/subject.ts";
import { headerPairs, readHeaders } from "./headers.ts";
import type { HeadersInput, HeaderValues } from "./headers.ts";
import type { Scheme } from "./scheme.ts";
import type { GivenKey } from "./secrets.ts";
import { partsOf } from "./verifier.ts";
import type { Parts, Verifier } from "./verifier.ts";

/**
 * A verifier as `explain` sees it, which is a script of its own; nothing if it is not a verifier of
 * this copy of the package.
 *
 * The secrets are in it: what the sender may have made of them, `explain` has to derive. Who calls
 * this holds the verifier and runs in its process; no property, no text and no log gets there.
 *
 * @internal
 */
export function subjectOf(verifier: Verifier<Scheme>): Subject | undefined {
  const parts = partsOf(verifier);
  return parts && makeSubject(verifier, parts);
}

function makeSubject(verifier: Verifier<Scheme>, parts: Parts): Subject {
  return {
    headerNames: parts.facts.headers,
    timestampFormat: parts.facts.timestamp,
    keys: parts.keys,
    now: () => parts.now(),
    verify: (body, headers) => {
      const result = verifier.safeVerify(body, headers);
      return result.ok ? undefined : result.error;
    },
    bytes: readBody,
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
  const verifier = variant.secret === undefined ? parts.core : tryVerifier(parts, keys);
  if (verifier === undefined) return undefined;
  try {
    const now = parts.now();
    const values = readHeaders(headers, parts.names);
    if (!beginAtAnyTime(verifier, values, now.getTime(), variant.separators)) return undefined;
    update(verifier, body as Bytes);
    const key = keys[verifier.signer()];
    return key && { keyId: key.id, active: isActive(key, now) };
  } finally {
    if (verifier !== parts.core) verifier.free();
  }
}

/** A verifier with keys that may be none. */
function tryVerifier(parts: Parts, keys: readonly GivenKey[]): CoreVerifier | undefined {
  try {
    return makeVerifier(parts.scheme, keys, { ...parts.options, allowWeakSecret: true });
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

// A refused request, and what makes its signature genuine.

import { MAX_BYTES, otherBodies } from "./bodies.ts";
import type { OtherBody } from "./bodies.ts";
import { attempt } from "./encoding.ts";
import { mend } from "./headers.ts";
import type { Mended, Pairs } from "./headers.ts";
import { otherSecrets } from "./secrets.ts";
import type { OtherSecret } from "./secrets.ts";
import type { Subject, Variant } from "./subject.ts";

/** What is known of a request that was refused. */
export interface Refusal extends Mended {
  readonly subject: Subject;
  /** The body's bytes; if something else was passed, its JSON's. */
  readonly bytes: Uint8Array;
  /** Whether bytes or text were passed. */
  readonly isRaw: boolean;
  /** The headers as they came. */
  readonly sent: Pairs;
  readonly proof: Proof | undefined;
}

/** Who signed, and what had to be changed for it. */
export interface Proof extends Change {
  readonly keyId: string;
  readonly active: boolean;
}

/** What may be different for the one who signed. */
interface Change extends Partial<OtherSecret> {
  readonly body?: OtherBody;
  readonly variant?: Variant;
}

/** Finds out what there is to know. */
export function investigate(subject: Subject, body: unknown, sent: Pairs): Refusal {
  const raw = attempt(() => subject.bytes(body));
  const bytes = raw ?? attempt(() => subject.bytes(JSON.stringify(body))) ?? new Uint8Array();
  const known = { ...mend(subject, sent), subject, bytes, isRaw: !!raw, sent };
  return { ...known, proof: prove(known) };
}

/** The change under which some key made the signature. */
function prove({ subject, bytes, isRaw, pairs }: Omit<Refusal, "proof">): Proof | undefined {
  for (const change of changes(subject, bytes, isRaw)) {
    const [, , body = bytes] = change.body ?? [];
    const signer = attempt(() => subject.signer(subject.bytes(body), pairs, change.variant));
    if (signer) return { ...signer, ...change };
  }
  return undefined;
}

/** Single mistakes first; several at once only where that is cheap. */
function* changes(subject: Subject, bytes: Uint8Array, isRaw: boolean): Generator<Change> {
  const others: Change[] = [...otherSecrets(subject.keys), { variant: { separators: false } }];
  yield isRaw ? {} : { body: ["body_reencoded", " before it was parsed", bytes] };
  yield* others;
  if (bytes.length > MAX_BYTES) return;
  for (const body of otherBodies(bytes, isRaw)) yield { body };
  if (bytes.length * others.length > MAX_BYTES) return;
  for (const body of otherBodies(bytes, isRaw)) {
    for (const other of others) yield { body, ...other };
  }
}

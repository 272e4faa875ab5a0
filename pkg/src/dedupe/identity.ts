// Which event is it? Two that differ in what identifies them may be two events, and both run.

import { ConfigError } from "countersign";
import type { Verified } from "countersign";

/** An event that has been verified, or what identifies one that somebody else has verified. */
export type DedupeEvent = Verified | PlainKey;

/** What identifies an event, such as the `countersign-delivery-id` that the gateway forwards. */
export interface PlainKey {
  /** The same for all copies; any text but the empty one. */
  readonly key: string;
}

/** Under which keys an event is kept. */
export interface Identity {
  /** The event's own. */
  readonly key: string;
  /** The type, if it tells events apart and nobody has signed it. */
  readonly label?: string;
  /** What events have in common that differ in that type only. */
  readonly base: string;
}

/** The scheme of a verified event. */
export function schemeOf(event: DedupeEvent): string | undefined {
  return "dedupeKey" in checked(event) ? (event as Verified).scheme : undefined;
}

/** As the gateway tells events apart: by the dedupe key, the body, and a type that is not signed. */
export async function identify(event: DedupeEvent, scope?: string): Promise<Identity> {
  const given = checked(event);
  const named = async (key: string) => `${scope === undefined ? "" : `${scope}/`}${await plain(key)}`;
  if (!("dedupeKey" in given)) {
    const key = await named(given.key);
    return { key, base: key };
  }
  // Without an id, the dedupe key has the body's digest already.
  const { id, body, dedupeKey } = given;
  const base = id === undefined ? dedupeKey : `${dedupeKey}:${await sha256(body)}`;
  const label = labelOf(given);
  if (label === undefined) {
    const key = await named(base);
    return { key, base: key };
  }
  return { key: await named(`${base}:${label}`), base: await named(base), label };
}

/** A type from a header, unless it is catalogued: then it stands in the dedupe key. */
function labelOf({ id, type, typeSigned, scheme, dedupeKey }: Verified): string | undefined {
  const isInKey = id === undefined && !dedupeKey.startsWith(`${scheme}:-:`);
  return typeSigned || isInKey ? undefined : type;
}

function checked(event: DedupeEvent): DedupeEvent {
  const given = event as Partial<Verified & PlainKey> | null | undefined;
  if (typeof given?.dedupeKey === "string" && typeof given.scheme === "string") return event;
  if (typeof given?.key === "string" && given.key !== "") return event;
  if (typeof given?.keyId === "string") {
    throw new ConfigError(
      "invalid_event",
      "this is a copy of an event, which has no dedupeKey; pass the event itself, or { key: event.dedupeKey }",
    );
  }
  throw new ConfigError(
    "invalid_event",
    "an event is what verify returned, or { key } with a text that is not empty; is the header there?",
  );
}

/** What every store can take as a key: of 400 characters at most. */
const PLAIN = /^[\w.:-]{1,400}$/;

async function plain(key: string): Promise<string> {
  return PLAIN.test(key) ? key : `sha256=${await sha256(new TextEncoder().encode(key))}`;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  // A copy: WebCrypto refuses memory that is shared.
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

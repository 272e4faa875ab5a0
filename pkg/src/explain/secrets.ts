// What else a secret could mean.

import { secretBytes } from "../secrets.ts";
import { fromBase64, fromHex, fromUtf8, toBase64, toHex } from "./encoding.ts";
import type { SubjectKey, Variant } from "./subject.ts";

/** A key that may be the one that the sender has. */
export interface OtherSecret {
  /** Of the key whose secret is like it. */
  readonly keyId: string;
  /** In what the secrets differ. */
  readonly how: string;
  readonly variant: Variant;
}

/** What the secrets of the first eight keys could mean otherwise. */
export const otherSecrets = (keys: readonly SubjectKey[]): OtherSecret[] =>
  keys.slice(0, 8).flatMap(({ id: keyId, secret: given }) =>
    readings(given)
      .filter(([, read]) => read && read !== given)
      .map(([how, read = ""]) => ({ keyId, how, variant: { secret: secretBytes(read) } }))
      .filter(({ variant }) => variant.secret.length >= floor(given)),
  );

/** What anybody can guess is not tried: a forger may have signed with it. */
const floor = (given: Secret): number => (secretBytes(given).length < 16 ? 1 : 16);

type Secret = string | Uint8Array;

function readings(given: Secret): [how: string, secret: Secret | undefined][] {
  const isText = typeof given === "string";
  const text = isText ? given : fromUtf8(given);
  const encoded: [string, Secret][] = isText
    ? []
    : [
        ["in base64", toBase64(given)],
        ["in hex", toHex(given)],
      ];
  if (!text) return encoded;
  // NUL and spaces without width too, which `trim` leaves.
  const trimmed = text.replace(/^[\s\0\u200b]+|[\s\0\u200b]+$/g, "");
  const bare = trimmed.replace(/^(["'`])(.*)\1$/, "$2");
  const key = bare.replace(/^(?:v1,)?whsec_/, "");
  const also = trimmed === text ? "" : " without outer white space";
  return [
    [`as plain text${also}`, secretBytes(trimmed)],
    [`without quotes${also}`, bare],
    [`without prefix${also}`, key],
    [`with whsec_${also}`, `whsec_${key}`],
    [`decoded from base64${also}`, fromBase64(key)],
    [`decoded from hex${also}`, fromHex(key)],
    ["without white space", text.replace(/\s/g, "")],
    ["with white space (LF) at its end", `${text}\n`],
    ...encoded,
  ];
}

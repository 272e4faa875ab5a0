// Bytes to text and back, and HMAC-SHA-256 that is not the package's own.

import type { Api } from "./subject.ts";

const ENCODER = new TextEncoder();

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => ENCODER.encode(text);

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );

export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const sameBytes = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, i) => byte === right[i]);

/** Pseudo-random bytes, the same ones everywhere. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const next = random(seed);
  return Uint8Array.from({ length }, () => next(256));
}

/** A generator of whole numbers below a limit: xorshift, the same sequence everywhere. */
export function random(seed: number): (limit: number) => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}

/** HMAC-SHA-256 by node:crypto, or else by WebCrypto. */
export async function hmac(
  nodeCrypto: Api["nodeCrypto"],
  key: Uint8Array,
  parts: readonly Uint8Array[],
): Promise<Uint8Array> {
  if (nodeCrypto !== undefined) {
    const mac = nodeCrypto.createHmac("sha256", key);
    for (const part of parts) mac.update(part);
    return new Uint8Array(mac.digest());
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", new Uint8Array(key), algorithm, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, concat(parts)));
}

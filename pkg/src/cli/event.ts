// The event that is to be signed.

import { ConfigError, sign } from "countersign";
import type { KeyInput, SchemeName } from "countersign";
import { randomBytes } from "node:crypto";
import { Failure } from "./failure.ts";
import { textOf } from "./printable.ts";
import { factsOf } from "./scheme.ts";

/** How ids begin, where it is not with `evt_`. */
const PREFIXES: { readonly [scheme in SchemeName]?: string } = { "standard-webhooks": "msg_" };

/** A new id, as providers make them: they sort by time. */
export function newId(scheme: SchemeName, now = Date.now()): string {
  const time = Array.from({ length: 10 }, (_, at) => digit(Math.floor(now / 32 ** (9 - at))));
  const random = [...randomBytes(16)].map(digit);
  return (PREFIXES[scheme] ?? "evt_") + [...time, ...random].join("");
}

const digit = (number: number): string => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number % 32] ?? "";

export interface Outgoing {
  readonly body: Uint8Array;
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly timestamp: Date;
}

/** The headers of a provider's request, with its content type. */
export const requestHeaders = (
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Record<string, string> => ({ "Content-Type": contentType(body), ...headers });

/** The provider's own headers. */
export function headersOf(
  scheme: SchemeName,
  keys: readonly KeyInput[],
  { body, id, type, timestamp }: Outgoing,
  allowWeakSecret = false,
): Record<string, string> {
  const { headers } = factsOf(scheme);
  try {
    return sign(scheme, {
      ...{ secret: keys.map(({ secret }) => secret), body, timestamp, allowWeakSecret },
      ...(headers.id && { id }),
      ...(headers.type && { type }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // `sign` only counts its secrets.
    const named = error.message.replace(/\bkey-(\d+)\b/, (_, number) => keys[number - 1]?.id ?? "");
    throw new Failure("input", named, error.code);
  }
}

function contentType(body: Uint8Array): string {
  return jsonOf(body) === undefined ? "application/octet-stream" : "application/json";
}

/** The JSON that a body is; nothing if it is none. */
export function jsonOf(body: Uint8Array): { readonly value: unknown } | undefined {
  const text = textOf(body);
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The type that a body names, as providers do it. */
export function typeIn(body: Uint8Array): string | undefined {
  const value = jsonOf(body)?.value;
  if (typeof value !== "object" || value === null) return undefined;
  const { type, event } = value as { type?: unknown; event?: unknown };
  return [type, event].find((name): name is string => typeof name === "string");
}

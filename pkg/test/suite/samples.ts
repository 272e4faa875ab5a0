// Genuine requests to start from, signed without the package, and the verdict on a request in one
// line of text, so that a table can name it.

import { toBase64, toHex, utf8 } from "./bytes.ts";
import { show } from "./report.ts";
import type { AnyError, AnyResult, AnyVerified, AnyVerifier, Context } from "./subject.ts";

/** 2025-11-21T16:00:00Z. */
export const NOW = 1_763_740_800_000;

export type Pair = [name: string, value: string];

interface Form {
  readonly headers: {
    readonly timestamp: string;
    readonly id?: string;
    readonly signature: string;
  };
  readonly timestamp: string;
  /** Names of headers in the signed content, before the body. */
  readonly signed: readonly ("timestamp" | "id")[];
  readonly key: Uint8Array;
  /** The key as it is configured. */
  readonly secret: string;
  tag(mac: Uint8Array): string;
}

const text = "the secret of the first source";

/** How each scheme signs, written down once more. */
export const FORMS = {
  peeker: {
    headers: {
      timestamp: "Peeker-Timestamp",
      id: "Peeker-Event-Id",
      signature: "Peeker-Signature",
    },
    timestamp: "1763740800",
    signed: ["timestamp", "id"],
    key: utf8(text),
    secret: text,
    tag: (mac) => `v1=${toHex(mac)}`,
  },
  boateros: {
    headers: { timestamp: "Boateros-Timestamp", signature: "Boateros-Signature" },
    timestamp: "2025-11-21T16:00:00Z",
    signed: ["timestamp"],
    key: utf8(text),
    secret: text,
    tag: toHex,
  },
  "standard-webhooks": {
    headers: { timestamp: "webhook-timestamp", id: "webhook-id", signature: "webhook-signature" },
    timestamp: "1763740800",
    signed: ["id", "timestamp"],
    key: utf8(text),
    secret: `whsec_${toBase64(utf8(text))}`,
    tag: (mac) => `v1,${toBase64(mac)}`,
  },
} as const satisfies Record<string, Form>;

export type FormName = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as FormName[];

/** A genuine request. */
export interface Sample {
  readonly scheme: FormName;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly pairs: readonly Pair[];
}

/** What can differ from sample to sample. */
export interface Wanted {
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly id?: string;
  readonly key?: Uint8Array;
  readonly timestamp?: string;
}

export const BODY = '{"type":"order.completed","price":12.50,"name":"Zoë 🚤"}';

/** A request of this scheme, signed by somebody else's HMAC. */
export async function sample(
  context: Context,
  scheme: FormName,
  wanted: Wanted = {},
): Promise<Sample> {
  const form: Form = FORMS[scheme];
  const { body = utf8(BODY), id = "evt_1", key = form.key, timestamp = form.timestamp } = wanted;
  const values = { timestamp, id };
  const prefix = form.signed.map((name) => `${values[name]}.`).join("");
  const mac = await context.hmac(key, utf8(prefix), body);
  const pairs: Pair[] = [[form.headers.timestamp, timestamp]];
  if (form.headers.id !== undefined) pairs.push([form.headers.id, id]);
  pairs.push([form.headers.signature, form.tag(mac)]);
  return { scheme, body, pairs };
}

/** A verifier of such requests, at their time. */
export const verifierFor = (
  context: Context,
  scheme: FormName,
  options: object = {},
): AnyVerifier =>
  new context.countersign.Verifier(scheme, {
    secrets: FORMS[scheme].secret,
    now: () => new Date(NOW),
    ...options,
  });

/** The names and values as an object's properties. */
export const record = (
  pairs: readonly Pair[],
  value: (sent: string) => string | undefined = (sent) => sent,
): Record<string, string | undefined> =>
  Object.fromEntries(pairs.map(([name, sent]) => [name, value(sent)]));

/** Headers whose order does not count. */
export const sorted = (headers: object): unknown[] =>
  Object.entries(headers).sort(([left], [right]) => (left < right ? -1 : 1));

/** The same pairs with another value for one header. */
export const withValue = (pairs: readonly Pair[], name: string, value: string): Pair[] =>
  pairs.map(([other, old]) => [other, other === name ? value : old]);

/** `valid <key> <dedupe key>`, or the error's code and header. */
export function outcome(verifier: AnyVerifier, body: unknown, headers: () => unknown): string {
  const safe = settle(() => described(verifier.safeVerify(body, headers())));
  const thrown = settle(() => describedOrThrown(() => verifier.verify(body, headers())));
  return safe === thrown ? safe : `safeVerify: ${safe}, verify: ${thrown}`;
}

function described(result: AnyResult): string {
  return result.ok ? valid(result.event) : invalid(result.error);
}

function describedOrThrown(run: () => AnyVerified): string {
  try {
    return valid(run());
  } catch (error) {
    if ((error as AnyError | undefined)?.name !== "VerificationError") throw error;
    return invalid(error as AnyError);
  }
}

/** As `outcome`, for a promise; one that is never settled is `hung`. */
export async function outcomeLater(run: () => Promise<AnyVerified>): Promise<string> {
  let timer: unknown;
  const patience = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve("hung"), PATIENCE_MS);
  });
  const outcome = run().then(valid, (error: unknown) => {
    const isOurs = (error as AnyError | undefined)?.name === "VerificationError";
    return isOurs ? invalid(error as AnyError) : `threw ${thrownText(error)}`;
  });
  const settled = await Promise.race([outcome, patience]);
  clearTimeout(timer as never);
  return settled;
}

// Longer than any deadline in here, on a machine that is busy.
const PATIENCE_MS = 15_000;

const valid = (event: AnyVerified): string => `valid ${event.keyId} ${event.dedupeKey}`;
const invalid = (error: AnyError): string => [error.code, error.header].filter(Boolean).join(" ");

function settle(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return `threw ${thrownText(error)}`;
  }
}

function thrownText(error: unknown): string {
  if (!(error instanceof Error)) return show(error);
  const code = "code" in error ? ` ${String(error.code)}` : "";
  return `${error.name}${code}: ${error.message}`;
}

/** What `run` throws, or `undefined`. */
export function thrown(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

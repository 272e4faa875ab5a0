// What every application of the tests has: its verifiers, what its handlers do, and a record of what
// they saw, which it gives at `GET /state`.

import { Verifier } from "countersign";
import { SECRETS } from "./secrets.mjs";

const LIMITS = { maxBytes: 10_000, timeoutMs: 1000 };

// Next.js has the module twice; all of them mean the same record.
const KEY = Symbol.for("countersign.test.record");
const record = (globalThis[KEY] ??= { events: [], refused: [], errors: [], unhandled: [] });

export const makeVerifier = (scheme) => new Verifier(scheme, { secrets: SECRETS[scheme] });

/**
 * A handler that does what the event's type says.
 *
 * @param headersOf the request's headers, of the framework's context
 * @param answer makes the framework's own answer, of the context and a text
 */
export const makeHandler = (headersOf, answer) => async (event, context) => {
  const { scheme, id, type, keyId } = event;
  const name = nameOf(headersOf(context));
  record.events.push({ name, scheme, id, type, keyId, body: toHex(event.body) });
  if (type === "test.slow") await new Promise((resolve) => setTimeout(resolve, 200));
  if (type === "test.throws") throw new Error("the handler failed");
  if (type === "test.answers") return answer(context, JSON.stringify({ key: event.dedupeKey }));
  return undefined;
};

export const makeOptions = (headersOf) => ({
  ...LIMITS,
  onRefused: (error, context) => {
    const { code, message, header } = error;
    record.refused.push({ name: nameOf(headersOf(context)), code, message, header });
  },
});

/** What the framework's own way of handling errors got. */
export const recordError = (error, headers) => {
  record.errors.push({ name: nameOf(headers), code: error.code, message: error.message });
};

export const recordUnhandled = (error) => record.unhandled.push(`${error?.stack ?? error}`);

/** The record, and what the process has open. */
export const state = () => ({ ...record, resources: resources() });

/** Nothing where the runtime can't tell. */
const resources = () => {
  if (globalThis.navigator?.userAgent === "Cloudflare-Workers") return undefined;
  const names = process.getActiveResourcesInfo();
  const count = (name) => names.filter((one) => one === name).length;
  return { sockets: count("TCPSocketWrap"), timers: count("Timeout") };
};

/** Each case of the suite names itself in its requests. */
const nameOf = (headers) =>
  typeof headers.get === "function" ? headers.get("x-case") : headers["x-case"];

const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

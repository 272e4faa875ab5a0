// Genuine requests, signed with node:crypto: neither package signs what it is to verify.

import { createHmac } from "node:crypto";

export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** The key as `standardwebhooks` finds it: base64 read leniently, or one byte per character. */
export const keyOf = ({ secret, options }) => {
  if (typeof secret !== "string") return secret;
  if (options?.format !== "raw") return Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return Uint8Array.from(secret, (character) => character.charCodeAt(0));
};

export const tag = (key, ...content) => {
  const mac = createHmac("sha256", key);
  for (const part of content) mac.update(part);
  return mac.digest("base64");
};

/**
 * A genuine request: a secret, a body and headers, and the time at which it arrives. `headers()` gives new ones
 * each time, because an iterator can be read but once.
 *
 *     genuine().signed({ id: "evt_2" })   another request, genuine too
 *     genuine().resplit()                 one with the same signature, cut at other dots
 */
export const genuine = (changes = {}) => {
  const facts = {
    secret: SECRET,
    options: undefined,
    id: "evt_1",
    signedAt: 1_763_740_800_000,
    payload: '{"a":1}',
    ...changes,
  };
  const timestamp = String(Math.floor(facts.signedAt / 1000));
  const signature = `v1,${tag(keyOf(facts), `${facts.id}.${timestamp}.`, facts.payload)}`;
  const headers = { "webhook-id": facts.id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  return {
    now: facts.signedAt,
    verify: undefined,
    ...facts,
    headers: () => ({ ...headers }),
    signed: (more) => genuine({ ...facts, ...more }),
    resplit: () => resplit(facts),
  };
};

/** A captured request whose body begins with a number and a dot, sent again as another id, time and body. */
const resplit = (facts) => {
  const now = Math.floor(facts.signedAt / 1000) * 1000 + 3_600_000;
  const captured = genuine({ ...facts, payload: `${now / 1000}.{"a":2}` });
  const [id, timestamp, signature] = Object.values(captured.headers());
  const headers = {
    "webhook-id": `${id}.${timestamp}`,
    "webhook-timestamp": String(now / 1000),
    "webhook-signature": signature,
  };
  return { ...captured, payload: '{"a":2}', now, headers: () => ({ ...headers }) };
};

/**
 * Whether a request is what its sender signed, by rules written once more: what no package may say otherwise of.
 * It knows nothing of what else may be wrong with a request, and only says no of what can't be let pass.
 */
export const isGenuine = (request) => {
  const { id, timestamp, signatures } = fieldsOf(request.headers());
  const mac = tag(keyOf(request), `${id}.${timestamp}.`, bytesOf(request.payload));
  const skew = request.now - 1000 * Number(timestamp);
  return signatures.includes(`v1,${mac}`) && Math.abs(skew) <= 300_000;
};

const bytesOf = (payload) => {
  if (typeof payload === "string") return payload;
  return ArrayBuffer.isView(payload)
    ? new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength)
    : new Uint8Array(payload);
};

const pairsOf = (headers) => {
  if (Symbol.iterator in headers) return [...headers];
  if (typeof headers.get !== "function") return Object.entries(headers);
  const names = ["id", "timestamp", "signature"].flatMap((field) => [`webhook-${field}`, `svix-${field}`]);
  return names.map((name) => [name, headers.get(name) ?? undefined]);
};

const trim = (text) => text.replace(/^[\t ]+|[\t ]+$/g, "");

const fieldsOf = (headers) => {
  const pairs = pairsOf(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => [name.toLowerCase(), one]),
  );
  const all = (field) =>
    pairs.filter(([name]) => [`webhook-${field}`, `svix-${field}`].includes(name)).map(([, value]) => trim(value));
  const only = (field) => (new Set(all(field)).size === 1 ? all(field)[0] : Number.NaN);
  return { id: only("id"), timestamp: only("timestamp"), signatures: all("signature").join(" ").split(" ") };
};

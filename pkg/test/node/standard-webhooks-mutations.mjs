// Random requests: genuine ones, then up to three things done to each. All of it follows from one seed.

import { genuine, keyOf, tag } from "./standard-webhooks-requests.mjs";

/** Random numbers from a seed (mulberry32), and choices made with them. */
export const random = (seed) => {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  const pick = (list) => list[below(list.length)];
  const bytes = (length) => Uint8Array.from({ length }, () => below(256));
  const chance = (probability) => next() < probability;
  return { below, pick, bytes, chance };
};

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const latin1 = (bytes) => Buffer.from(bytes).toString("latin1");

/** What a sender of Standard Webhooks sends. */
const wellFormed = (r) => {
  const key = r.bytes(16 + r.below(49));
  const secret = r.chance(0.5) ? `whsec_${base64(key)}` : base64(key);
  const id = Array.from({ length: 1 + r.below(40) }, () => r.pick(ALPHABET)).join("");
  const signedAt = 1_700_000_000_000 + r.below(2 ** 31) * 10;
  const now = Math.floor(signedAt / 1000) * 1000 + r.below(600_001) - 300_000;
  return { ...genuine({ secret, id, signedAt, payload: body(r) }), now };
};

const body = (r) => {
  const word = () =>
    Array.from({ length: r.below(12) }, () =>
      r.pick(["a", "\u00e9", "\u{1f600}", '"', "\\", "\n", "\u2028", "1", "."]),
    ).join("");
  const value = (depth) =>
    r.pick([
      () => r.below(2 ** 31) / r.pick([1, 10, 1000]),
      word,
      () => r.pick([true, false, null]),
      () => (depth > 2 ? [] : Array.from({ length: r.below(4) }, () => value(depth + 1))),
      () => (depth > 2 ? {} : Object.fromEntries(Array.from({ length: r.below(4) }, () => [word(), value(depth + 1)]))),
    ])();
  const text = JSON.stringify(value(0), null, r.pick([0, 0, 2]));
  const odd = () => r.pick(["", " ", "not JSON", "{", `\ufeff${text}`, `${text}\n`, word()]);
  const sent = r.chance(0.1) ? odd() : text;
  return r.chance(0.5) ? sent : Buffer.from(sent);
};

// What is done to a request. `set` changes its headers; `signed` signs it anew.

const set = (request, change) => {
  const headers = change(request.headers());
  return { ...request, headers: () => ({ ...headers }) };
};
/** A mutation may find that an earlier one left headers that are no plain object: then it does nothing. */
const isOpen = (headers) =>
  headers !== null &&
  typeof headers === "object" &&
  !Array.isArray(headers) &&
  !(Symbol.iterator in headers) &&
  !("get" in headers);
const header = (name, change) => (request, r) => {
  if (!isOpen(request.headers()) || typeof request.headers()[name] !== "string") return request;
  return set(request, (headers) => ({ ...headers, [name]: change(headers[name], r, request) }));
};
const reshaped = (change) => (request, r) => {
  const headers = request.headers();
  if (!isOpen(headers)) return request;
  const usesChance = change.length > 1;
  const made = change({ ...headers }, r);
  return { ...request, headers: () => (usesChance ? made : change({ ...headers })) };
};
const resigned = (changes) => (request, r) => request.signed(changes(request, r));
const map = (headers, change) => Object.fromEntries(Object.entries(headers).map(change));
const flip = (text, r, alphabet) => {
  if (text.length === 0) return r.pick(alphabet);
  const at = r.below(text.length);
  return text.slice(0, at) + r.pick(alphabet) + text.slice(at + 1);
};

const TIMESTAMPS = [
  (text, r) => text + r.pick(["junk", ".5", "e0", " 1", ",0", "\t", " ", "n", "_000", "\u00a0", "\0"]),
  (text, r) => r.pick(["+", "0", "00", " ", "\t", "\n", "-", "0x", "\u00a0", "\u0661"]) + text,
  (text) => `${text}000`,
  (text, r) => String(Number(text) + r.pick([-1, 1, 300, -300])),
  (_, r) =>
    r.pick([
      "hello",
      "",
      " ",
      "NaN",
      "Infinity",
      "-1",
      "0",
      "1",
      "9".repeat(12),
      "9".repeat(13),
      "9".repeat(40),
      "1e9",
    ]),
  (text, r) => flip(text, r, "0123456789"),
];
const IDS = [
  (text, r) => text + r.pick([".", "x", " ", "\t", ",", "\u00e9"]),
  (text) => ` ${text}`,
  (text, r) => flip(text, r, ALPHABET),
  (_, r) => r.pick(["", "x", "x".repeat(255), "x".repeat(256), "__proto__"]),
];
const LISTS = [
  (sent, r) => `${r.pick(["v1a", "v2", "V1", "v1.0", "", "x=y"])},${base64(r.bytes(r.pick([0, 31, 32, 64])))} ${sent}`,
  (sent, r) => `${sent} v1,${base64(r.bytes(32))}`,
  (sent, r) => `v1,${base64(r.bytes(r.pick([0, 16, 31, 33, 64])))} ${sent}`,
  (sent, r) => `${r.pick(["v1", "v1,", "v1,?", "?", ",", "v2", "\u00e9", "v2,\u00e9"])} ${sent}`,
  (sent, r) => sent + r.pick([" ", "  ", "\t", ",", ",junk", "=", "A", "\n"]),
  (sent, r) => r.pick([" ", "\t", "  ", "\n"]) + sent,
  (sent) => `${sent}  ${sent}`,
  (sent, r) =>
    Array(7 + r.below(3))
      .fill(sent)
      .join(" "),
  (sent, r) => `v2,${"A".repeat(900 + r.below(200))} ${sent}`,
  (sent) => sent.replace(/=+$/, ""),
  (sent) => sent.replaceAll("+", "-").replaceAll("/", "_"),
  (sent) => sent.toUpperCase(),
  (sent, r) => sent.replace(/.=$/, `${r.pick("ABCDEFGHIJKLMNOP")}=`),
  (sent) => `v1,${Buffer.from(sent.slice(3), "base64").toString("hex")}`,
  (sent, r) => sent.slice(0, r.below(sent.length)),
  (sent, r) => flip(sent, r, `${ALPHABET}+/=`),
  (_, r) => r.pick(["", "v1", "v1,", "v2,AAAA", " ", ",", "nonsense"]),
];

const SHAPES = [
  (headers) => new Map(Object.entries(headers)),
  (headers) => Object.entries(headers),
  (headers) => Object.entries(headers).values(),
  (headers) => ({ get: (name) => headers[name] ?? null }),
  (headers) => Object.assign(Object.create(null), headers),
  (headers) => map(headers, ([name, value]) => [name, [value]]),
  (headers, r) => map(headers, ([name, value]) => [name, r.chance(0.5) ? [value, value] : value]),
  (headers, r) => map(headers, ([name, value]) => [name, r.chance(0.3) ? Number.parseInt(value, 10) || 7 : value]),
  (headers, r) => map(headers, ([name, value]) => [name, r.chance(0.3) ? undefined : value]),
  (headers) => map(headers, ([name, value]) => [name.toUpperCase(), value]),
  (headers, r) => map(headers, ([name, value]) => [r.chance(0.5) ? name : name.replace("webhook", "Webhook"), value]),
  (headers) => map(headers, ([name, value]) => [name.replace("webhook", "svix"), value]),
  (headers, r) => map(headers, ([name, value]) => [r.chance(0.5) ? name : name.replace("webhook", "svix"), value]),
  (headers) => ({ ...headers, ...map(headers, ([name, value]) => [name.replace("webhook", "svix"), value]) }),
  (headers, r) => ({ ...headers, [r.pick(["svix-id", "svix-timestamp", "svix-signature"])]: r.pick(["x", "", "1"]) }),
  (headers, r) => ({
    ...headers,
    [r.pick(["Webhook-Id", "WEBHOOK-ID", "Webhook-Timestamp", "Webhook-Signature"])]: r.pick(["x", "1", ""]),
  }),
  (headers, r) => ({
    [r.pick(["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])]: r.pick(["x", "1", ""]),
    ...headers,
  }),
  (headers, r) => {
    delete headers[r.pick(Object.keys(headers))];
    return headers;
  },
  (headers) => ({ host: "localhost", "content-type": "application/json", ...headers, cookie: undefined }),
];
/** `Headers` takes neither every name nor every value. */
const asHeaders = reshaped((headers) => {
  try {
    return new Headers(map(headers, ([name, value]) => [name, String(value)]));
  } catch {
    return headers;
  }
});

const asBuffer = (payload) => (typeof payload === "string" ? Buffer.from(payload) : payload);
const isBody = (payload) => typeof payload === "string" || Buffer.isBuffer(payload);
const payload = (change) => (request, r) =>
  isBody(request.payload) ? { ...request, payload: change(request.payload, r) } : request;
const junk = (r) =>
  Buffer.concat([Buffer.from('"'), Buffer.from(r.bytes(1 + r.below(4))).map((byte) => byte | 0x80), Buffer.from('"')]);

const PAYLOADS = [
  payload((sent) => `${sent}\n`),
  payload((sent) => `\ufeff${sent}`),
  payload((sent) => sent.toString().replaceAll("\n", "\r\n")),
  payload((sent, r) => flip(sent.toString("latin1"), r, ALPHABET)),
  payload((sent) => new Uint8Array(asBuffer(sent))),
  payload((sent) => new Uint8Array(asBuffer(sent)).buffer),
  payload((sent) => new DataView(new Uint8Array(asBuffer(sent)).buffer)),
  payload((sent) => Buffer.concat([Buffer.from("xx"), asBuffer(sent), Buffer.from("x")]).subarray(2, -1)),
  payload((_, r) => r.pick([{ a: 1 }, null, undefined, 42, [], true])),
  resigned((_, r) => ({ payload: junk(r) })),
  (request, r) => ({ ...request.signed({ payload: junk(r).toString() }), payload: junk(r) }),
  (request, r) => {
    const sent = junk(r);
    return { ...request.signed({ payload: sent.toString() }), payload: sent };
  },
  (request, r) => {
    const sent = `"${r.pick(["\ud800", "\udc00x", "x\ud83d"])}"`;
    return { ...request.signed({ payload: sent.toWellFormed() }), payload: sent };
  },
];

const SECRETS = [
  resigned((_, r) => ({ secret: r.bytes(16 + r.below(64)), options: { format: "raw" } })),
  resigned((_, r) => ({ secret: latin1(r.bytes(16 + r.below(64))), options: { format: "raw" } })),
  resigned((_, r) => ({
    secret: `${latin1(r.bytes(16))}${r.pick(["\u0100", "\u{1f600}"])}`,
    options: { format: "raw" },
  })),
  resigned((_, r) => ({
    secret: base64(r.bytes(24)),
    options: r.pick([undefined, {}, { format: "base64" }, { format: undefined }]),
  })),
  resigned((_, r) => ({ secret: r.bytes(24), options: undefined })),
  resigned((_, r) => ({ secret: base64(r.bytes(1 + r.below(16))) })),
  resigned((_, r) => ({ secret: base64(r.bytes(25)).replace(/=+$/, "") })),
  resigned((_, r) => ({ secret: base64(r.bytes(25)).replace(/.==$/, r.pick(["B==", "x==", "/=="])) })),
  resigned((_, r) => ({ secret: base64(r.bytes(24)) + r.pick(["\n", "=", "A", " ", "AB"]) })),
  resigned((_, r) => ({
    secret: r.pick(["", "whsec_", " ", "whsec_ ", "whsec_whsec_AAAA", "v1,whsec_AAAA"]),
    options: undefined,
  })),
  (request, r) => ({
    ...request,
    secret: r.pick([undefined, null, 42, {}, `whsec_${base64(r.bytes(24))}`]),
    options: undefined,
  }),
];

const TIMES = [
  (request, r) => ({
    ...request,
    now:
      Math.floor(request.signedAt / 1000) * 1000 +
      r.pick([-1, 1]) * r.pick([299_999, 300_000, 300_001, 300_500, 300_999, 301_000, 301_001]),
  }),
  (request, r) => ({ ...request, now: request.now + r.pick([-1, 1]) * r.below(10_000_000) }),
];

const SIGNED = [
  resigned((request, r) => ({
    id: r.pick([
      `${request.id}.`,
      "a.b",
      "evt 1",
      " evt_1",
      "evt_1\t",
      "\u00e9",
      "\u{1f600}",
      "evt,1",
      "x".repeat(255),
      "x".repeat(256),
    ]),
  })),
  (request) => (isBody(request.payload) ? request.resplit() : request),
  (request, r) => {
    if (!isOpen(request.headers()) || !isBody(request.payload)) return request;
    const { "webhook-id": id, "webhook-timestamp": timestamp } = request.headers();
    const sent = r.chance(0.5) ? `${timestamp} ` : `0${timestamp}`;
    const signature = `v1,${tag(keyOf(request), `${id}.${sent}.`, request.payload)}`;
    return set(request, (headers) => ({ ...headers, "webhook-timestamp": sent, "webhook-signature": signature }));
  },
];

const VERIFY = [
  { jsonParse: false },
  { jsonParse: true },
  {},
  { jsonParse: undefined },
  { jsonParse: null },
  { jsonParse: 0 },
];

const FAMILIES = [
  TIMESTAMPS.map((change) => header("webhook-timestamp", change)),
  IDS.map((change) => header("webhook-id", change)),
  LISTS.map((change) => header("webhook-signature", change)),
  [...SHAPES.map(reshaped), asHeaders],
  PAYLOADS,
  TIMES,
  SIGNED,
];

/** One request. What signs it anew comes first, so that it undoes nothing. */
export const request = (r) => {
  let made = wellFormed(r);
  if (r.chance(0.2)) made = r.pick(SECRETS)(made, r);
  if (typeof made.secret !== "string" && !(made.secret instanceof Uint8Array)) return made;
  for (let changes = r.pick([0, 1, 1, 1, 1, 2, 3]); changes > 0; changes--) made = r.pick(r.pick(FAMILIES))(made, r);
  return r.chance(0.2) ? { ...made, verify: r.pick(VERIFY) } : made;
};

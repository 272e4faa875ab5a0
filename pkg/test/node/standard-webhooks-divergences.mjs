// Where `countersign/standard-webhooks` differs from `standardwebhooks` 1.1.1, all of it, with the reason.
//
// Each row says which requests it is about (`applies`), so that no other difference hides behind it, and has
// requests of its own (`examples`, changes to a genuine one), so that it can't outlive the difference.

/** The key's bytes where upstream finds some, by the letter of the text. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const isCanonicalBase64 = (text) => BASE64.test(text) && Buffer.from(text, "base64").toString("base64") === text;
const encoded = (secret) => secret.replace(/^whsec_/, "");

const isRaw = ({ options }) => options?.format === "raw";
const keyLength = (request) => {
  if (typeof request.secret !== "string" || isRaw(request)) return request.secret.length;
  return Buffer.from(encoded(request.secret), "base64").length;
};

const isStrictTimestamp = (text) => /^[1-9][0-9]{0,11}$/.test(trim(text));
const isStrictId = (text) => /^[A-Za-z0-9_-]{1,255}$/.test(trim(text));
const trim = (text) => String(text).replace(/^[\t ]+|[\t ]+$/g, "");
const isTag = (text) => /^[A-Za-z0-9+/]{43}=$/.test(text) && isCanonicalBase64(text);

const isStrictList = (text) => {
  const entries = trim(text).split(" ");
  const isStrictEntry = (entry) => (entry.startsWith("v1,") ? isTag(entry.slice(3)) : entry.includes(","));
  return text.length <= 1024 && entries.length <= 8 && entries.every(isStrictEntry) && /^[ -~]*$/.test(trim(text));
};

const isUtf8 = (bytes) => Buffer.from(bytes.toString()).equals(bytes);
const isBytes = (payload) => ArrayBuffer.isView(payload) || payload instanceof ArrayBuffer;
const isText = (payload) => typeof payload === "string" || Buffer.isBuffer(payload);
const isPlain = (headers) =>
  headers !== null &&
  typeof headers === "object" &&
  typeof headers.get !== "function" &&
  !(Symbol.iterator in headers) &&
  !Object.values(headers).some(Array.isArray);

/** What upstream takes a header for: the last of several spellings of its name. */
const seen = (headers, name) => {
  const own = Object.keys(headers).filter((key) => key.toLowerCase() === name);
  return own.length === 0 ? undefined : headers[own.at(-1)];
};
const spellings = (headers, name) =>
  isPlain(headers) ? Object.keys(headers).filter((key) => key.toLowerCase() === name).length : 0;
const NAMES = ["webhook-id", "webhook-timestamp", "webhook-signature"];
const text = (headers, name) => (isPlain(headers) ? String(seen(headers, name) ?? "") : "");

const accepts = ({ verdict }) => verdict === "accepted" || verdict === "unreadable";
const refuses = (ours, ...codes) => ours.verdict === "refused" && codes.includes(ours.code);
const malformed = (ours, header) => refuses(ours, "malformed_header") && ours.header === header;

/** Upstream lets the request pass, we don't. */
const stricter = (id, row) => ({ id, kind: "stricter", ...row, applies: guard(row, accepts, (o) => !accepts(o)) });
/** We let the request pass, upstream doesn't. */
const wider = (id, row) => ({ id, kind: "wider", ...row, applies: guard(row, (o) => !accepts(o), accepts) });
/** Neither does; the error is another. */
const other = (id, row) => ({
  id,
  kind: "error",
  ...row,
  applies: guard(
    row,
    (o) => !accepts(o),
    (o) => !accepts(o),
  ),
});
/** A secret that only one of the two takes, whatever comes of the request then. */
const refusedSecret = (id, row) => ({
  id,
  kind: "stricter",
  ...row,
  applies: guard(
    row,
    (o) => o.verdict !== "no-webhook",
    (o) => o.verdict === "no-webhook",
  ),
});
const takenSecret = (id, row) => ({
  id,
  kind: "wider",
  ...row,
  applies: guard(
    row,
    (o) => o.verdict === "no-webhook",
    (o) => o.verdict !== "no-webhook",
  ),
});
const guard = (row, theirsIs, oursIs) => (request, theirs, ours) =>
  theirsIs(theirs) && oursIs(ours) && row.applies(request, ours, theirs);

const withHeader = (name, change) => (genuine) => {
  const headers = genuine.headers();
  return { ...genuine, headers: () => ({ ...headers, [name]: change(headers[name]) }) };
};
const asHeaders = (change) => (genuine) => ({ ...genuine, headers: () => change(genuine.headers()) });

export const DIVERGENCES = [
  stricter("timestamp-text", {
    upstream: "reads a number from the beginning of the text (`parseInt`) and verifies a signature over that number",
    ours: "1 to 12 digits without a leading zero, signed as they were sent",
    reason: "many texts with one signature; and what is verified must be what was sent",
    examples: ["junk", ".9", "e0", " 1", ",0"]
      .map((tail) => withHeader("webhook-timestamp", (sent) => sent + tail))
      .concat(["+", "0", "000", "\n", "\u00a0"].map((head) => withHeader("webhook-timestamp", (sent) => head + sent))),
    applies: (request, ours) =>
      refuses(ours, "malformed_header", "ambiguous_header") &&
      ours.header === "webhook-timestamp" &&
      !isStrictTimestamp(text(request.headers(), "webhook-timestamp")),
  }),
  stricter("fraction-of-a-second", {
    upstream: "cuts its clock to whole seconds: a request may be 300.999 s old",
    ours: "300.000 s, in both directions",
    reason: "one limit, the same for every scheme",
    examples: [1, 500, 999].map((extra) => (genuine) => ({ ...genuine, now: genuine.signedAt + 300_000 + extra })),
    applies: (request, ours) => {
      const age = request.now - 1000 * Number.parseInt(text(request.headers(), "webhook-timestamp"), 10);
      return refuses(ours, "timestamp_too_old") && age > 300_000 && age < 301_000;
    },
  }),
  stricter("id-text", {
    upstream: "takes any text for an id, dots too, which the specification forbids",
    ours: "1 to 255 of A-Z, a-z, 0-9, _ and -",
    reason: "with a dot a captured request can be cut elsewhere: same signature, another id, timestamp and body",
    examples: ["evt.1", "evt 1", "evt/1", "é", "x".repeat(256), "evt,1"]
      .map((id) => (genuine) => genuine.signed({ id }))
      .concat((genuine) => genuine.resplit()),
    applies: (request, ours) =>
      refuses(ours, "malformed_header", "ambiguous_header") &&
      ours.header === "webhook-id" &&
      !isStrictId(text(request.headers(), "webhook-id")),
  }),
  stricter("signature-list", {
    upstream: "skips entries that it can't read, cuts an entry at its second comma, has no limit",
    ours: "at most 8 entries in 1,024 bytes, each `version,value`, each value of v1 padded base64 of 32 bytes",
    reason: "a malformed entry is a broken sender or an attempt, and `v1` is never guessed at",
    examples: [
      (sent) => `${sent},junk`,
      (sent) => `${sent}  ${sent}`,
      (sent) => `v1 ${sent}`,
      (sent) => `v1, ${sent}`,
      (sent) => `v1,AAAA ${sent}`,
      (sent) => `v1,${"A".repeat(43)} ${sent}`,
      (sent) => Array(9).fill(sent).join(" "),
      (sent) => `v2,${"A".repeat(1024)} ${sent}`,
      (sent) => `v2,\u00e9 ${sent}`,
    ].map((change) => withHeader("webhook-signature", change)),
    applies: (request, ours) =>
      malformed(ours, "webhook-signature") && !isStrictList(text(request.headers(), "webhook-signature")),
  }),
  stricter("repeated-name", {
    upstream: "takes the last of several spellings of a name",
    ours: "joins them with a comma, as Fetch does, which no id, timestamp or entry of v1 may have",
    reason: "two readers of one request must not see two values",
    examples: ["Webhook-Id", "WEBHOOK-TIMESTAMP", "webhook-Signature"].map((name) =>
      asHeaders((headers) => ({ [name]: headers[name.toLowerCase()], ...headers })),
    ),
    applies: (request, ours) =>
      refuses(ours, "malformed_header", "ambiguous_header") && spellings(request.headers(), ours.header) > 1,
  }),
  stricter("space-signed", {
    upstream: "signs spaces and tabs around an id",
    ours: "they are no part of a header's value",
    reason: "HTTP drops them, so no receiver could verify such a signature",
    examples: [" evt_1", "evt_1\t"].map((id) => (genuine) => genuine.signed({ id })),
    applies: (request, ours) =>
      refuses(ours, "signature_mismatch") && /^[\t ]|[\t ]$/.test(text(request.headers(), "webhook-id")),
  }),
  stricter("number-in-headers", {
    upstream: "takes numbers and other values for text",
    ours: "a header's value is text",
    reason: "no request has any such header; something on the way has changed it",
    examples: [withHeader("webhook-timestamp", Number)],
    applies: (request, ours) =>
      ours.verdict === "refused" &&
      ours.code === "malformed_header" &&
      isPlain(request.headers()) &&
      typeof seen(request.headers(), ours.header) !== "string",
  }),
  stricter("bytes-replaced", {
    upstream: "decodes the body and signs U+FFFD in place of what is not UTF-8",
    ours: "signs the bytes",
    reason: "many bodies with one signature",
    examples: ["22ff22", "22fe22", "22e28222"].map((hex) => (genuine) => {
      const sent = Buffer.from(hex, "hex");
      return { ...genuine.signed({ payload: sent.toString() }), payload: sent, verify: { jsonParse: false } };
    }),
    applies: (request, ours) =>
      refuses(ours, "signature_mismatch") && Buffer.isBuffer(request.payload) && !isUtf8(request.payload),
  }),
  stricter("lone-surrogate", {
    upstream: "signs U+FFFD in place of half a surrogate pair",
    ours: "`body_not_raw`",
    reason: "no body decodes to such a text; and many texts with one signature",
    examples: ["\ud800", "\udfff\ud800"].map((half) => (genuine) => {
      const request = genuine.signed({ payload: JSON.stringify("_").replace("_", half).toWellFormed() });
      return { ...request, payload: `"${half}"` };
    }),
    applies: (request, ours) =>
      refuses(ours, "body_not_raw") && typeof request.payload === "string" && !request.payload.isWellFormed(),
  }),
  refusedSecret("secret-base64", {
    upstream: "takes base64 without its padding, with stray bits, or with one character too many, such as a newline",
    ours: "padded standard base64, to the letter; `malformed_secret`",
    reason: "a cut or wrongly pasted secret is told when the program starts",
    examples: ["AAECAwQFBgcICQoLDA0ODxAREg", "AAECAwQFBgcICQoLDA0ODxAREh==", "AAECAwQFBgcICQoLDA0ODxAREhMU\n"].map(
      (secret) => (genuine) => genuine.signed({ secret }),
    ),
    applies: (request, ours) =>
      ours.code === "malformed_secret" && !isRaw(request) && !isCanonicalBase64(encoded(request.secret)),
  }),
  refusedSecret("secret-short", {
    upstream: "takes a secret of one byte",
    ours: "16 bytes, unless `allowWeakSecret: true` is said; `weak_secret`",
    reason: "it can be guessed from one request; the specification wants 24 to 64 bytes",
    examples: ["AA==", "whsec_AAECAwQFBgcICQoLDA0O"].map((secret) => (genuine) => genuine.signed({ secret })),
    applies: (request, ours) => ours.code === "weak_secret" && keyLength(request) < 16,
  }),
  refusedSecret("secret-raw-text", {
    upstream: "cuts characters above U+00FF of a raw secret to their low byte",
    ours: "`malformed_secret`",
    reason: "it makes one key of many secrets, and is never what the sender has; pass bytes",
    examples: ["a secret of 16 \u0100", "another of them \u{1f600}"].map(
      (secret) => (genuine) => genuine.signed({ secret, options: { format: "raw" } }),
    ),
    applies: (request, ours) => ours.code === "malformed_secret" && isRaw(request) && /[^\0-\xff]/.test(request.secret),
  }),
  wider("header-shapes", {
    upstream: "wants a plain object of strings; `Headers` has no headers for it, an array is a TypeError",
    ours: "`Headers`, `Map`, pairs, arrays as values",
    reason: "these are what runtimes and frameworks have",
    examples: [
      (headers) => new Headers(headers),
      (headers) => new Map(Object.entries(headers)),
      (headers) => Object.entries(headers),
      (headers) => Object.entries(headers).values(),
      (headers) => ({ get: (name) => headers[name] ?? null }),
      (headers) => ({ ...headers, "webhook-signature": [headers["webhook-signature"]] }),
    ].map(asHeaders),
    applies: (request) => !isPlain(request.headers()),
  }),
  wider("svix-names", {
    upstream: "does not know `svix-id`, `svix-timestamp`, `svix-signature`; the package `svix` prefers them",
    ours: "takes them; a request with both names must have one value under both",
    reason: "the same import serves those who come from `svix`",
    examples: ["svix-", "Svix-", "SVIX-"].map((family) =>
      asHeaders((headers) =>
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace("webhook-", family), value])),
      ),
    ),
    applies: (request) =>
      isPlain(request.headers()) && Object.keys(request.headers()).some((name) => /^svix-/i.test(name)),
  }),
  stricter("svix-names-disagree", {
    upstream: "ignores Svix's names",
    ours: "refuses a request that has both names with different values",
    reason: "an application that reads the other one later would read what nobody signed",
    examples: ["svix-id", "svix-timestamp", "svix-signature"].map((name) =>
      asHeaders((headers) => ({ ...headers, [name]: "x" })),
    ),
    applies: (request, ours) =>
      refuses(ours, "malformed_header", "ambiguous_header") &&
      spellings(request.headers(), ours.header.replace("webhook-", "svix-")) > 0,
  }),
  wider("body-shapes", {
    upstream: "wants a string or a `Buffer`",
    ours: "any `ArrayBuffer` or view of one",
    reason: "these are bytes too",
    examples: [
      (bytes) => new Uint8Array(bytes),
      (bytes) => new Uint8Array(bytes).buffer,
      (bytes) => new DataView(new Uint8Array(bytes).buffer),
    ].map((change) => (genuine) => ({ ...genuine, payload: change(Buffer.from(genuine.payload)) })),
    applies: (request) => isBytes(request.payload) && !Buffer.isBuffer(request.payload),
  }),
  wider("bytes-signed", {
    upstream: "can't verify a genuine body that is not UTF-8",
    ours: "verifies it; with `jsonParse: false` that is all, otherwise reading it as text throws",
    reason: "it is genuine",
    examples: [{ jsonParse: false }, undefined].map((verify) => (genuine) => ({
      ...genuine.signed({ payload: Buffer.from("22ff22", "hex") }),
      verify,
    })),
    applies: (request) => Buffer.isBuffer(request.payload) && !isUtf8(request.payload),
  }),
  wider("space-around", {
    upstream: "wants the id and the signatures without spaces and tabs around them",
    ours: "drops them",
    reason: "so does HTTP",
    examples: [
      withHeader("webhook-id", (sent) => ` ${sent}\t`),
      withHeader("webhook-signature", (sent) => `\t${sent}`),
    ],
    applies: (request) => NAMES.some((name) => /^[\t ]|[\t ]$/.test(text(request.headers(), name))),
  }),
  takenSecret("secret-bytes", {
    upstream: 'takes bytes only with `format: "raw"`, whatever its types say',
    ours: "bytes are the key",
    reason: "so they are in all of this package",
    examples: [(genuine) => genuine.signed({ secret: new Uint8Array(24).fill(7) })],
    applies: (request) => request.secret instanceof Uint8Array && !isRaw(request),
  }),
  other("error-class", {
    upstream: "throws an Error or a TypeError for a body or a header that is no text",
    ours: "WebhookVerificationError with a code, such as `body_not_raw`, as for any request that is not genuine",
    reason: "which bodies a framework parses depends on the request, and so does the shape of a header",
    examples: [{ a: 1 }, null, undefined, 42]
      .map((payload) => (genuine) => ({ ...genuine, payload }))
      .concat(asHeaders((headers) => ({ ...headers, "webhook-signature": [headers["webhook-signature"], "v1,AAAA"] })))
      .concat(asHeaders((headers) => ({ ...headers, "webhook-signature": 42 }))),
    applies: ({ payload, headers }, ours, theirs) =>
      ours.verdict === "refused" &&
      theirs.verdict === "confused" &&
      (!isText(payload) || !isPlain(headers()) || Object.values(headers()).some((value) => typeof value !== "string")),
  }),
];

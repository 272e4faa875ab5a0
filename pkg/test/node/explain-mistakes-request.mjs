// What happens to headers, and to clocks.

import {
  BOATEROS,
  COMPACT,
  mistake,
  NOW,
  PEEKER,
  PRETTY,
  send,
  STANDARD,
} from "./explain-senders.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const rename = (change) => (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [change(name), value]));
const without =
  (...names) =>
  (headers) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
const set = (name, change) => (headers) => ({ ...headers, [name]: change(headers[name]) });
const at = (time) => ({ now: () => new Date(time) });

const NAMES = [
  mistake("header_name", "a proxy puts X- in front", PEEKER, {
    headers: rename((name) => `X-${name}`),
  }),
  mistake("header_name", "CGI's and WSGI's names", BOATEROS, {
    headers: rename((name) => `HTTP_${name.toUpperCase().replaceAll("-", "_")}`),
  }),
  mistake("header_name", "underscores", STANDARD, {
    headers: rename((name) => name.replaceAll("-", "_")),
  }),
  mistake("header_name", "underscores", PEEKER, {
    headers: rename((name) => name.replaceAll("-", "_")),
  }),
  mistake("header_name", "one, kept by a gateway as the original", PEEKER, {
    headers: rename((name) => name.replace("Peeker-Timestamp", "X-Original-Peeker-Timestamp")),
  }),
  mistake("header_name", "Svix's names", STANDARD, {
    headers: rename((name) => name.replace("webhook-", "svix-")),
  }),
  mistake("header_name", "a company's own prefix", STANDARD, {
    headers: rename((name) => name.replace("webhook-", "X-Acme-")),
  }),
  mistake("header_name", "misspelt", PEEKER, {
    headers: rename((name) => name.replace("Signature", "Signatrue")),
  }),
  mistake("header_name", "no dashes", BOATEROS, {
    headers: rename((name) => name.replaceAll("-", "")),
  }),
  mistake("header_name", "one of them, in a Headers", PEEKER, {
    headers: (sent) =>
      new Headers(rename((name) => name.replace("Peeker-Event-Id", "Peeker-Event_Id"))(sent)),
  }),
  mistake("header_name", "another secret, and X-", BOATEROS, {
    headers: rename((name) => `X-${name}`),
    sender: { key: "another secret altogether" },
    proved: false,
  }),
];

const LOST = [
  mistake("headers_lost", "no timestamp", PEEKER, {
    headers: without("Peeker-Timestamp"),
    proved: false,
  }),
  mistake("headers_lost", "no signature", BOATEROS, {
    headers: without("Boateros-Signature"),
    proved: false,
  }),
  mistake("headers_lost", "no id", STANDARD, { headers: without("webhook-id"), proved: false }),
  mistake("headers_lost", "only the signature", STANDARD, {
    headers: without("webhook-id", "webhook-timestamp"),
    proved: false,
  }),
  mistake("headers_lost", "undefined, as from a wrong property", PEEKER, {
    headers: set("Peeker-Event-Id", () => undefined),
    proved: false,
  }),
];

const ALL_LOST = [
  mistake("headers_lost", "all of them", PEEKER, {
    headers: () => ({ host: "a.b", via: "1.1 proxy" }),
    proved: false,
  }),
  mistake("headers_lost", "no headers at all", BOATEROS, { headers: () => ({}), proved: false }),
  mistake("headers_lost", "no headers at all, in a Headers", STANDARD, {
    headers: () => new Headers(),
    proved: false,
  }),
];

const from = (other) => ({ headers: () => send(other, COMPACT).headers, proved: false });
const WRONG_SCHEMES = [
  mistake("wrong_scheme", "Boateros's request", PEEKER, from(BOATEROS)),
  mistake("wrong_scheme", "Peeker's request", BOATEROS, from(PEEKER)),
  mistake("wrong_scheme", "a Standard Webhook", BOATEROS, from(STANDARD)),
  mistake("wrong_scheme", "Peeker's request", STANDARD, from(PEEKER)),
];

const SIGNATURES = [
  mistake("signature_format", "sha256= in front", BOATEROS, {
    headers: set("Boateros-Signature", (value) => `sha256=${value}`),
  }),
  mistake("signature_format", "no v1= in front", PEEKER, {
    headers: set("Peeker-Signature", (value) => value.slice(3)),
  }),
  mistake("signature_format", "v1= for v1,", STANDARD, {
    headers: set("webhook-signature", (value) => value.replace(",", "=")),
  }),
  mistake("signature_format", "V1= for v1=", PEEKER, {
    headers: set("Peeker-Signature", (value) => value.toUpperCase()),
  }),
  mistake("signature_format", "base64 for hex", BOATEROS, {
    headers: set("Boateros-Signature", (value) => Buffer.from(value, "hex").toString("base64")),
  }),
  mistake("signature_format", "hex for base64", STANDARD, {
    headers: set(
      "webhook-signature",
      (value) => `v1,${Buffer.from(value.slice(3), "base64").toString("hex")}`,
    ),
  }),
  mistake("signature_format", "base64 without padding", STANDARD, {
    headers: set("webhook-signature", (value) => value.replace("=", "")),
  }),
  mistake("signature_format", "cut off", BOATEROS, {
    headers: set("Boateros-Signature", (value) => value.slice(0, 40)),
    proved: false,
    alone: true,
  }),
  mistake("signature_format", "cut off", PEEKER, {
    headers: set("Peeker-Signature", (value) => value.slice(0, 60)),
    proved: false,
    alone: true,
  }),
  mistake("signature_format", "another version only", STANDARD, {
    headers: set("webhook-signature", () => "v1a,c2lnbmF0dXJl"),
    proved: false,
  }),
];

const MILLISECONDS = [
  mistake("timestamp_milliseconds", "Date.now()", PEEKER, {
    sender: { timestamp: `${NOW}` },
    proved: false,
  }),
  mistake("timestamp_milliseconds", "Date.now()", STANDARD, {
    sender: { timestamp: `${NOW + 123}` },
    proved: false,
  }),
  mistake("timestamp_milliseconds", "microseconds", PEEKER, {
    sender: { timestamp: `${NOW}000` },
    proved: false,
  }),
  mistake("timestamp_milliseconds", "new Date(seconds)", BOATEROS, {
    sender: { timestamp: new Date(NOW / 1000).toISOString() },
    proved: false,
  }),
  mistake("timestamp_milliseconds", "seconds of seconds", PEEKER, {
    sender: { at: NOW / 1000 },
    proved: false,
  }),
  mistake("timestamp_milliseconds", "and an editor's newline", PEEKER, {
    sender: { at: NOW / 1000 },
    got: `${COMPACT}\n`,
    proved: false,
    first: false,
    also: ["trailing_newline"],
  }),
  mistake("timestamp_milliseconds", "the verifier's clock", STANDARD, {
    options: at(NOW / 1000),
    proved: false,
  }),
];

const otherKey = { key: "another secret altogether" };
const SKEWS = [
  mistake("clock_skew", "the receiver is an hour slow", PEEKER, { options: at(NOW - HOUR) }),
  mistake("clock_skew", "the sender is just too fast", STANDARD, { sender: { at: NOW + 301_000 } }),
  mistake("clock_skew", "local time sent as UTC", BOATEROS, { sender: { at: NOW + 2 * HOUR } }),
  mistake("clock_skew", "slow, and the body is written again", BOATEROS, {
    options: at(NOW - DAY),
    signed: PRETTY,
    got: COMPACT,
    first: false,
    also: ["body_reencoded"],
  }),
  mistake("clock_skew", "off, and nothing proves it", PEEKER, {
    options: at(NOW - HOUR),
    sender: otherKey,
    proved: false,
  }),
  mistake("clock_skew", "fast, and nothing proves it", BOATEROS, {
    options: at(NOW + HOUR),
    sender: otherKey,
    proved: false,
  }),
  mistake("clock_skew", "old, or off", STANDARD, {
    options: at(NOW + DAY),
    first: false,
    proved: false,
    also: ["stale_but_genuine"],
  }),
];

const STALE = [
  mistake("stale_but_genuine", "a request of yesterday, sent again", PEEKER, {
    options: at(NOW + DAY),
  }),
  mistake("stale_but_genuine", "301 s in a queue", STANDARD, { options: at(NOW + 301_000) }),
  mistake("stale_but_genuine", "a sample of last month", BOATEROS, { options: at(NOW + 30 * DAY) }),
  mistake("stale_but_genuine", "a sample that an editor saved", BOATEROS, {
    options: at(NOW + 30 * DAY),
    got: `${COMPACT}\n`,
    first: false,
    also: ["trailing_newline"],
  }),
];

const date = (text) => ({ sender: { timestamp: text }, proved: false });
const ZONES = [
  {
    digits: 0,
    ...mistake("timestamp_without_zone", "strftime", BOATEROS, date("2025-11-21T16:00:00")),
  },
  {
    digits: 3,
    ...mistake(
      "timestamp_without_zone",
      "toISOString() without Z",
      BOATEROS,
      date("2025-11-21T16:00:00.000"),
    ),
  },
  {
    digits: 6,
    ...mistake(
      "timestamp_without_zone",
      "Python's isoformat()",
      BOATEROS,
      date("2025-11-21T16:00:00.123456"),
    ),
  },
  {
    digits: 6,
    ...mistake(
      "timestamp_without_zone",
      "another number of digits than the option says",
      BOATEROS,
      {
        ...date("2025-11-21T16:00:00.123456"),
        options: { timestamp: { zone: "none", fractionDigits: 3 } },
      },
    ),
  },
];

const FORMATS = [
  mistake("timestamp_format", "Unix seconds for a date", BOATEROS, date("1763740800")),
  mistake("timestamp_format", "milliseconds for a date", BOATEROS, date("1763740800000")),
  mistake("timestamp_format", "a date for Unix seconds", PEEKER, date("2025-11-21T16:00:00Z")),
  mistake(
    "timestamp_format",
    "a date for Unix seconds",
    STANDARD,
    date("2025-11-21T16:00:00.000Z"),
  ),
  mistake("timestamp_format", "time.time()", PEEKER, date("1763740800.25")),
  mistake("timestamp_format", "an HTTP date", STANDARD, date(new Date(NOW).toUTCString())),
  mistake("timestamp_format", "a space for the T", BOATEROS, date("2025-11-21 16:00:00Z")),
  mistake("timestamp_format", "+0000", BOATEROS, date("2025-11-21T16:00:00+0000")),
  mistake("timestamp_format", "a zone that the option denies", BOATEROS, {
    ...date("2025-11-21T16:00:00Z"),
    options: { timestamp: { zone: "none", fractionDigits: 0 } },
  }),
];

export const REQUEST_MISTAKES = [
  NAMES,
  LOST,
  ALL_LOST,
  WRONG_SCHEMES,
  SIGNATURES,
  MILLISECONDS,
  SKEWS,
  STALE,
  ZONES,
  FORMATS,
].flat();

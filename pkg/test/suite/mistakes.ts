// Options that are refused, with the code and with what the message has to name, and options that
// are fine.

import { fromHex, toBase64, utf8 } from "./bytes.ts";
import { NOW } from "./samples.ts";
import { BODY_HMAC } from "./subject.ts";

export const GOOD = "a secret that is long enough";
export const date = (millis: number): Date => new Date(millis);

/** `*` stands for any code; the scheme is `peeker` unless said. */
type Row = readonly [options: unknown, code: string, message: RegExp, scheme?: unknown];

/** Options that are refused. */
export const REFUSED: readonly Row[] = [
  // Secrets. An environment variable that isn't set is the mistake that is made most.
  [{ secrets: undefined }, "empty_secret", /set/],
  [{}, "no_secret", /secret/],
  [{ secrets: null }, "empty_secret", /set/],
  [{ secrets: [] }, "no_secret", /secret/],
  [{ secrets: [undefined] }, "empty_secret", /key-1.*set/],
  [{ secrets: [GOOD, undefined] }, "empty_secret", /key-2.*set/],
  [{ secrets: { secret: undefined } }, "*", /set/],
  [{ secrets: { id: "a" } }, "*", /secret/],
  [{ secrets: 5 }, "*", /secret/],
  [{ secrets: true }, "*", /secret/],
  [{ secrets: [[GOOD]] }, "*", /secret/],
  [{ secrets: () => GOOD }, "*", /secret/],
  [{ secrets: { secret: 5 } }, "*", /secret/],
  [{ secrets: Symbol("x") }, "*", /secret/],
  [{ secrets: new Map() }, "*", /secret/],
  [{ secrets: "" }, "empty_secret", /empty|set/],
  [{ secrets: " " }, "empty_secret", /empty|set/],
  [{ secrets: "\n\t" }, "empty_secret", /empty|set/],
  [{ secrets: [GOOD, ""] }, "empty_secret", /empty|set/],
  [{ secrets: new Uint8Array(0) }, "empty_secret", /empty|set/],
  [{ secrets: `${GOOD}\n` }, "malformed_secret", /white space|newline/],
  [{ secrets: ` ${GOOD}` }, "malformed_secret", /white space|newline/],
  [{ secrets: `${GOOD}\0` }, "malformed_secret", /./],
  [{ secrets: `\ufeff${GOOD}` }, "malformed_secret", /./],
  [{ secrets: "short" }, "weak_secret", /16/],
  [{ secrets: "fifteen letters" }, "weak_secret", /allow/i],
  [{ secrets: new Uint8Array(15) }, "weak_secret", /16/],
  [{ secrets: "short", allowWeakSecret: false }, "weak_secret", /16/],
  [{ secrets: "short", allowWeakSecret: undefined }, "weak_secret", /16/],
  [{ secrets: "whsec_not base64 at all!" }, "malformed_secret", /form/, "standard-webhooks"],
  [
    { secrets: `whsec_${toBase64(utf8(GOOD)).replace(/=+$/, "")}` },
    "malformed_secret",
    /form/,
    "standard-webhooks",
  ],
  [{ secrets: `whsec_${toBase64(utf8("short"))}` }, "weak_secret", /16/, "standard-webhooks"],
  [{ secrets: "whsec_" }, "empty_secret", /empty|set/, "standard-webhooks"],
  // Keys.
  [{ secrets: [GOOD, GOOD] }, "duplicate_key", /key-2/],
  [{ secrets: [GOOD, utf8(GOOD)] }, "duplicate_key", /key-2/],
  [
    {
      secrets: [
        { id: "a", secret: GOOD },
        { id: "a", secret: `${GOOD}!` },
      ],
    },
    "duplicate_key",
    /`?a`?/,
  ],
  [{ secrets: [{ id: "key-2", secret: GOOD }, `${GOOD}!`] }, "duplicate_key", /key-2/],
  [
    { secrets: { secret: GOOD, notBefore: date(2), notAfter: date(1) } },
    "invalid_key_window",
    /notBefore/,
  ],
  [
    { secrets: { secret: GOOD, notBefore: date(1), notAfter: date(1) } },
    "invalid_key_window",
    /notBefore/,
  ],
  [{ secrets: { secret: GOOD, notBefore: date(Number.NaN) } }, "invalid_key_window", /date/i],
  [{ secrets: { secret: GOOD, notAfter: date(Number.NaN) } }, "invalid_key_window", /date/i],
  [{ secrets: { secret: GOOD, notAfter: "2026-01-01" } }, "invalid_key_window", /Date/],
  [{ secrets: { secret: GOOD, notBefore: 1_763_740_800_000 } }, "invalid_key_window", /Date/],
  [{ secrets: { secret: GOOD, notAfter: null } }, "invalid_key_window", /Date/],
  // Tolerance.
  ...[
    Number.NaN,
    0,
    -0,
    -1,
    1.5,
    0.5,
    86_401,
    Infinity,
    -Infinity,
    2 ** 32 + 300,
    -(2 ** 32) + 300,
    "300",
    null,
    true,
    5n,
    {},
    [300],
    date(300),
  ].map((toleranceSeconds): Row => [
    { secrets: GOOD, toleranceSeconds },
    "invalid_tolerance",
    /86,?400/,
  ]),
  // The clock, before anything is verified.
  ...[5, "now", {}, date(NOW)].map((now): Row => [{ secrets: GOOD, now }, "invalid_clock", /now/]),
  // Dates without a zone.
  ...[-1, 10, 1.5, Number.NaN, "3", null, undefined, 2 ** 32, 256, 259].map(
    (fractionDigits): Row => [
      { secrets: GOOD, timestamp: { zone: "none", fractionDigits } },
      "invalid_timestamp_format",
      /fraction/,
      "boateros",
    ],
  ),
  ...["utc", undefined, null, 5].map((zone): Row => [
    { secrets: GOOD, timestamp: { zone, fractionDigits: 3 } },
    "invalid_timestamp_format",
    /zone/,
    "boateros",
  ]),
  ...["none", 5, []].map((timestamp): Row => [
    { secrets: GOOD, timestamp },
    "invalid_timestamp_format",
    /zone/,
    "boateros",
  ]),
  [
    { secrets: GOOD, timestamp: { zone: "none", fractionDigits: 3 } },
    "invalid_timestamp_format",
    /date/,
    "peeker",
  ],
  // Schemes.
  [{ secrets: GOOD }, "unknown_scheme", /peeker/, "peaker"],
  [{ secrets: GOOD }, "unknown_scheme", /peeker/, "Peeker"],
  [{ secrets: GOOD }, "unknown_scheme", /boateros/, "boatero"],
  [{ secrets: GOOD }, "unknown_scheme", /standard-webhooks/, "standard_webhooks"],
  [{ secrets: GOOD }, "unknown_scheme", /standard-webhooks/, "standardwebhooks"],
  [{ secrets: GOOD }, "unknown_scheme", /./, ""],
  [{ secrets: GOOD }, "unknown_scheme", /./, "{"],
  [{ secrets: GOOD }, "unknown_scheme", /./, "toString"],
  [{ secrets: GOOD }, "unknown_scheme", /./, "__proto__"],
  [{ secrets: GOOD }, "unknown_scheme", /./, "body-hmac"],
  ...[null, 5, [], {}, () => "peeker", Symbol("peeker")].map((scheme): Row => [
    { secrets: GOOD },
    "*",
    /scheme/,
    scheme,
  ]),
  // A definition must be read first.
  [{ secrets: GOOD }, "unknown_scheme", /defineScheme/, BODY_HMAC],
  // Options that don't exist: a typing error must not go unseen.
  [{ secrets: GOOD, tolerance: 300 }, "unknown_option", /toleranceSeconds/],
  [{ secrets: GOOD, toleranceSecond: 300 }, "unknown_option", /toleranceSeconds/],
  [{ secrets: GOOD, secret: GOOD }, "unknown_option", /secrets/],
  [{ secret: GOOD }, "*", /secrets/],
  [{ secrets: GOOD, allowWeakSecrets: true }, "unknown_option", /allowWeakSecret/],
  [{ secrets: { secret: GOOD, notafter: date(1) } }, "unknown_option", /notAfter/],
  // Options of the wrong kind.
  [{ secrets: GOOD, digest: "native" }, "*", /digest/],
  [{ secrets: { secret: GOOD, id: 5 } }, "*", /id/],
  [undefined, "*", /secret|options/],
  [null, "*", /secret|options/],
  ["a secret in place of the options", "*", /secrets/],
  [[GOOD], "*", /secrets/],
];

/** Definitions of schemes that are refused. */
export const REFUSED_SCHEMES: readonly (readonly [definition: unknown, message: RegExp])[] = [
  ...[undefined, null, 5, "peeker", [], {}, () => BODY_HMAC].map((one) => [one, /./] as const),
  [{ ...BODY_HMAC, signature: undefined }, /signature/],
  [{ ...BODY_HMAC, signature: { ...BODY_HMAC.signature, encoding: "rot13" } }, /encoding/],
  [{ ...BODY_HMAC, signature: { ...BODY_HMAC.signature, header: "a b" } }, /header/],
  [{ ...BODY_HMAC, name: "" }, /name/],
  [{ ...BODY_HMAC, name: "peeker" }, /name/],
  [{ ...BODY_HMAC, name: "Body-HMAC" }, /name/],
  [{ ...BODY_HMAC, extra: 1 }, /extra/],
  [{ ...BODY_HMAC, timestamp: undefined }, /timestamp/],
  [{ ...BODY_HMAC, signed: ["timestamp", "."] }, /signed|timestamp/],
  [{ ...BODY_HMAC, secret: "hex" }, /secret/],
];

/** Options that are fine. */
export const ACCEPTED: readonly (readonly [options: object, scheme?: unknown])[] = [
  [{ secrets: GOOD }],
  [{ secrets: "sixteen letters!" }],
  [{ secrets: "short", allowWeakSecret: true }],
  [{ secrets: new Uint8Array(16) }],
  [{ secrets: [GOOD, `${GOOD}!`] }],
  [{ secrets: Object.freeze([GOOD]) }],
  [
    {
      secrets: [
        { id: "a", secret: GOOD },
        { id: "b", secret: utf8(`${GOOD}!`) },
      ],
    },
  ],
  [{ secrets: { secret: GOOD, notBefore: undefined, notAfter: undefined, id: undefined } }],
  [{ secrets: { secret: GOOD, notBefore: date(1), notAfter: date(2) } }],
  [{ secrets: GOOD, toleranceSeconds: 1 }],
  [{ secrets: GOOD, toleranceSeconds: 86_400 }],
  [
    {
      secrets: GOOD,
      toleranceSeconds: undefined,
      now: undefined,
      allowWeakSecret: undefined,
      digest: undefined,
      timestamp: undefined,
    },
  ],
  [{ secrets: GOOD, digest: "auto" }],
  [{ secrets: GOOD, digest: "wasm" }],
  [{ secrets: GOOD, timestamp: { zone: "none", fractionDigits: 0 } }, "boateros"],
  [{ secrets: GOOD, timestamp: { zone: "none", fractionDigits: 9 } }, "boateros"],
  [{ secrets: `whsec_${toBase64(utf8(GOOD))}` }, "standard-webhooks"],
  [{ secrets: toBase64(utf8(GOOD)) }, "standard-webhooks"],
  [{ secrets: fromHex("00".repeat(16)) }, "standard-webhooks"],
];

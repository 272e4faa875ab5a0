// What happens to bodies between those who sign them and those who verify them.

import {
  BOATEROS,
  BODY_MARK,
  COMPACT,
  EVENT,
  mistake,
  PEEKER,
  PRETTY,
  SCHEMES,
  STANDARD,
} from "./explain-senders.mjs";

const body = (id, name, scheme, signed, got, more) =>
  mistake(id, name, scheme, { signed, got, ...more });

const ACCENTS = `{"name":"Zoë Müller","hull":"${BODY_MARK}","note":"“fifty” € — naïve"}`;
const LATIN = `{"name":"Zoë Müller","hull":"${BODY_MARK}","city":"Århus"}`;

// What frameworks do.
const parseAndWrite = (text) => JSON.stringify(JSON.parse(text));
const asPython = `{"type": "order.completed", "data": {"hull": "${BODY_MARK}", "name": "Zo\\u00eb \\ud83d\\ude80", "path": "a/b"}}`;
const asPhp = `{"hull":"${BODY_MARK}","url":"https:\\/\\/example.com\\/a","name":"Zo\\u00eb"}`;
const asPhpPretty = `{\n    "hull": "${BODY_MARK}",\n    "url": "https:\\/\\/example.com\\/a",\n    "name": "Zoë",\n    "empty": {},\n    "list": []\n}`;
const asGo = `{"hull":"${BODY_MARK}","html":"\\u003ca href='x'\\u003eT\\u0026C\\u003c/a\\u003e"}\n`;
const asGson = `{"hull":"${BODY_MARK}","query":"a\\u003d1\\u0026b\\u003d2"}`;
const asDotNet = `{"hull":"${BODY_MARK}","name":"Zo\\u00EB","plus":"1\\u002B1"}`;
const withFloats = `{"hull":"${BODY_MARK}","amount":1.0,"id":12345678901234567890,"e":1E5}`;
const withFloatsIndented = `{\n  "hull": "${BODY_MARK}",\n  "amount": 1.0,\n  "id": 12345678901234567890,\n  "e": 1E5\n}\n`;
const curlData = (text) => text.replace(/[\r\n]/g, "");

const REENCODED = [
  body(
    "body_reencoded",
    "Express parsed what Python sent",
    PEEKER,
    asPython,
    parseAndWrite(asPython),
  ),
  body("body_reencoded", "Next.js parsed what PHP sent", STANDARD, asPhp, parseAndWrite(asPhp)),
  body(
    "body_reencoded",
    "PHP's pretty print, parsed",
    BOATEROS,
    asPhpPretty,
    parseAndWrite(asPhpPretty),
  ),
  body("body_reencoded", "Go's encoder, parsed", BOATEROS, asGo, parseAndWrite(asGo)),
  body("body_reencoded", "Gson, parsed", PEEKER, asGson, parseAndWrite(asGson)),
  body("body_reencoded", ".NET, parsed", STANDARD, asDotNet, Buffer.from(parseAndWrite(asDotNet))),
  body("body_reencoded", "indented, parsed", BOATEROS, PRETTY, COMPACT),
  body(
    "body_reencoded",
    "indented by tabs, parsed",
    PEEKER,
    JSON.stringify(EVENT, null, "\t"),
    COMPACT,
  ),
  body(
    "body_reencoded",
    "written for people by a proxy",
    STANDARD,
    COMPACT,
    JSON.stringify(EVENT, null, 4),
  ),
  body("body_reencoded", "written again by Flask", PEEKER, parseAndWrite(asPython), asPython),
  body(
    "body_reencoded",
    "numbers that JavaScript would lose",
    STANDARD,
    withFloats,
    withFloatsIndented,
  ),
  body(
    "body_reencoded",
    "indented by an editor that adds a BOM",
    PEEKER,
    COMPACT,
    `\ufeff${PRETTY}\n`,
  ),
  body("body_reencoded", "curl -d @file", BOATEROS, `${PRETTY}\n`, curlData(PRETTY)),
  body("body_reencoded", "text put into JSON once more", PEEKER, COMPACT, JSON.stringify(COMPACT)),
  body("body_reencoded", "numbers lost for good", PEEKER, withFloats, parseAndWrite(withFloats), {
    proved: false,
    first: false,
  }),
  body(
    "body_reencoded",
    "keys sorted",
    BOATEROS,
    COMPACT,
    `{"data":${JSON.stringify(EVENT.data)},"type":"order.completed"}`,
    {
      proved: false,
      first: false,
    },
  ),
];

const NEWLINES = [
  body(
    "trailing_newline",
    "text that ends in a space",
    BOATEROS,
    `boat=${BODY_MARK} `,
    `boat=${BODY_MARK} \n`,
  ),
  body("trailing_newline", "an editor saved the sample", PEEKER, COMPACT, `${COMPACT}\n`),
  body("trailing_newline", "echo on Windows", BOATEROS, COMPACT, Buffer.from(`${COMPACT}\r\n`)),
  body("trailing_newline", "trimmed", STANDARD, `${COMPACT}\n`, `${COMPACT}\n`.trim()),
  body(
    "trailing_newline",
    "trimmed, CR LF",
    BOATEROS,
    `${COMPACT}\r\n`,
    `${COMPACT}\r\n`.trimEnd(),
  ),
  body(
    "trailing_newline",
    "text that is no JSON",
    PEEKER,
    `boat=${BODY_MARK}`,
    `boat=${BODY_MARK}\n`,
  ),
  body(
    "trailing_newline",
    "a heredoc with blank lines around",
    STANDARD,
    COMPACT,
    `\n${COMPACT}\n\n`,
  ),
];

const withMark = `\ufeff${COMPACT}`;
const MARKS = [
  body(
    "byte_order_mark",
    "request.text() lost it",
    BOATEROS,
    withMark,
    new TextDecoder().decode(Buffer.from(withMark)),
  ),
  body("byte_order_mark", "an editor added it", PEEKER, COMPACT, Buffer.from(withMark)),
  body("byte_order_mark", "a StreamWriter added it", STANDARD, COMPACT, withMark),
  body("byte_order_mark", "and a line feed", STANDARD, COMPACT, `${withMark}\n`),
];

const LINES = [
  body("line_endings", "text mode on Windows", BOATEROS, PRETTY, PRETTY.replaceAll("\n", "\r\n")),
  body(
    "line_endings",
    "Git checked the sample out",
    PEEKER,
    `a,b\nc,${BODY_MARK}\n`,
    `a,b\r\nc,${BODY_MARK}\r\n`,
  ),
  body(
    "line_endings",
    "a proxy made them LF",
    STANDARD,
    PRETTY.replaceAll("\n", "\r\n"),
    Buffer.from(PRETTY),
  ),
  body(
    "line_endings",
    "and the last line's got lost",
    BOATEROS,
    `a\r\n${BODY_MARK}\r\n`,
    `a\n${BODY_MARK}`,
  ),
];

const lossy = Buffer.from(LATIN, "latin1");
const ROUND_TRIPS = [
  body(
    "text_round_trip",
    'toString("latin1")',
    PEEKER,
    LATIN,
    Buffer.from(LATIN).toString("latin1"),
  ),
  body(
    "text_round_trip",
    'toString("binary") and back',
    STANDARD,
    ACCENTS,
    Buffer.from(Buffer.from(ACCENTS).toString("binary")),
  ),
  body(
    "text_round_trip",
    "decoded as Windows-1252",
    BOATEROS,
    ACCENTS,
    windows1252(Buffer.from(ACCENTS)),
  ),
  body(
    "text_round_trip",
    'Buffer.from(text, "latin1")',
    BOATEROS,
    LATIN,
    Buffer.from(LATIN, "latin1"),
  ),
  body(
    "text_round_trip",
    "encoded as Windows-1252",
    PEEKER,
    `{"price":"${BODY_MARK} 5 €"}`,
    Buffer.from(`{"price":"${BODY_MARK} 5 \x80"}`, "latin1"),
  ),
  body("text_round_trip", "Latin-1 read as UTF-8", STANDARD, lossy, lossy.toString("utf8"), {
    proved: false,
    first: false,
  }),
  body(
    "text_round_trip",
    "a chunk ended within a character",
    PEEKER,
    LATIN,
    chunkwise(Buffer.from(LATIN)),
    { proved: false, first: false },
  ),
];

function windows1252(bytes) {
  const high = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
  return Array.from(bytes, (byte) => high[byte - 128] ?? String.fromCharCode(byte)).join("");
}

function chunkwise(bytes) {
  const cut = bytes.findIndex((byte) => byte > 0xbf) + 1;
  return bytes.subarray(0, cut).toString() + bytes.subarray(cut).toString();
}

const BASE64 = SCHEMES.map((scheme) =>
  body(
    "body_base64",
    "API Gateway's event.body",
    scheme,
    COMPACT,
    Buffer.from(COMPACT).toString("base64"),
  ),
);

const NOT_RAW = [
  body("body_not_raw", "express.json()", PEEKER, COMPACT, EVENT, {
    also: ["body_reencoded"],
    proved: false,
    first: false,
  }),
  body(
    "body_not_raw",
    "request.json() of what Python sent",
    STANDARD,
    asPython,
    JSON.parse(asPython),
    {
      also: ["body_reencoded"],
      proved: false,
      first: false,
    },
  ),
  body(
    "body_not_raw",
    "a Buffer that went through a queue",
    BOATEROS,
    COMPACT,
    JSON.parse(JSON.stringify(Buffer.from(COMPACT))),
    {
      also: ["body_reencoded"],
      proved: false,
      first: false,
    },
  ),
  body("body_not_raw", "nothing parsed it", PEEKER, COMPACT, undefined, { proved: false }),
  body("body_not_raw", "null", BOATEROS, COMPACT, null, { proved: false }),
  body("body_not_raw", "a promise", STANDARD, COMPACT, Promise.resolve(COMPACT), { proved: false }),
  body(
    "body_not_raw",
    "the request itself",
    BOATEROS,
    COMPACT,
    new Request("https://a.b", { method: "POST", body: COMPACT }),
    { proved: false },
  ),
  body("body_not_raw", "half a surrogate pair", PEEKER, COMPACT, COMPACT.slice(0, -2) + "\ud83d", {
    proved: false,
  }),
  body("body_not_raw", "lost numbers in an object", PEEKER, withFloats, JSON.parse(withFloats), {
    proved: false,
  }),
];

const EMPTY = SCHEMES.map((scheme) =>
  body("body_empty", "read before", scheme, COMPACT, "", { proved: false, first: false }),
);

export const BODY_MISTAKES = [
  REENCODED,
  NEWLINES,
  MARKS,
  LINES,
  ROUND_TRIPS,
  BASE64,
  NOT_RAW,
  EMPTY,
].flat();

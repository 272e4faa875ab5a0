// What happens to secrets, and what senders sign wrongly.

import {
  BOATEROS,
  COMPACT,
  keyOf,
  mistake,
  NOW,
  PEEKER,
  SECRETS,
  STANDARD,
} from "./explain-senders.mjs";

const bytes = (text) => Buffer.from(text);
const secrets = (given) => ({ options: { secrets: given } });
const signedWith = (key, given) => ({ sender: { key: bytes(key) }, ...secrets(given) });

const FOLDED = `${SECRETS[PEEKER].slice(0, 9)}\n${SECRETS[PEEKER].slice(9)}`;
const WHITE_SPACE = [
  mistake(
    "secret_white_space",
    "a file with a last line end",
    PEEKER,
    secrets(bytes(`${SECRETS[PEEKER]}\n`)),
  ),
  mistake(
    "secret_white_space",
    "a file from Windows",
    BOATEROS,
    secrets(bytes(`${SECRETS[BOATEROS]}\r\n`)),
  ),
  mistake(
    "secret_white_space",
    "a file of base64",
    STANDARD,
    secrets(bytes(`${SECRETS[STANDARD]}\n`)),
  ),
  mistake(
    "secret_white_space",
    "a byte-order mark",
    BOATEROS,
    secrets(bytes(`\ufeff${SECRETS[BOATEROS]}`)),
  ),
  mistake("secret_white_space", "folded on the way", PEEKER, secrets(FOLDED)),
  mistake(
    "secret_white_space",
    "pasted with a space of no width",
    BOATEROS,
    secrets(`${SECRETS[BOATEROS]}\u200b`),
  ),
  mistake(
    "secret_white_space",
    "the sender read a file",
    PEEKER,
    signedWith(`${SECRETS[PEEKER]}\n`, SECRETS[PEEKER]),
  ),
];

const BASE64 = SECRETS[STANDARD].slice("whsec_".length);
const HEX = keyOf(STANDARD).toString("hex");
const FORMATS = [
  mistake("secret_format", "base64 with whsec_, taken for text", PEEKER, {
    ...secrets(SECRETS[STANDARD]),
    sender: { key: keyOf(STANDARD) },
  }),
  mistake("secret_format", "v1,whsec_ pasted", BOATEROS, {
    ...secrets(`v1,${SECRETS[STANDARD]}`),
    sender: { key: keyOf(STANDARD) },
  }),
  mistake(
    "secret_format",
    "v1,whsec_ passed as bytes",
    STANDARD,
    secrets(bytes(`v1,${SECRETS[STANDARD]}`)),
  ),
  mistake("secret_format", "whsec_ passed as bytes", STANDARD, secrets(bytes(SECRETS[STANDARD]))),
  mistake(
    "secret_format",
    "whsec_ cut off, which belongs to it",
    PEEKER,
    signedWith(SECRETS[STANDARD], BASE64),
  ),
  mistake(
    "secret_format",
    "whsec_ kept, which does not",
    BOATEROS,
    signedWith(BASE64, SECRETS[STANDARD]),
  ),
  mistake(
    "secret_format",
    "the sender takes base64 for text",
    STANDARD,
    signedWith(BASE64, SECRETS[STANDARD]),
  ),
  mistake(
    "secret_format",
    "the sender takes all of it for text",
    STANDARD,
    signedWith(SECRETS[STANDARD], SECRETS[STANDARD]),
  ),
  mistake("secret_format", "hex taken for text", PEEKER, {
    ...secrets(HEX),
    sender: { key: keyOf(STANDARD) },
  }),
  mistake("secret_format", "hex taken for base64", STANDARD, secrets(HEX)),
  mistake("secret_format", "decoded from hex, which is text", BOATEROS, {
    ...secrets(Buffer.from(HEX, "hex")),
    sender: { key: bytes(HEX) },
  }),
  mistake("secret_format", "decoded from base64, which is text", PEEKER, {
    ...secrets(Buffer.from(BASE64, "base64")),
    sender: { key: bytes(BASE64) },
  }),
  mistake("secret_format", "quotes of an env file", PEEKER, secrets(`"${SECRETS[PEEKER]}"`)),
  mistake(
    "secret_format",
    "as it stands in a Kubernetes manifest",
    BOATEROS,
    secrets(bytes(SECRETS[BOATEROS]).toString("base64")),
  ),
  mistake("secret_format", "of the second key", PEEKER, {
    options: {
      secrets: ["some other secret", { id: "second", secret: bytes(`"${SECRETS[PEEKER]}"`) }],
    },
  }),
  mistake("secret_format", "and a trailing newline", PEEKER, {
    ...secrets(HEX),
    sender: { key: keyOf(STANDARD) },
    got: `${COMPACT}\n`,
    first: false,
    also: ["trailing_newline"],
  }),
];

const DAY = 86_400_000;
const key = (scheme, window, ...others) => ({
  options: { secrets: [{ id: "old", secret: SECRETS[scheme], ...window }, ...others] },
});
const past = { notAfter: new Date(NOW - DAY) };
const future = { notBefore: new Date(NOW + DAY) };
const WINDOWS = [
  mistake(
    "key_outside_window",
    "after the overlap",
    PEEKER,
    key(PEEKER, past, { id: "new", secret: "the secret of this week" }),
  ),
  mistake(
    "key_outside_window",
    "before it begins",
    BOATEROS,
    key(BOATEROS, future, "the secret of this week"),
  ),
  mistake("key_outside_window", "none is left", STANDARD, key(STANDARD, past)),
  mistake("key_outside_window", "none is left, nor is it the sender's", PEEKER, {
    ...key(PEEKER, { ...past, notBefore: new Date(NOW - 2 * DAY) }),
    sender: { key: "another secret altogether" },
    proved: false,
  }),
  mistake("key_outside_window", "just ended, and the body is altered", STANDARD, {
    ...key(STANDARD, { notAfter: new Date(NOW) }, "dGhlIHNlY3JldCBvZiB0aGlzIHdlZWs="),
    got: `${COMPACT}\n`,
    first: false,
    also: ["trailing_newline"],
  }),
];

const SEPARATORS = [
  mistake("separator_missing", "timestamp + body, as the prose says", BOATEROS, {
    sender: { separator: "" },
  }),
  mistake("separator_missing", "all run together", PEEKER, { sender: { separator: "" } }),
  mistake("separator_missing", "all run together", STANDARD, { sender: { separator: "" } }),
  mistake("separator_missing", "and old", BOATEROS, {
    sender: { separator: "", at: NOW - DAY },
    first: false,
    also: ["stale_but_genuine"],
  }),
];

export const KEY_MISTAKES = [WHITE_SPACE, FORMATS, WINDOWS, SEPARATORS].flat();

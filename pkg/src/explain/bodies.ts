// What the body may have been before something changed it.

import { attempt, fromBase64, fromUtf8 } from "./encoding.ts";
import type { HintId } from "./explanation.ts";
import { rewritings } from "./json.ts";

/**
 * A body that may be the one that was signed: the mistake that it takes, and in what it differs
 * from the body that came, to be read after "for this body".
 */
export type OtherBody = readonly [id: HintId, how: string, body: string | Uint8Array];

/** The longest body that is tried in other forms. */
export const MAX_BYTES = 1 << 18;

/** What the body may have been. What was passed as an object can only have been JSON. */
export function* otherBodies(bytes: Uint8Array, isRaw: boolean): Generator<OtherBody> {
  const text = fromUtf8(bytes);
  for (const form of isRaw ? forms(bytes, text) : jsonForms(text)) {
    yield form;
    const [id, how, body] = form;
    for (const [ending, ended] of typeof body === "string" ? endings(body) : []) {
      if (ended !== body) yield [id, how + ending, ended];
    }
  }
}

/**
 * The first is the body itself, of which only the ends may be different. Forms that make no sense
 * for this body do no harm: nobody has signed them.
 */
function* forms(bytes: Uint8Array, text = ""): Generator<OtherBody> {
  yield ["trailing_newline", "", text];
  yield ["byte_order_mark", " without a BOM", text.replace(MARK, "")];
  yield ["byte_order_mark", " with a BOM", `\ufeff${text}`];
  yield ["line_endings", " with LF for CR LF", text.replace(/\r\n/g, "\n")];
  yield ["line_endings", " with CR LF for LF", text.replace(/\r?\n/g, "\r\n")];
  yield ["text_round_trip", " not decoded as Latin-1", toWindows(text)];
  yield ["text_round_trip", " not encoded as Latin-1", fromWindows(bytes)];
  yield ["body_base64", " decoded from base64", fromBase64(text) ?? text];
  const unquoted = attempt(() => `${JSON.parse(text)}`) ?? text;
  yield ["body_reencoded", " taken out of a JSON string", unquoted];
  yield* jsonForms(text);
}

function* jsonForms(text = ""): Generator<OtherBody> {
  try {
    for (const [how, body] of rewritings(text.replace(MARK, ""))) {
      yield ["body_reencoded", ` written as JSON ${how}`, body];
    }
  } catch {
    // It is no JSON, or it gets too long.
  }
}

const endings = (text: string): [how: string, text: string][] => [
  [" without its last line end", text.replace(/\r?\n$/, "")],
  // A BOM is white space to `trim`, and a mistake of its own here.
  [" without outer white space", MARK.test(text) ? text : text.trim()],
  [" with LF at its end", `${text}\n`],
  [" with CR LF at its end", `${text}\r\n`],
];

const MARK = /^\ufeff/;

/** The text in Windows-1252, which has all of Latin-1 that text has. */
const toWindows = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) =>
    character < "\u0100" ? character.charCodeAt(0) : 128 + WINDOWS_1252.indexOf(character),
  );

const fromWindows = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => WINDOWS_1252[byte - 128] ?? String.fromCharCode(byte)).join("");

/** What the bytes 0x80 to 0x9F are. Decoders of this name don't agree on it everywhere. */
const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

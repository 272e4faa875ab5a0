// What comes from outside, made fit to be printed: a terminal obeys control characters.

/** Controls, and what changes the direction of the text around it. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const BUT_LINES =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const escaped = (char: string): string => {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** A text on one line. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped);

/** A text whose lines and tabs stay. */
export const printableLines = (text: string): string =>
  text.replace(/\r\n/g, "\n").replace(BUT_LINES, escaped);

/** JSON on one line. What JSON lets stand and a terminal obeys is escaped too. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(
    UNPRINTABLE,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );

/** Bytes as text, if they are UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** `1 byte`, `2,345 bytes`. */
export const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;

// Bytes and text.

/** The text that these bytes are in UTF-8, with its byte-order mark; nothing if they are not. */
export const fromUtf8 = (bytes: Uint8Array): string | undefined =>
  attempt(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));

/** Base64, padded or not; nothing if the text is anything else. */
export const fromBase64 = (text: string): Uint8Array | undefined =>
  attempt(() => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));

/** Hexadecimal digits of either case; nothing if the text is anything else. */
export const fromHex = (text: string): Uint8Array | undefined =>
  /^([\da-f]{2})+$/i.test(text)
    ? Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16))
    : undefined;

/** Standard base64, padded. */
export const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** Hexadecimal digits in lower case. */
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** What `task` returns; nothing if it throws. */
export function attempt<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch {
    return undefined;
  }
}

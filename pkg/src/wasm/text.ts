// The wasm inside the script, for runtimes that compile bytes: one character for each of the most
// frequent bytes, two for the others. `cargo xtask package` writes it.

/** The characters that stand for a byte: printable, and nothing that a script would escape. */
const CHARACTERS =
  " !#%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|";

/** Each begins a pair; the first of two pairs' worth of bytes, and the second. */
const PAIRS = "~}";

/**
 * The bytes that a text stands for.
 *
 * @param frequent which bytes have a character of their own: a bit for each, in hex
 */
export function decode(frequent: string, text: string): Uint8Array<ArrayBuffer> {
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const isFrequent = (byte: number): number =>
    (parseInt(frequent[byte >> 2] ?? "", 16) >> (byte & 3)) & 1;
  const bytes = [...all.filter(isFrequent), ...all.filter((byte) => !isFrequent(byte))];
  const decoded = new Uint8Array(text.length);
  let length = 0;
  let skipped = 0;
  for (const character of text) {
    const pair = PAIRS.indexOf(character) + 1;
    if (pair === 0) decoded[length++] = bytes[skipped + CHARACTERS.indexOf(character)] ?? 0;
    skipped = pair * CHARACTERS.length;
  }
  return decoded.subarray(0, length);
}

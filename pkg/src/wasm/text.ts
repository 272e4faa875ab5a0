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
  const bytes = Uint8Array.from([
    ...all.filter(isFrequent),
    ...all.filter((byte) => !isFrequent(byte)),
  ]);
  const positions = new Uint8Array(128);
  for (let at = 0; at < CHARACTERS.length; at++) positions[CHARACTERS.charCodeAt(at)] = at;
  const [second, third] = [PAIRS.charCodeAt(0), PAIRS.charCodeAt(1)];
  const decoded = new Uint8Array(text.length);
  let length = 0;
  let skipped = 0;
  // Every first use of the package waits for this loop, which runs before it has been compiled.
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === second) skipped = CHARACTERS.length;
    else if (code === third) skipped = 2 * CHARACTERS.length;
    else {
      decoded[length++] = bytes[skipped + (positions[code] as number)] as number;
      skipped = 0;
    }
  }
  return decoded.subarray(0, length);
}

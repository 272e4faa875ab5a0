// The wasm inside the script, for runtimes that compile bytes: one character for each of the most
// frequent bytes, two for the others. `cargo xtask package` writes it.

/** The characters that stand for a byte: printable, and nothing that a script would escape. */
const CHARACTERS =
  " !#%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|";

/** What begins a pair: `~` for the next bytes, `}` for the last. They come after all `CHARACTERS`. */
const TILDE = 0x7e;
const BRACE = 0x7d;

/**
 * The bytes that a text stands for.
 *
 * @param frequent which bytes have a character of their own: a bit for each, in hex
 */
export function decode(frequent: string, text: string): Uint8Array<ArrayBuffer> {
  const [single, second, third] = tables(frequent);
  const decoded = new Uint8Array(text.length);
  let length = 0;
  // Every first use of the package waits for this loop, which runs before anything has compiled it.
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    decoded[length++] = (
      code < BRACE ? single[code] : (code === TILDE ? second : third)[text.charCodeAt(++at)]
    ) as number;
  }
  return decoded.subarray(0, length);
}

/** What a character stands for: alone, after `~`, and after `}`. */
function tables(frequent: string): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const isFrequent = (byte: number): number =>
    (parseInt(frequent[byte >> 2] ?? "", 16) >> (byte & 3)) & 1;
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  const bytes = [...all.filter(isFrequent), ...all.filter((byte) => !isFrequent(byte))];
  const table = (skipped: number): Uint8Array => {
    const byCode = new Uint8Array(128);
    for (let at = 0; at < CHARACTERS.length; at++) {
      byCode[CHARACTERS.charCodeAt(at)] = bytes[skipped + at] ?? 0;
    }
    return byCode;
  };
  return [table(0), table(CHARACTERS.length), table(2 * CHARACTERS.length)];
}

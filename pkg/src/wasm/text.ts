// The wasm inside the script, for runtimes that compile bytes: one character for each of the most
// frequent bytes, two for the others. `cargo xtask package` writes it.

const PAIRS = "~}";

/**
 * The bytes that a text stands for.
 *
 * @param frequent the bytes that have a character of their own, in hex, in the characters' order
 */
export function decode(frequent: string, text: string): Uint8Array<ArrayBuffer> {
  const bytes = byCharacter(frequent);
  const decoded = new Uint8Array(text.length);
  let length = 0;
  let table = bytes[0];
  for (const character of text) {
    const pair = PAIRS.indexOf(character);
    if (pair < 0) decoded[length++] = table?.[character] ?? 0;
    table = bytes[pair + 1];
  }
  return decoded.subarray(0, length);
}

/** What each character stands for: alone, and after each character that begins a pair. */
function byCharacter(frequent: string): Record<string, number>[] {
  const characters = Array.from({ length: 93 }, (_, at) => String.fromCharCode(32 + at));
  const singles = characters.filter((character) => !'"$\\`'.includes(character));
  const first = singles.map((_, at) => Number.parseInt(frequent.slice(2 * at, 2 * at + 2), 16));
  const others = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !first.includes(byte));
  const order = [...first, ...others];
  return ["", ...PAIRS].map((_, table) =>
    Object.fromEntries(singles.map((character, at) => [character, order[table * singles.length + at] ?? 0])),
  );
}

// "Did you mean …?"

/**
 * The name that was probably meant; nothing if none is near.
 *
 * Only a word that is near a name is ever repeated in a message: any other may be a secret in the
 * wrong place.
 */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  const text = word.toLowerCase();
  let best: string | undefined;
  let least = Infinity;
  for (const name of names) {
    const away = distance(text, name);
    if (away < least && away <= Math.max(1, Math.floor(name.length / 3))) {
      [best, least] = [name, away];
    }
  }
  return best ?? [...names].find((name) => text.length >= 3 && name.startsWith(text));
}

/** `there is no command veryfy; did you mean verify?` */
export function unknown(what: string, word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  return near === undefined
    ? `there is no such ${what}; there are ${names.join(", ")}`
    : `there is no ${what} ${word}; did you mean ${near}?`;
}

/** How many letters have to be added, left out, replaced, or swapped with the next one. */
function distance(a: string, b: string): number {
  // Far longer than any name: not worth the squares.
  if (a.length > 2 * b.length + 2) return Infinity;
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let j = 1; j <= b.length; j++) rows[0]?.push(j);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]?.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + change,
          isSwap ? at(i - 2, j - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}

// What is to be reached: another's time by ours at least, or ours by a reference at most, by runtime, row and size.

const SIZES = [256, 1024, 4096, 16384, 65536, 1048576];
const ALL = ['node24', 'deno', 'bun', 'workerd'];

export const TARGETS = [
  ...least('node24', 'by hand', [2.0, 1.7, 1.35, 1.1, 0.97, 0.97]),
  ...least('node24', 'expert', [1.4, 1.3, 1.15, 1.03, 0.97, 0.97]),
  ...least('node24', 'octokit', [1.5, 1.45, 1.3, 1.1, 1.08, 1.35]),
  ...least('node24', 'stripe verifyHeader', [2.2, 2.1, 1.75, 1.4, 1.3, 2]),
  ...least('node24', 'standardwebhooks', [4.8, 6.4, 9, 10, 11, 12]),
  ...least('node24', 'svix', [4.8, 6.4, 9, 10, 11, 12]),
  ...least('deno', 'by hand', [3.5, 2.2, 1.8, 1.3, 1.05, 0.97]),
  ...least('bun', 'by hand', [0.95, 0.95, 0.95, 0.97, 0.97, 0.97]),
  ...least('workerd', 'WebCrypto, cached key', [2.7, 1.1, 1.1, 1.1, 1.15, 1.45]),
  ...ALL.flatMap((runtime) => [
    ...least(runtime, 'hash alone', [0.9, 0.9], 65536),
    // 0.9 of each figure of the plain call.
    ...most(runtime, 'with `Headers`', Array(6).fill(1.11)),
    ...most(runtime, 'with 11 headers', Array(6).fill(1.11)),
    ...most(runtime, 'fields read, Peeker', Array(6).fill(1.5)),
    ...most(runtime, 'fields read, Peeker, one long string', Array(6).fill(1.5)),
    ...most(runtime, 'fields read, Boateros', Array(6).fill(2.5)),
    ...most(runtime, 'fields read, Boateros, one long string', Array(6).fill(2.5)),
  ]),
];

/** From import to first verdict, by the time of the one by hand. */
export const FIRST_VERDICT_AT_MOST = 1.5;

/** What a target says of a figure: rounded as it is shown. */
export function isReached({ least: floor, most: ceiling }, figure) {
  const shown = Number(figure.toFixed(2));
  return floor === undefined ? shown <= ceiling : shown >= floor;
}

function least(runtime, row, figures, from = SIZES[0]) {
  const first = SIZES.indexOf(from);
  return figures.map((figure, at) => ({ runtime, row, size: SIZES[first + at], least: figure }));
}

function most(runtime, row, figures) {
  return figures.map((figure, at) => ({ runtime, row, size: SIZES[at], most: figure }));
}

// Tables on the terminal.

export const heading = (text) => console.log(`\n${text}`);

export function row(first, ...cells) {
  console.log(`   ${first.padEnd(32)}${cells.map((cell) => `  ${cell}`.padStart(13)).join('')}`.trimEnd());
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Accepts per second, p50, p99 and CPU for each, as medians over the rounds. */
export function summary(rounds) {
  const of = (name) => median(rounds.map((round) => round[name]));
  return [of('perSecond').toFixed(0), shownMs(of('p50')), shownMs(of('p99')), `${(of('cpu') * 1e6).toFixed(0)} us`];
}

export const shownMs = (ms) => `${ms.toFixed(1)} ms`;
export const shownMegabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

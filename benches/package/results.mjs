// What several runs say together, and where it is kept.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GROUPS } from './candidates/index.mjs';
import { RUNTIMES } from './runtimes.mjs';
import { median } from './statistics.mjs';

const KEPT = join(import.meta.dirname, 'results');

/**
 * One figure for each row and size: the median over the runs of each run's median, and so its percentiles.
 *
 * @param runs the rows of each run
 */
export function together(runs) {
  return runs[0].map(({ name, size }) => {
    const same = runs.map((rows) => rows.find((row) => row.name === name && row.size === size));
    const over = (part) => rounded(median(same.map(({ ratio }) => ratio[part])));
    return {
      name,
      size,
      median: over('median'),
      p10: over('p10'),
      p90: over('p90'),
      runs: same.map(({ ratio }) => rounded(ratio.median)),
      nanoseconds: Math.round(median(same.map(({ nanoseconds }) => nanoseconds.median))),
    };
  });
}

/** The same of processes from import to first verdict: ratios by round, and that of the medians for each run. */
export function firstTogether(runs) {
  return runs[0].map(({ name }) => {
    const same = runs.map((rows) => rows.find((row) => row.name === name));
    const over = (part) => rounded(median(same.map(({ ratio }) => ratio[part])));
    const milliseconds = rounded(median(same.map((row) => row.milliseconds.median)));
    const all = same.map(({ ratio }) => rounded(ratio.ofMedians));
    return { name, median: over('ofMedians'), p10: over('p10'), p90: over('p90'), runs: all, milliseconds };
  });
}

export const figureOf = (result, name, size) => result.rows.find((row) => row.name === name && row.size === size);

/** What is known of a row beside its figures. */
export const rowOf = (name) => GROUPS.flat().find((row) => row.name === name);

/** Writes results as text with a line for each figure. */
export function textOf(results) {
  const line = (value) => JSON.stringify(value, (key, part) => (['rows', 'first'].includes(key) ? undefined : part));
  const list = (rows = []) => rows.map((row) => `\n    ${JSON.stringify(row)}`).join(',');
  const one = (result) =>
    `${line(result).slice(0, -1)},\n  "first": [${list(result.first)}],\n  "rows": [${list(result.rows)}]}`;
  return `[\n${results.map(one).join(',\n')}\n]\n`;
}

/** Keeps a runtime's result with the source. */
export function keep(result) {
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(join(KEPT, `${result.runtime}.json`), textOf([result]));
}

/** The results that are kept, in the order of the runtimes. */
export function kept() {
  const files = Object.keys(RUNTIMES).map((name) => join(KEPT, `${name}.json`));
  return files.filter((file) => existsSync(file)).flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));
}

const rounded = (number) => Number(number.toFixed(3));

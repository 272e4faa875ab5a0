// What is printed.

import { PEERS } from './candidates/index.mjs';
import { figureOf, rowOf } from './results.mjs';
import { RUNTIMES } from './runtimes.mjs';
import { FIRST_VERDICT_AT_MOST, isReached, TARGETS } from './targets.mjs';

const NAME = 56;

/** Everything of one runtime: medians by size, and then each figure with its percentiles and runs. */
export function printResult(result) {
  const { cpu, cores, sha } = result.machine;
  console.log(`\n${RUNTIMES[result.runtime].title}, ${result.version}; ${result.date}, commit ${result.commit}`);
  const instructions = `${sha ? 'with' : 'without'} SHA instructions`;
  console.log(`${cpu}, ${cores} cores, ${instructions}; ${shownPressure(result.pressure)}`);
  console.log(`countersign beside ${Object.entries(result.peers).map((pair) => pair.join(' ')).join(', ')}\n`);
  printMedians(result);
  console.log('\nmedian [p10 to p90], and each run');
  for (const row of result.rows.filter(({ name }) => rowOf(name).against)) {
    line(`${row.name}, ${shownSize(row.size)}`, [`${shown(row)}   ${row.runs.map((run) => run.toFixed(2)).join(' ')}`]);
  }
  if (result.first.length > 0) printFirst(result.first);
}

function printMedians(result) {
  const sizes = [...new Set(result.rows.map(({ size }) => size))];
  for (const [title, isOf] of [
    ['their time / ours', (name) => isPeer(name)],
    ['ours / the plain call', (name) => !isPeer(name)],
  ]) {
    const names = [...new Set(result.rows.map(({ name }) => name).filter(isOf))];
    line(title, sizes.map((size) => shownSize(size).padStart(9)));
    const of = (name, shown) => sizes.map((size) => shown(figureOf(result, name, size)).padStart(9));
    for (const name of names) line(name, of(name, ({ median }) => median.toFixed(2)));
    line(`${names[0]}, ns`, of(names[0], ({ nanoseconds }) => `${nanoseconds}`));
  }
}

export const isPeer = (name) => PEERS.some((peer) => peer.name === name);

function printFirst(rows) {
  console.log('\nfrom import to first verdict, by the time of the one by hand');
  for (const row of rows) {
    const runs = row.runs.map((run) => run.toFixed(2)).join(' ');
    line(`${row.name}, ${row.milliseconds.toFixed(1)} ms`, [`${shown(row)}   ${runs}`]);
  }
}

/** Each target that the results say something about: reached or not. Returns how many are not. */
export function printTargets(results) {
  const cells = targetsOf(results);
  if (cells.length === 0) return;
  console.log('\ntargets');
  for (const { runtime, row, size, wanted, figure, reached } of cells) {
    const what = size === undefined ? row : `${row}, ${shownSize(size)}`;
    const verdict = reached ? 'reached' : 'NOT REACHED';
    line(`${RUNTIMES[runtime].title}: ${what}`, [wanted.padEnd(9), figure.toFixed(2).padStart(6), verdict]);
  }
  console.log(`${cells.filter(({ reached }) => reached).length} of ${cells.length} reached`);
}

/** The targets with their figures. */
export function targetsOf(results) {
  return results.flatMap((result) => {
    const own = TARGETS.filter(({ runtime }) => runtime === result.runtime).flatMap((target) => {
      const figure = figureOf(result, target.row, target.size)?.median;
      if (figure === undefined) return [];
      const wanted = target.least === undefined ? `≤ ${target.most}` : `≥ ${target.least}`;
      return [{ ...target, wanted, figure, reached: isReached(target, figure) }];
    });
    const first = result.first.find(({ name }) => name === 'countersign')?.median;
    if (first === undefined) return own;
    const target = { runtime: result.runtime, row: 'import to first verdict', most: FIRST_VERDICT_AT_MOST };
    return [...own, { ...target, wanted: `≤ ${target.most}`, figure: first, reached: isReached(target, first) }];
  });
}

const shown = ({ median, p10, p90 }) => `${median.toFixed(2)} [${p10.toFixed(2)} to ${p90.toFixed(2)}]`;

const line = (first, cells) => console.log(`  ${first.padEnd(NAME)}  ${cells.join('  ')}`);

export const shownPressure = ({ load, waiting, stolen }) =>
  `load ${load.toFixed(1)}, CPU pressure ${waiting} %, stolen ${stolen} %`;

export function shownSize(size) {
  if (size % 2 ** 20 === 0) return `${size / 2 ** 20} MiB`;
  return size >= 1024 && size % 1024 === 0 ? `${size / 1024} KiB` : `${size} B`;
}

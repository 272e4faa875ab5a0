// docs/performance.md and its plots, from the results that are kept.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PEERS } from './candidates/index.mjs';
import { crate } from './crate.mjs';
import { tableOf, wrapped } from './markdown.mjs';
import { plot } from './plot.mjs';
import { isPeer, shownPressure, shownSize, targetsOf } from './report.mjs';
import { figureOf, kept, rowOf } from './results.mjs';
import { RUNTIMES } from './runtimes.mjs';

const DOCS = resolve(import.meta.dirname, '../../docs');

/** Writes what stands between the page's marks, and a plot for each runtime. */
export function writeDocuments() {
  const results = kept();
  if (results.length === 0) throw new Error('no results are kept: `cargo xtask bench package --write-docs`');
  const path = join(DOCS, 'performance.md');
  const parts = { targets: targets(results), figures: figures(results), losses: losses(results), rows: rows(), crate: crate() };
  const page = Object.entries(parts).reduce(between, readFileSync(path, 'utf8'));
  writeFileSync(path, page);
  mkdirSync(join(DOCS, 'plots'), { recursive: true });
  for (const result of results) writeFileSync(join(DOCS, 'plots', `package-${result.runtime}.svg`), plotOf(result));
}

/** The page with other text between two marks. */
function between(page, [name, text]) {
  const [start, end] = [`<!-- ${name}: made by \`cargo xtask bench package docs\` -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md lacks \`${start}\` and \`${end}\``);
  return `${page.slice(0, from + start.length)}\n${text}\n${page.slice(to)}`;
}

/** What was to be reached, and what was: a table where more is better, and one where less is. */
function targets(results) {
  const cells = targetsOf(results);
  const reached = cells.filter((cell) => cell.reached).length;
  const first = cells.find(({ size }) => size === undefined);
  const sized = cells.filter(({ size }) => size);
  return [
    wrapped(`${reached} of ${cells.length} are reached; those that are not stand out.`),
    targetTable("others' time / ours, of at least", sized.filter(({ least }) => least !== undefined)),
    targetTable("our call's time / the plain call's, of at most", sized.filter(({ most }) => most !== undefined)),
    ...(first ? [wrapped(`From import to first verdict, as a multiple of the hand-written one's: ${shownTarget(first)}.`)] : []),
  ].join('\n\n');
}

function targetTable(title, cells) {
  const sizes = [...new Set(cells.map(({ size }) => size))].sort((a, b) => a - b);
  const lines = [...new Set(cells.map(({ runtime, row }) => `${runtime}|${row}`))].map((line) => {
    const [runtime, row] = line.split('|');
    const of = (size) => cells.find((cell) => cell.runtime === runtime && cell.row === row && cell.size === size);
    return [`${RUNTIMES[runtime].title}, ${row}`, ...sizes.map((size) => shownTarget(of(size)))];
  });
  return tableOf([title, ...sizes.map(shownSize)], lines);
}

function shownTarget(cell) {
  if (cell === undefined) return '';
  const { figure, least, most, reached } = cell;
  const text = `${figure.toFixed(2)} of ${least ?? most}`;
  return reached ? text : `**${text}**`;
}

/** For each runtime a plot, and tables. */
function figures(results) {
  return results.map((result) => {
    const { title } = RUNTIMES[result.runtime];
    const names = [...new Set(result.rows.map(({ name }) => name))];
    return [
      `#### ${title}`,
      wrapped(about(result)),
      `![${title}: their time by ours, by the size of the body](plots/package-${result.runtime}.svg)`,
      ratios(result, 'their time / ours', names.filter((name) => isPeer(name) && rowOf(name).against)),
      ratios(result, 'ours / the plain call', names.filter((name) => !isPeer(name) && rowOf(name).against)),
      ...(result.first.length > 0 ? [firstVerdicts(result.first)] : []),
    ].join('\n\n');
  }).join('\n\n');
}

function about({ version, date, commit, machine, peers, plan, pressure }) {
  const { cpu, cores, sha } = machine;
  const others = Object.entries(peers).map((pair) => pair.join(' ')).join(', ');
  const where = `${version} on ${cores} cores, ${cpu}, ${sha ? 'with' : 'without'} SHA instructions`;
  const runs = plan.runs === 1 ? 'one run' : `${plan.runs} runs`;
  const when = `${date}, commit ${commit}; ${runs} of ${plan.rounds} rounds`;
  return `${where}; ${when}; ${shownPressure(pressure)}. Beside ${others}.`;
}

function ratios(result, title, names) {
  const sizes = [...new Set(result.rows.map(({ size }) => size))];
  const cells = (name) => sizes.map((size) => shown(figureOf(result, name, size)));
  return tableOf([title, ...sizes.map(shownSize)], names.map((name) => [name, ...cells(name)]));
}

function firstVerdicts(rows) {
  const lines = rows.map((row) => [row.name, `${row.milliseconds.toFixed(1)} ms`, shown(row)]);
  return tableOf(['from import to first verdict', 'median', "as a multiple of the hand-written one's"], lines);
}

const shown = ({ median, p10, p90 }) => `${median.toFixed(2)} (${p10.toFixed(2)}–${p90.toFixed(2)})`;

/** Every cell where somebody else is faster. */
function losses(results) {
  const lines = results.flatMap((result) => {
    const peers = [...new Set(result.rows.map(({ name }) => name))].filter(isRival);
    return peers.flatMap((name) => {
      const lost = result.rows.filter((row) => row.name === name && Number(row.median.toFixed(2)) < 1);
      if (lost.length === 0) return [];
      const cells = lost.map(({ size, median }) => `${shownSize(size)} ${median.toFixed(2)}`);
      return [`- ${RUNTIMES[result.runtime].title}, ${name}: ${cells.join(', ')}`];
    });
  });
  return lines.length === 0 ? 'Nowhere: no figure is below 1.' : lines.map((line) => wrapped(line, '  ')).join('\n');
}

/** Somebody else's verifier. */
function isRival(name) {
  const { against, isFloor, module } = rowOf(name);
  return isPeer(name) && against !== undefined && !isFloor && module !== 'countersign';
}

/** What each row is compared with, and what differs. */
function rows() {
  const text = ({ name, against, differs }) => {
    const beside = against === PEERS[0].name ? '' : `, beside ${against}`;
    return wrapped(`- **${name}**${beside}${differs ? `: ${differs}` : ''}`, '  ');
  };
  return PEERS.filter(({ against }) => against).map(text).join('\n');
}

function plotOf(result) {
  const names = [...new Set(result.rows.map(({ name }) => name))].filter(isRival);
  const { title } = RUNTIMES[result.runtime];
  return plot({
    title: `${title}: their time by ours`,
    above: `${title} (${result.version}): their time / ours, by the size of the body; above 1 countersign is faster`,
    shownX: shownSize,
    lines: names.map((name) => ({
      name,
      points: result.rows.filter((row) => row.name === name).map(({ size, median, runs }) => ({
        x: size,
        y: median,
        low: Math.min(...runs),
        high: Math.max(...runs),
      })),
    })),
  });
}

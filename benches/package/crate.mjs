// The native core's figures, as `cargo xtask bench core --json` has written them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableOf, wrapped } from './markdown.mjs';

const FILE = join(import.meta.dirname, '../core/results.json');

/** A line on the machine, and a table for each group. */
export function crate() {
  const results = JSON.parse(readFileSync(FILE, 'utf8'));
  return [wrapped(about(results)), ...results.groups.map(table)].join('\n\n');
}

function about({ cores, processor, shaInstructions, rustc, crates, runs, roundsPerRun }) {
  const machine = `${cores} cores, ${processor}, ${shaInstructions ? 'with' : 'without'} SHA instructions`;
  const compiler = rustc.split(' ').slice(0, 2).join(' ');
  const others = ['ring', 'aws-lc-rs', 'sha2'].map((name) => `${name} ${crates[name]}`).join(', ');
  return `${machine}; ${compiler}; ${runs} runs of ${roundsPerRun} rounds. Beside ${others}.`;
}

function table({ group, sizes }) {
  const [first, ...others] = sizes[0].candidates.map(({ candidate }) => candidate);
  const of = (size, name) => size.candidates.find(({ candidate }) => candidate === name);
  const lines = others.map((name) => [name, ...sizes.map((size) => shown(of(size, name).ratio))]);
  return tableOf([`${group}: time / that of \`${first}\``, ...sizes.map(({ size }) => size)], lines);
}

const shown = ({ median, p10, p90 }) => `${median.toFixed(2)} (${p10.toFixed(2)}–${p90.toFixed(2)})`;

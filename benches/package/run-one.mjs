// One run in the runtime that runs this: every candidate at every size.
//
//   node benches/package/run-one.mjs --package DIRECTORY [--sizes 256,1024] [--rounds N] [--only NAME]… [--json]
//
// DIRECTORY has countersign installed, or is the package itself; without it, COUNTERSIGN_PROJECT says where. Prints a
// table, or with --json what was measured. `--delay NAME=NS` puts a wait into a candidate, to see its figure move.

import { parseArgs } from 'node:util';
import { BASELINE, GROUPS } from './candidates/index.mjs';
import { directoryOf, importFrom } from './installed.mjs';
import { measure, sliceOf } from './rounds.mjs';
import { ratios, spread } from './statistics.mjs';
import { taskOf } from './verifying.mjs';

const SIZES = '64,256,1024,4096,16384,65536,1048576';

const { values } = parseArgs({
  options: {
    package: { type: 'string', default: process.env.COUNTERSIGN_PROJECT },
    sizes: { type: 'string', default: SIZES },
    rounds: { type: 'string', default: '41' },
    only: { type: 'string', multiple: true },
    delay: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});

const countersign = await importFrom(directoryOf(values.package));
const delays = new Map(values.delay.map((text) => text.split('=')));
const rows = [];
for (const candidates of GROUPS.map(chosen).filter(({ length }) => length > 0)) {
  for (const size of values.sizes.split(',').map(Number)) rows.push(...(await run(size, candidates)));
}
if (values.json) console.log(JSON.stringify({ rows }));
else print(rows);

async function run(size, candidates) {
  const tasks = [];
  for (const candidate of candidates) {
    const delayNs = Number(delays.get(candidate.name) ?? 0);
    tasks.push(await taskOf({ ...candidate, delayNs }, countersign, size));
  }
  const taken = await measure(tasks, Number(values.rounds), sliceOf(size));
  return candidates.map(({ name, against = candidates[0].name }) => ({
    name,
    size,
    ratio: spread(ratios(taken.get(name), taken.get(against))),
    nanoseconds: spread(taken.get(name)),
  }));
}

/** Those that were asked for, and whom they are compared with. */
function chosen(candidates) {
  if (values.only === undefined) return candidates;
  const wanted = new Set(values.only);
  for (const { name, against } of candidates) if (against && wanted.has(name)) wanted.add(against);
  if (candidates.some(({ name }) => wanted.has(name))) wanted.add(candidates[0].name);
  return candidates.filter(({ name }) => wanted.has(name));
}

function print(measured) {
  const sizes = [...new Set(measured.map(({ size }) => size))];
  const line = (first, cells) => console.log(`${first.padEnd(40)}${cells.map((cell) => cell.padStart(10)).join('')}`);
  line('time / ours, medians of the rounds', sizes.map(String));
  for (const name of new Set(measured.map((row) => row.name))) {
    const cells = sizes.map((size) => measured.find((row) => row.name === name && row.size === size));
    line(name, cells.map(({ ratio }) => ratio.median.toFixed(2)));
  }
  const ours = measured.filter(({ name }) => name === BASELINE);
  line('ours, ns', ours.map(({ nanoseconds }) => nanoseconds.median.toFixed(0)));
}

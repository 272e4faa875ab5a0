// One run in the runtime that runs this: every candidate at every size.
//
//   node benches/package/run-one.mjs --package DIRECTORY [--sizes 256,1024] [--rounds N] [--only NAME]… [--json]
//
// DIRECTORY has countersign installed, or is the package itself; without it, COUNTERSIGN_PROJECT says where. Prints a table,
// or with --json what was measured. `--delay NAME=NS` puts a wait into a candidate, to see that its figure moves.

import { parseArgs } from 'node:util';
import { order } from './body.mjs';
import { BASELINE, CANDIDATES } from './candidates/index.mjs';
import { directoryOf, importFrom } from './installed.mjs';
import { measure } from './rounds.mjs';
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
for (const size of values.sizes.split(',').map(Number)) rows.push(...(await run(size)));
if (values.json) console.log(JSON.stringify({ rows }));
else print(rows);

async function run(size) {
  const body = bytesOf(order(size));
  const tasks = [];
  for (const candidate of chosen()) {
    tasks.push(await taskOf({ ...candidate, delayNs: Number(delays.get(candidate.name) ?? 0) }, countersign, body));
  }
  const taken = await measure(tasks, { rounds: Number(values.rounds) });
  return chosen().map(({ name, against = BASELINE }) => ({
    name,
    size,
    ratio: spread(ratios(taken.get(name), taken.get(against))),
    nanoseconds: spread(taken.get(name)),
  }));
}

/** Those that were asked for, and whom they are compared with. */
function chosen() {
  if (values.only === undefined) return CANDIDATES;
  const wanted = new Set([BASELINE, ...values.only]);
  for (const { name, against } of CANDIDATES) if (against && wanted.has(name)) wanted.add(against);
  return CANDIDATES.filter(({ name }) => wanted.has(name));
}

/** As the runtime's servers hand a body over. */
function bytesOf(text) {
  return globalThis.Deno ? new TextEncoder().encode(text) : Buffer.from(text);
}

function print(measured) {
  const sizes = [...new Set(measured.map(({ size }) => size))];
  const line = (first, cells) => console.log(`${first.padEnd(32)}${cells.map((cell) => cell.padStart(10)).join('')}`);
  line('another’s time / ours, medians', sizes.map(String));
  for (const name of new Set(measured.map((row) => row.name))) {
    const cells = sizes.map((size) => measured.find((row) => row.name === name && row.size === size));
    line(name, cells.map((row) => (row ? row.ratio.median.toFixed(2) : '')));
  }
  const ours = measured.filter(({ name }) => name === BASELINE);
  line('ours, ns', ours.map(({ nanoseconds }) => nanoseconds.median.toFixed(0)));
}

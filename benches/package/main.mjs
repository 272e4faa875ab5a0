// node benches/package/main.mjs [node24|node20|deno|bun|workerd]… [--name=value …]
//
// `cargo xtask bench package` builds and installs the package and runs this; its --help says what the words mean.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeDocuments } from './documents.mjs';
import { firstVerdicts } from './first-verdict/processes.mjs';
import { directoryOf } from './installed.mjs';
import { commit, machine, watched } from './machine.mjs';
import { printResult, printTargets } from './report.mjs';
import { firstTogether, keep, textOf, together } from './results.mjs';
import { NODE_24, RUNTIMES } from './runtimes.mjs';

const SIZES = [64, 256, 1024, 4096, 16_384, 65_536, 1_048_576];
const QUICK_SIZES = [256, 4096, 65_536];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    package: { type: 'string', default: process.env.COUNTERSIGN_PROJECT },
    runs: { type: 'string' },
    rounds: { type: 'string' },
    sizes: { type: 'string' },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});

try {
  if (positionals.includes('docs')) writeDocuments();
  else await bench(plan());
} catch (error) {
  console.error(`\nerror: ${error.stderr || error.message}`);
  process.exitCode = 1;
}

function plan() {
  const names = positionals.length > 0 ? positionals : Object.keys(RUNTIMES);
  const unknown = names.find((name) => !(name in RUNTIMES));
  if (unknown) throw new Error(`there is no \`${unknown}\`: ${Object.keys(RUNTIMES).join(', ')}, docs`);
  return {
    names: Object.keys(RUNTIMES).filter((name) => names.includes(name)),
    directory: directoryOf(values.package ?? '.'),
    runs: Number(values.runs ?? (values.quick ? 1 : 5)),
    rounds: Number(values.rounds ?? (values.quick ? 11 : 41)),
    sizes: values.sizes?.split(',').map(Number) ?? (values.quick ? QUICK_SIZES : SIZES),
    processes: values.quick ? 5 : 15,
  };
}

async function bench({ names, ...plan }) {
  const rows = new Map(names.map((name) => [name, []]));
  const first = [];
  const about = shared(plan);
  const look = watched();
  for (let run = 1; run <= plan.runs; run++) {
    for (const name of names) {
      const told = progress(`run ${run} of ${plan.runs}, ${RUNTIMES[name].title}`);
      rows.get(name).push(await RUNTIMES[name].run(plan));
      if (name === 'node24') first.push(await firstVerdicts({ node: NODE_24, ...plan }));
      told();
    }
  }
  about.pressure = look();
  finish(names.map((name) => resultOf(name, rows.get(name), name === 'node24' ? first : [], about)));
}

function resultOf(runtime, runs, first, about) {
  const { version } = RUNTIMES[runtime];
  const firstRows = first.length > 0 ? firstTogether(first) : [];
  return { runtime, version, ...about, first: firstRows, rows: together(runs) };
}

function finish(results) {
  results.forEach(printResult);
  printTargets(results);
  if (values.json) writeFileSync(values.json, textOf(results));
  if (!values['write-docs']) return;
  results.forEach(keep);
  writeDocuments();
}

/** What all runtimes of this command share. */
function shared({ runs, rounds }) {
  const date = new Date().toISOString().slice(0, 10);
  return { date, commit: commit(), machine: machine(), peers: peers(), plan: { runs, rounds } };
}

function peers() {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')).dependencies;
}

function progress(what) {
  const start = performance.now();
  process.stderr.write(`   ${what} …`);
  return () => process.stderr.write(` ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
}

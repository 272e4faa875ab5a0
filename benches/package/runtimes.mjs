// Where a run takes place. All but workerd run run-one.mjs themselves.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { GROUPS } from './candidates/index.mjs';
import { bundle } from './workerd/bundle.mjs';
import { runInWorkerd } from './workerd/run.mjs';

const TOOLS = resolve(import.meta.dirname, '../../node_modules');
const STAGE = resolve(import.meta.dirname, '../../build/bench-package');
const RUN_ONE = join(import.meta.dirname, 'run-one.mjs');
const MAX_OUTPUT = 2 ** 26;

export const NODE_24 = join(TOOLS, 'node/bin/node');

const COMMANDS = {
  node24: [NODE_24],
  node20: [join(TOOLS, 'node20/bin/node')],
  deno: [join(TOOLS, '.bin/deno'), 'run', '--allow-all', '--no-prompt', '--cached-only', '--node-modules-dir=manual'],
  bun: [join(TOOLS, '.bin/bun'), '--no-install'],
};

/** By name: what people call it, its version, and `run({ directory, sizes, rounds, only })`, which gives rows. */
export const RUNTIMES = {
  node24: { title: 'Node.js 24', version: versionOf('node'), run: (plan) => runBy(COMMANDS.node24, plan) },
  node20: { title: 'Node.js 20', version: versionOf('node20'), run: (plan) => runBy(COMMANDS.node20, plan) },
  deno: { title: 'Deno', version: versionOf('deno'), run: (plan) => runBy(COMMANDS.deno, plan) },
  bun: { title: 'Bun', version: versionOf('bun'), run: (plan) => runBy(COMMANDS.bun, plan) },
  workerd: { title: 'workerd', version: versionOf('workerd'), run: runByWorkerd },
};

async function runBy([program, ...words], { directory, sizes, rounds, only = [] }) {
  const wanted = only.flatMap((name) => ['--only', name]);
  const measured = ['--package', directory, '--sizes', sizes.join(), '--rounds', `${rounds}`, ...wanted, '--json'];
  const options = { cwd: import.meta.dirname, maxBuffer: MAX_OUTPUT };
  const { stdout } = await promisify(execFile)(program, [...words, RUN_ONE, ...measured], options);
  return JSON.parse(stdout).rows;
}

let modules;

async function runByWorkerd({ directory, sizes, rounds }) {
  modules ??= await bundle(directory, join(STAGE, 'workerd'));
  const plan = { modules, directory: join(STAGE, 'workerd/run'), sizes, rounds };
  const rows = [];
  for (const candidates of GROUPS) rows.push(...(await runInWorkerd({ ...plan, candidates })));
  return rows;
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(TOOLS, name, 'package.json'), 'utf8')).version;
}

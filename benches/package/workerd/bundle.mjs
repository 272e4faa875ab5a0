// The Worker as `wrangler deploy` would upload it.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { fileOf } from '../installed.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
const WRANGLER = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
const SECONDS = 120;

/** Bundles it with the package that is installed in `directory`; returns the modules' paths, the entry first. */
export async function bundle(directory, stage) {
  mkdirSync(stage, { recursive: true });
  const file = fileOf(directory, '.', 'workerd');
  const config = {
    name: 'countersign-bench',
    main: join(import.meta.dirname, 'worker.mjs'),
    compatibility_date: '2026-10-01',
    alias: { countersign: file },
  };
  writeFileSync(join(stage, 'wrangler.json'), JSON.stringify(config, null, 2));
  const words = [WRANGLER, 'deploy', '--dry-run', '--config=wrangler.json', '--outdir=dist'];
  const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' };
  const options = { cwd: stage, env, timeout: SECONDS * 1000 };
  await promisify(execFile)(process.execPath, [...words, '--metafile=meta.json'], options);
  sawWasm(stage);
  const names = readdirSync(join(stage, 'dist')).filter((name) => /\.(js|wasm)$/.test(name));
  names.sort((a, b) => b.endsWith('worker.js') - a.endsWith('worker.js'));
  return names.map((name) => join(stage, 'dist', name));
}

/** What runs has to be what Workers get: a module of WebAssembly, and not text that is compiled. */
function sawWasm(stage) {
  const inputs = Object.keys(JSON.parse(readFileSync(join(stage, 'meta.json'), 'utf8')).inputs);
  const isThere = inputs.some((path) => path.endsWith('dist/esm/workerd.js'));
  if (!isThere) throw new Error('the bundle lacks dist/esm/workerd.js');
}

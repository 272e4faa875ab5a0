// The benchmark can fail: a verifier that takes everything is not measured, and one that gets slower by a known time
// shows it. After `cargo xtask bench package` has installed the package:
//
//   node_modules/.bin/node --test benches/package/benchmark.test.mjs

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { letter, order } from './body.mjs';
import { PEERS } from './candidates/index.mjs';
import { directoryOf } from './installed.mjs';
import { taskOf } from './verifying.mjs';
import { bundle } from './workerd/bundle.mjs';
import { runInWorkerd } from './workerd/run.mjs';

const PROJECT = process.env.COUNTERSIGN_PROJECT ?? resolve(import.meta.dirname, '../../build/bench-package/project');
const DELAY_NS = 20_000;

for (const length of [64, 65, 256, 333, 1024, 4096, 1_048_576]) {
  test(`a body of ${length} bytes has that length, and is JSON with a type`, () => {
    for (const text of [order(length), letter(length)]) {
      assert.equal(Buffer.byteLength(text), length);
      assert.equal(JSON.parse(text).type, 'order.completed');
    }
  });
}

test('what takes a changed body is not measured', async () => {
  const careless = { name: 'careless', module: 'hash', scheme: 'peeker' };
  await assert.rejects(taskOf(careless, undefined, 256), /careless accepts a changed body, 256 bytes/);
});

test('what refuses a genuine request is not measured', async () => {
  const stranger = { name: 'stranger', module: 'by-hand', scheme: 'stripe' };
  await assert.rejects(taskOf(stranger, undefined, 256), /stranger fails with a right request of 256 bytes/);
});

for (const slow of ['by hand', 'countersign']) {
  test(`a wait of ${DELAY_NS} ns in each call of ${slow} moves its figure by as much`, async () => {
    const [before, after] = [await run(), await run('--delay', `${slow}=${DELAY_NS}`)];
    const added = after[slow].nanoseconds.median - before[slow].nanoseconds.median;
    assert.ok(added > 0.8 * DELAY_NS && added < 1.6 * DELAY_NS, `${added} ns were added`);
    const moved = after['by hand'].ratio.median / before['by hand'].ratio.median;
    assert.ok(slow === 'by hand' ? moved > 2 : moved < 0.5, `the ratio moved by ${moved}`);
  });
}

test('in workerd, four times as much to hash takes about four times as long', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-package-'));
  try {
    const modules = await bundle(directoryOf(PROJECT), directory);
    const candidates = PEERS.filter(({ name }) => name === 'hash alone').map((row) => ({ ...row, against: row.name }));
    const plan = { modules, directory: join(directory, 'run'), candidates, sizes: [262_144, 1_048_576], rounds: 9 };
    const [less, more] = (await runInWorkerd(plan)).map(({ nanoseconds }) => nanoseconds.median);
    assert.ok(more / less > 3 && more / less < 5, `${more} by ${less}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Ours and the one by hand at 256 bytes, by name. */
async function run(...more) {
  const words = ['--package', PROJECT, '--sizes', '256', '--rounds', '15', '--only', 'by hand', '--json'];
  const script = join(import.meta.dirname, 'run-one.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...words, ...more]);
  return Object.fromEntries(JSON.parse(stdout).rows.map((row) => [row.name, row]));
}

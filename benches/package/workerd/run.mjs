// One run in workerd. Its clock stands still within a request, so what counts is the CPU time of the process, less that
// of a request that does nothing. Everything in one process, in rounds.

import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkerd } from '../../inbox/workerd.mjs';
import { shuffled, sliceOf } from '../rounds.mjs';
import { ratios, spread } from '../statistics.mjs';

/** Longer than a slice elsewhere by this, because of what the request itself costs. */
const BATCH_FACTOR = 1.7;
const WARM_UP_CALLS = 5000;
const WARM_UP_BATCHES = 4;
/** What workerd does after its answer. */
const SETTLE_MS = 1;
const NOTHING = { name: 'nothing' };

/** Rows as run-one.mjs gives them. */
export async function runInWorkerd({ modules, directory, candidates, sizes, rounds }) {
  const workerd = await startWorkerd({ directory, modules });
  try {
    const rows = [];
    for (const size of sizes) rows.push(...(await measured(workerd, candidates, size, rounds)));
    return rows;
  } finally {
    await workerd.stop();
  }
}

async function measured(workerd, candidates, size, rounds) {
  const calls = new Map();
  for (const { name } of candidates) calls.set(name, await prepare(workerd, name, size));
  const taken = new Map(candidates.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const spent = new Map();
    for (const { name } of shuffled([...candidates, NOTHING])) {
      spent.set(name, await cpuOf(workerd, { name, size, calls: calls.get(name) ?? 0 }));
    }
    for (const { name } of candidates) {
      taken.get(name).push((spent.get(name) - spent.get(NOTHING.name)) / calls.get(name));
    }
  }
  return candidates.map(({ name, against = candidates[0].name }) => ({
    name,
    size,
    ratio: spread(ratios(taken.get(name), taken.get(against))),
    nanoseconds: spread(taken.get(name)),
  }));
}

/** Has it made and checked, and warmed up. Returns how many calls fill a batch. */
async function prepare(workerd, name, size) {
  await ask(workerd, { prepare: true, name, size });
  const batchNs = sliceOf(size) * BATCH_FACTOR * 1e6;
  let calls = 4;
  for (let batch = 0, done = 0; batch < WARM_UP_BATCHES || (done < WARM_UP_CALLS && size <= 4096); batch++) {
    const each = (await cpuOf(workerd, { name, size, calls })) / calls;
    done += calls;
    calls = Math.max(1, Math.min(8 * calls, Math.round(batchNs / Math.max(each, 1))));
  }
  return calls;
}

async function cpuOf(workerd, what) {
  const before = cpuNanoseconds(workerd.pid);
  await ask(workerd, what);
  await sleep(SETTLE_MS);
  return cpuNanoseconds(workerd.pid) - before;
}

async function ask(workerd, what) {
  const answer = await fetch(`http://127.0.0.1:${workerd.port}/`, { method: 'POST', body: JSON.stringify(what) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
}

/** Of all its threads, to the nanosecond. */
function cpuNanoseconds(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const of = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
  return threads.reduce((sum, thread) => sum + of(thread), 0);
}

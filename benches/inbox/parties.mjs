// Who takes part: the gateway, its competitor, the provider and the destination, each a process of its own.

import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ageLayouts } from './storage.mjs';
import { startWorkerd } from './workerd.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = resolve(process.env.COUNTERSIGN_WORKER_DIR ?? join(HERE, '../../build/worker'));
export const SOURCE = 'peeker';
export const SECRET = 'a-secret-for-benchmarks-0123456789abcdef';

const running = [];

/** Runs `body` in a directory that is gone afterwards, and stops everybody who was started. */
export async function together(body) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  try {
    return await body(directory);
  } finally {
    await Promise.all(running.splice(0).map((party) => party.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The built Worker with one source in inbox mode; `settings` are the source's. */
export async function startGateway(directory, destination, settings = {}) {
  const source = {
    scheme: 'peeker',
    mode: 'inbox',
    secrets: ['PEEKER_SECRET'],
    destinations: [{ name: 'app', url: `http://127.0.0.1:${destination}/hooks`, signingSecret: false, timeoutSeconds: 15 }],
    ...settings,
  };
  const vars = { SOURCES: { [SOURCE]: source }, ALLOW_INSECURE_DESTINATIONS: 'true', PEEKER_SECRET: SECRET };
  const modules = ['index.js', 'index_bg.wasm'].map((file) => join(BUILT, file));
  return start(startWorkerd({ directory, modules, object: 'Inbox', vars }));
}

/**
 * The same, as it is when it has been an inbox for longer than its dedupe window: a younger one also looks for each new
 * event among those that relay mode has delivered. `load` is there to touch every shard.
 */
export async function startAgedGateway(directory, destination, settings, load) {
  const young = await startGateway(directory, destination, settings);
  await load.ask({ ...to(young), connections: 8, count: 200 });
  await stop(young);
  ageLayouts(young.objects);
  return startGateway(directory, destination, settings);
}

export const startCompetitor = (directory, shards) =>
  start(startWorkerd({ directory, modules: [join(HERE, 'competitor.mjs')], object: 'Inbox', vars: { SHARDS: shards } }));

export const startLoad = () => startChild('load.mjs');

export async function startOrigin() {
  const child = await startChild('origin.mjs');
  const { port } = await child.ask({});
  return Object.assign(child, {
    port,
    /** Waits until so many deliveries have been accepted since the last reset. */
    async untilDelivered(wanted, patienceMs = 60_000) {
      let last = { delivered: -1, at: performance.now() };
      for (;;) {
        const counts = await child.ask({});
        if (counts.delivered >= wanted) return counts;
        if (counts.delivered > last.delivered) last = { delivered: counts.delivered, at: performance.now() };
        if (performance.now() - last.at > patienceMs) throw new Error(`stuck at ${last.delivered} of ${wanted} deliveries`);
        await sleep(20);
      }
    },
  });
}

/** With these, a destination that fails is held after a second, for the rest of the day. */
export const SETTINGS_HELD = {
  retrySchedule: [1, 1, 1, 1, 1, 1, 1, 1, 86_400],
  breaker: { failingSeconds: 1, attempts: 1, probeSeconds: 86_400 },
};

/** Sends events until no attempt is made any more at an origin that fails. */
export async function waitUntilHeld(gateway, origin, load) {
  for (let tries = 0; tries < 20; tries += 1) {
    await load.ask({ ...to(gateway), connections: 4, count: 100 });
    await origin.ask({ reset: true });
    await sleep(1500);
    if ((await origin.ask({})).arrived === 0) return;
  }
  throw new Error('deliveries are not held');
}

/** What the provider has to know of a party. */
export const to = ({ port }) => ({ port, source: SOURCE, secret: SECRET });

async function startChild(file) {
  const child = fork(join(HERE, file));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} has ended`);
  });
  ended.catch(() => {});
  let last = Promise.resolve();
  return start(
    Promise.resolve({
      pid: child.pid,
      /** Gives it an order, and returns its answer. One after the other. */
      ask(order) {
        last = last.then(async () => {
          child.send(order);
          return (await Promise.race([once(child, 'message'), ended]))[0];
        });
        return last;
      },
      async stop() {
        child.kill();
        await ended.catch(() => {});
      },
    }),
  );
}

async function start(starting) {
  const party = await starting;
  running.push(party);
  return party;
}

export async function stop(party) {
  running.splice(running.indexOf(party), 1);
  await party.stop();
}

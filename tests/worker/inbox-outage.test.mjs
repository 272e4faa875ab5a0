// A destination was down while many events came in. Then it is up again: all of them drain, no faster than the ramp says,
// and new events are accepted meanwhile as before.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { playOutage, until, worstExcess } from './harness/inbox-outage.mjs';
import { flood, quantile } from './harness/inbox-load.mjs';
import { startInboxes, storageInMemory } from './harness/inbox-suite.mjs';

// The full size is 20,000 at the default of 50/s.
const EVENTS = Number(process.env.COUNTERSIGN_OUTAGE_EVENTS ?? 600);
const IS_FULL = EVENTS >= 20_000;
const PER_SECOND = IS_FULL ? 50 : 150;
const SHARDS = 4;
// A shard makes up for a fifth of a second that it was late.
const MADE_UP = 0.2;
const MOST_EXCESS = 1 + MADE_UP + (2 * SHARDS) / PER_SECOND;

const breaker = { failingSeconds: 1, attempts: 3, probeSeconds: 1 };

let suite;
before(async () => {
  suite = await startInboxes({
    storage: storageInMemory(),
    sources: () => ({
      down: { shards: SHARDS, drainPerSecond: PER_SECOND, breaker, retrySchedule: Array(20).fill(2) },
      doubling: { shards: 1, drainPerSecond: 4, breaker, retrySchedule: Array(20).fill(2) },
      held: { breaker: { ...breaker, probeSeconds: 3600 }, retrySchedule: [1, 1] },
    }),
  });
});
after(() => suite?.close());

/** When each delivery of a source that has arrived was sent, by the gateway's clock. */
async function sendsOf(source) {
  const rows = await suite.inbox.all(source, "SELECT at FROM attempt WHERE outcome = 'delivered'");
  return rows.map(({ at }) => at).sort((a, b) => a - b);
}

async function isHeld(source, shards) {
  const rows = await suite.inbox.all(source, 'SELECT breaker FROM destination');
  const open = rows.filter(({ breaker: text }) => JSON.parse(text).probeAt !== undefined);
  return open.length === shards && ((await suite.inbox.states(source)).leased ?? 0) === 0;
}

test(`${EVENTS} events are drained in time, at the ramp's rate, while new ones are accepted`, async (context) => {
  const figures = await playOutage({
    gateway: suite.gateway,
    origin: suite.origin,
    source: 'down',
    path: '/down',
    sign: () => suite.sign('down'),
    events: EVENTS,
    measureMs: IS_FULL ? 10_000 : 1500,
    isHeld: () => isHeld('down', SHARDS),
  });
  const { drained, ...shown } = figures;
  // By the gateway's clock: an origin on a busy machine takes what came one after another for more at once.
  await suite.settled('down');
  const sends = await sendsOf('down');
  const [excess, excessSeen] = [sends.slice(-drained.length), drained].map((times) => worstExcess(times, PER_SECOND));
  context.diagnostic(JSON.stringify({ ...shown, excess, excessSeen, pressure: pressure() }));
  assert.equal(sends.length, figures.arrived);
  assert.deepEqual(Object.keys(figures.statuses), ['202'], 'every event was accepted');
  assert.equal(figures.arrived, figures.statuses[202], 'each arrived once');
  assert.ok(figures.drainMs < 600_000, `drained in ${figures.drainMs} ms`);
  assert.ok(excess <= MOST_EXCESS, `${excess} times the ramp`);
  if (IS_FULL) {
    const slower = figures.during.perSecond / figures.before.perSecond;
    assert.ok(slower >= 0.8, `while it drained, ${figures.during.perSecond} were accepted a second; before, ${figures.before.perSecond}`);
  }
});

test('the ramp doubles each minute', async () => {
  suite.origin.on('/doubling', { status: 503 });
  await flood(suite.gateway, Array.from({ length: 80 }, () => suite.encode('doubling')));
  await until(() => isHeld('doubling', 1), 30_000, 'the breaker is open');
  suite.origin.on('/doubling', {});
  const rates = [];
  for (const halfMinute of [0, 1, 2, 3, 4]) {
    const before = suite.at('doubling').length;
    await suite.clockAhead(halfMinute * 31_000);
    await suite.arrived('doubling', before + 1);
    if (halfMinute % 2 === 1) continue;
    const known = (await sendsOf('doubling')).length;
    await until(async () => (await sendsOf('doubling')).length >= known + 12, 30_000, 'twelve more are sent');
    const sends = (await sendsOf('doubling')).slice(known, known + 12);
    // Half of the pauses: one that a busy machine makes longer counts for little.
    rates.push(1000 / quantile(sends.slice(1).map((at, n) => at - sends[n]), 0.5));
  }
  for (const [minute, rate] of rates.entries()) {
    const ramp = 4 * 2 ** minute;
    assert.ok(rate > ramp * 0.6 && rate < ramp * 1.4, `${rates} a second instead of ${ramp} in minute ${minute}`);
  }
});

const failuresOf = async (source) => {
  const rows = await suite.inbox.all(source, 'SELECT sum(failures) AS failures FROM delivery');
  return rows[0].failures;
};

test('what is held spends no attempt, however long it takes, and goes out when the destination is back', async () => {
  suite.origin.on('/held', { status: 500 });
  // One after another: each is tried once or twice before the breaker opens.
  await until(async () => {
    await suite.send('held');
    return isHeld('held', 1);
  }, 20_000, 'the breaker is open');
  const { pending } = await suite.inbox.until('held', ({ leased = 0 }) => leased === 0);
  const attempts = suite.at('held').length;
  const failures = await failuresOf('held');
  for (const day of [1, 2, 3, 4, 5, 6]) {
    await suite.clockAhead(day * 86_400_000);
    await suite.arrived('held', attempts + day);
    // For what is still under way a day is longer than its lease.
    await suite.inbox.until('held', ({ leased = 0 }) => leased === 0);
  }
  assert.equal(suite.at('held').length, attempts + 6, 'nothing but a probe each time');
  await suite.inbox.until('held', (states) => states.pending === pending);
  assert.equal(await failuresOf('held'), failures);
  suite.origin.on('/held', {});
  await suite.clockAhead(7 * 86_400_000);
  const { pending: left = 0, delivered } = await suite.settled('held');
  assert.deepEqual([left, delivered], [0, pending]);
});

function pressure() {
  try {
    return readFileSync('/proc/pressure/cpu', 'utf8').match(/avg60=([\d.]+)/)[1];
  } catch {
    return 'unknown';
  }
}

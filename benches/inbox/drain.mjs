// A destination that was down comes back to many events. They have to be out soon, and no faster than the ramp allows;
// and events for others have to be accepted as before.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shownPressure, watch } from './machine.mjs';
import { startAgedGateway, startLoad, startOrigin, to, waitUntilHeld } from './parties.mjs';
import { heading, median, row, shownMs } from './print.mjs';

const SHARDS = 4;
const PER_SECOND = 50;
const MOST_SECONDS = 600;
const LEAST_RATIO = 0.8;
const BURST = { connections: 32, seconds: 4, type: 'audit.entry' };
const PAUSE_MS = 11_000;
// Shards count their seconds each for itself, make up for a moment, and each has a probe of its own.
const SLACK = 0.2;

export async function drain(directory, { events }) {
  heading(`drain: ${events} events held for a destination that comes back, ${SHARDS} shards, ${PER_SECOND}/s doubling each minute`);
  const [load, broken, other] = [await startLoad(), await startOrigin(), await startOrigin()];
  await broken.ask({ failShare: 1 });
  const gateway = await startAgedGateway(join(directory, 'gateway'), broken.port, settings(broken, other), load);
  await waitUntilHeld(gateway, broken, load);
  await load.ask({ ...to(gateway), connections: 32, count: events });

  const observe = watch([gateway.pid, load.pid, broken.pid, other.pid]);
  const before = await bursts(load, gateway, other, 6, () => false);
  await broken.ask({ failShare: 0, reset: true });
  const drained = broken.untilDelivered(events, 120_000).then((counts) => ({ ...counts, at: performance.now() }));
  let isOver = false;
  drained.then(() => (isOver = true), () => (isOver = true));
  const during = await bursts(load, gateway, other, 100, () => isOver);
  const counts = await drained;
  // The machine may have become slower or faster meanwhile.
  const after = await bursts(load, gateway, other, 6, () => false);
  row(shownPressure(observe()));
  report({ ...counts, events }, [...before, ...after], during);
}

function settings(broken, other) {
  const destination = (name, { port }, events) => ({ name, url: `http://127.0.0.1:${port}/`, events: [events], signingSecret: false });
  return {
    shards: SHARDS,
    drainPerSecond: PER_SECOND,
    destinations: [destination('app', broken, 'order.*'), destination('audit', other, 'audit.*')],
    retrySchedule: [1, 1, 1, 1, 1, 1, 1, 1, 86_400],
    breaker: { failingSeconds: 1, attempts: 1, probeSeconds: 10 },
  };
}

/** Bursts of events for the other destination, each delivered before the next one. */
async function bursts(load, gateway, other, most, isOver) {
  const measured = [];
  while (measured.length < most && !isOver()) {
    await other.ask({ reset: true });
    const burst = await load.ask({ ...to(gateway), ...BURST });
    await other.untilDelivered(burst.accepted);
    measured.push(burst);
    if (most > 10) await Promise.race([sleep(PAUSE_MS)]);
  }
  return measured;
}

function report({ perSecond, events }, otherwise, during) {
  const seconds = Object.keys(perSecond).map(Number).sort((a, b) => a - b);
  const took = seconds.at(-1) - seconds[0] + 1;
  const excess = Math.max(...minutes(perSecond, seconds).map(({ most, allowed }) => most / allowed));
  row('', 'drained in', 'most/s by minute');
  row('the destination that was down', `${took} s`, minutes(perSecond, seconds).map(({ most }) => most).join(' '));
  const speed = (list) => median(list.map((burst) => burst.perSecond));
  const ratio = speed(during) / speed(otherwise);
  row('', 'accepts/s', 'p99');
  for (const [name, list] of [['before and after', otherwise], ['during', during]]) {
    row(`accepts ${name}`, speed(list).toFixed(0), shownMs(median(list.map((burst) => burst.p99))));
  }
  row('ratio', ratio.toFixed(2));
  if (took > MOST_SECONDS) throw new Error(`${events} events took ${took} s`);
  if (excess > 1 + SLACK) throw new Error(`the ramp was exceeded by ${Math.round(100 * excess - 100)} %`);
  if (ratio < LEAST_RATIO) throw new Error('events are accepted more slowly while it drains');
}

/** For each minute the most in a second, and what the ramp allows. */
function minutes(perSecond, seconds) {
  const found = [];
  for (const second of seconds) {
    const minute = Math.floor((second - seconds[0]) / 60);
    found[minute] ??= { most: 0, allowed: PER_SECOND * 2 ** minute };
    found[minute].most = Math.max(found[minute].most, perSecond[second]);
  }
  return found.filter(Boolean);
}

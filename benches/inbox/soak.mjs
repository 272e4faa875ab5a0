// Hours of a steady load, to see that memory stays what it is.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, diskBytes, memoryBytes, shownPressure, watch } from './machine.mjs';
import { startAgedGateway, startLoad, startOrigin, stop, to } from './parties.mjs';
import { heading, row, shownMegabytes, shownMs } from './print.mjs';
import { count } from './storage.mjs';

const SHARDS = 4;
const CONNECTIONS = 32;
const BAD_SHARE = 0.05;
const PEAK_SECONDS = 15;
/** Of the time, how much belongs to warming up. */
const WARM_UP = 0.25;
const SAMPLES_PER_MINUTE = 12;
const WINDOWS = 12;
const MOST_PER_HOUR = 24e6;
// A shorter run only shows how a heap finds its size: it may grow by so much.
const LONG_HOURS = 0.3;
const MOST_IN_SHORT = 64e6;

export async function soak(directory, { minutes }) {
  const [load, origin] = [await startLoad(), await startOrigin()];
  const settings = { shards: SHARDS, retrySchedule: [2, 4, 8, 15, 30, 60, 120, 300, 600] };
  const gateway = await startAgedGateway(join(directory, 'gateway'), origin.port, settings, load);
  const peak = await sustained(load, gateway, origin);
  const rate = Math.max(1, Math.round(peak / 2));
  heading(`soak: ${minutes} minutes at ${rate} events/s, half of what gets through; ${100 * BAD_SHARE} % bad requests`);
  const observe = watch([gateway.pid, load.pid, origin.pid]);
  const stirring = stir(origin, minutes);
  const { samples, accepted } = await minuteByMinute({ load, gateway, origin, rate, minutes });
  await stirring;
  row(shownPressure(observe()));
  await settle(gateway, origin);
  await stop(gateway);
  judgeCounts(count(gateway.objects), accepted);
  judgeMemory(samples, accepted);
}

/** How many events per second are accepted and delivered, with nothing held back. */
async function sustained(load, gateway, origin) {
  await origin.ask({ reset: true });
  const started = performance.now();
  const { accepted } = await load.ask({ ...to(gateway), connections: CONNECTIONS, seconds: PEAK_SECONDS });
  await origin.untilDelivered(accepted);
  return (1000 * accepted) / (performance.now() - started);
}

/** The origin fails now and then: some of its answers always, all of them for a tenth of every other minute. */
async function stir(origin, minutes) {
  const until = performance.now() + minutes * 60_000;
  while (performance.now() < until - 30_000) {
    await origin.ask({ failShare: 0.02 });
    await sleep(Math.min(108_000, (until - performance.now()) / 2));
    await origin.ask({ failShare: 1 });
    await sleep(Math.min(12_000, (until - performance.now()) / 4));
  }
  await origin.ask({ failShare: 0 });
}

async function minuteByMinute({ load, gateway, origin, rate, minutes }) {
  const samples = [];
  let accepted = 0;
  await origin.ask({ reset: true });
  row('minute', 'accepted/s', 'p50', 'p99', 'delivered/s', 'waiting', 'CPU', 'memory', 'disk');
  const started = performance.now();
  const sampler = setInterval(() => samples.push(sample(gateway, started)), 60_000 / SAMPLES_PER_MINUTE);
  for (let minute = 1; minute <= minutes; minute += 1) {
    const before = { cpu: cpuSeconds(gateway.pid), ...(await origin.ask({})) };
    const result = await load.ask({ ...to(gateway), connections: CONNECTIONS, seconds: 60, rate, badShare: BAD_SHARE });
    const after = { cpu: cpuSeconds(gateway.pid), ...(await origin.ask({})) };
    accepted += result.accepted;
    if (result.wrong > 0) throw new Error(`unexpected answers: ${JSON.stringify(result)}`);
    const delivered = (after.delivered - before.delivered) / result.seconds;
    const share = `${Math.round((100 * (after.cpu - before.cpu)) / result.seconds)} %`;
    const sizes = [memoryBytes(gateway.pid), diskBytes(gateway.objects)].map(shownMegabytes);
    const latencies = [result.p50, result.p99].map(shownMs);
    const waiting = accepted - after.delivered;
    row(String(minute), result.perSecond.toFixed(0), ...latencies, delivered.toFixed(0), waiting, share, ...sizes);
  }
  clearInterval(sampler);
  return { samples, accepted };
}

const sample = (gateway, started) => ({ at: performance.now() - started, bytes: memoryBytes(gateway.pid) });

/** Waits until nothing has arrived for a while: every retry has been made. */
async function settle(gateway, origin) {
  const deadline = performance.now() + 180_000;
  for (let last = -1; performance.now() < deadline; ) {
    const { arrived } = await origin.ask({});
    if (arrived === last) return;
    last = arrived;
    await sleep(35_000);
  }
}

function judgeCounts({ events, delivered = 0, ...others }, accepted) {
  row('', 'accepted', 'stored', 'delivered', 'others');
  row('events', accepted, events, delivered, JSON.stringify(others));
  if (events < accepted) throw new Error(`${accepted} events were accepted, and ${events} are stored`);
  if (delivered !== events) throw new Error('not everything was delivered');
}

/**
 * The slope of the straight line through the least of each twelfth of the run, after the warm-up: what is left when
 * garbage is gone, which the runtime does not collect before there is much of it.
 */
function judgeMemory(samples, accepted) {
  const length = samples.at(-1).at / WINDOWS;
  const least = Array(WINDOWS).fill(Infinity);
  for (const { at, bytes } of samples) {
    const window = Math.min(WINDOWS - 1, Math.floor(at / length));
    least[window] = Math.min(least[window], bytes);
  }
  const points = least.map((bytes, window) => [(window * length) / 3_600_000, bytes]).slice(WINDOWS * WARM_UP).filter(([, bytes]) => bytes < Infinity);
  const [hours, slope] = [points.at(-1)[0] - points[0][0], slopeOf(points)];
  const perHour = accepted / (samples.at(-1).at / 3_600_000);
  const shown = [`${shownMegabytes(slope)}/h`, `${shownMegabytes(slope * hours)} in all`, `${(slope / perHour).toFixed(0)} B per event`];
  row('memory after the warm-up', ...shown);
  const most = hours < LONG_HOURS ? MOST_IN_SHORT : MOST_PER_HOUR * hours;
  if (slope * hours > most) throw new Error(`memory grows by more than ${shownMegabytes(most)}`);
}

function slopeOf(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map((point) => point[0])), mean(points.map((point) => point[1]))];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / Math.max(spread, 1e-9);
}

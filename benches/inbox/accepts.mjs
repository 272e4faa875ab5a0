// How many events are accepted per second: the gateway beside as little JavaScript as can store the same row.

import { join } from 'node:path';
import { cpuSeconds, shownPressure, watch } from './machine.mjs';
import { SETTINGS_HELD, startAgedGateway, startCompetitor, startLoad, startOrigin, to, waitUntilHeld } from './parties.mjs';
import { heading, median, row, summary } from './print.mjs';

const SHARDS = 4;
const CONNECTIONS = 32;
const LEAST_RATIO = 0.7;

export async function accepts(directory, { rounds, seconds }) {
  const [load, origin] = [await startLoad(), await startOrigin()];
  await origin.ask({ failShare: 1 });
  const settings = { ...SETTINGS_HELD, shards: SHARDS };
  const gateway = await startAgedGateway(join(directory, 'gateway'), origin.port, settings, load);
  const competitor = await startCompetitor(join(directory, 'competitor'), SHARDS);
  await waitUntilHeld(gateway, origin, load);

  heading(`accepts: ${CONNECTIONS} connections, ${SHARDS} shards, 1 KB each, ${rounds} rounds of ${seconds} s`);
  const observe = watch([gateway.pid, competitor.pid, load.pid, origin.pid]);
  const measured = { gateway: [], competitor: [] };
  await origin.ask({ reset: true });
  await measure(load, gateway, 1);
  await measure(load, competitor, 1);
  for (let round = 0; round < rounds; round += 1) {
    measured.gateway.push(await measure(load, gateway, seconds));
    measured.competitor.push(await measure(load, competitor, seconds));
  }
  const { arrived } = await origin.ask({});
  const ratios = measured.gateway.map((one, round) => one.perSecond / measured.competitor[round].perSecond);

  row('', 'accepts/s', 'p50', 'p99', 'CPU each');
  row('JavaScript that stores the row', ...summary(measured.competitor));
  row('gateway, deliveries held', ...summary(measured.gateway));
  row('ratio', median(ratios).toFixed(2), `rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`);
  row(shownPressure(observe()));
  if (arrived > 0) throw new Error(`${arrived} deliveries were attempted although they should have been held`);
  if (median(ratios) < LEAST_RATIO) throw new Error(`the gateway accepts less than ${LEAST_RATIO} of what JavaScript stores`);
}

/** Accepts while everything is delivered to an origin that takes 5 ms; then until the last one has arrived. */
export async function endToEnd(directory, { rounds, seconds }) {
  const [load, origin] = [await startLoad(), await startOrigin()];
  const gateway = await startAgedGateway(join(directory, 'gateway'), origin.port, { shards: SHARDS }, load);
  heading(`end to end: the same, delivered at once to an origin that takes 5 ms, ${rounds} rounds of ${seconds} s`);
  const observe = watch([gateway.pid, load.pid, origin.pid]);
  const measured = [];
  await through(load, gateway, origin, 1);
  for (let round = 0; round < rounds; round += 1) measured.push(await through(load, gateway, origin, seconds));
  row('', 'accepts/s', 'p50', 'p99', 'CPU each', 'accepted and delivered/s');
  row('gateway, deliveries live', ...summary(measured), median(measured.map((one) => one.throughput)).toFixed(0));
  row(shownPressure(observe()));
}

async function through(load, gateway, origin, seconds) {
  await origin.ask({ reset: true });
  const started = performance.now();
  const result = await measure(load, gateway, seconds);
  await origin.untilDelivered(result.accepted);
  const all = (performance.now() - started) / 1000;
  return { ...result, throughput: result.accepted / all };
}

async function measure(load, party, seconds) {
  const before = cpuSeconds(party.pid);
  const result = await load.ask({ ...to(party), connections: CONNECTIONS, seconds });
  const isFine = Object.keys(result.statuses).join() === '202' && result.broken === 0;
  if (!isFine) throw new Error(`unexpected answers: ${JSON.stringify(result)}`);
  return { ...result, cpu: (cpuSeconds(party.pid) - before) / result.accepted };
}

// How many deliveries are made per second out of a backlog.

import { join } from 'node:path';
import { cpuSeconds, shownPressure, watch } from './machine.mjs';
import { startGateway, startLoad, startOrigin, stop, to } from './parties.mjs';
import { heading, median, row } from './print.mjs';

const SHARDS = 8;
const LEAST_PER_SECOND = 500;

export async function deliveries(directory, { rounds, backlog }) {
  heading(`deliveries: a backlog of ${backlog} over ${SHARDS} shards, to an origin that takes 5 ms, ${rounds} rounds`);
  const [load, origin] = [await startLoad(), await startOrigin()];
  const measured = [];
  const observe = watch([load.pid, origin.pid]);
  for (let round = 0; round < rounds; round += 1) {
    measured.push(await drained(join(directory, `round-${round}`), { load, origin, backlog }));
  }
  row('', 'per second', 'CPU each', 'at once');
  row('deliveries', ...shown(measured), `rounds ${measured.map((one) => one.perSecond.toFixed(0)).join(' ')}`);
  row(shownPressure(observe()));
  const perSecond = median(measured.map((one) => one.perSecond));
  if (perSecond < LEAST_PER_SECOND) throw new Error(`less than ${LEAST_PER_SECOND} deliveries per second`);
}

/** The origin hangs, one delivery of each shard hangs with it, and everything else waits; then both start anew. */
async function drained(directory, { load, origin, backlog }) {
  await origin.ask({ hang: true, reset: true });
  const settings = { shards: SHARDS };
  const stuck = await startGateway(directory, origin.port, { ...settings, maxInFlight: 1 });
  const { accepted } = await load.ask({ ...to(stuck), connections: 32, count: backlog });
  if (accepted !== backlog) throw new Error(`only ${accepted} of ${backlog} were accepted`);
  await stop(stuck);
  await origin.ask({ hang: false, reset: true });
  const gateway = await startGateway(directory, origin.port, settings);
  // A new event in each shard: otherwise the deliveries start up to 30 s later, when the stopped ones' alarm goes off.
  await load.ask({ ...to(gateway), connections: 8, count: 8 * SHARDS });
  const result = await observed(gateway, origin, backlog);
  await stop(gateway);
  return result;
}

/** From the first tenth to the last. */
async function observed(gateway, origin, backlog) {
  const started = await reached(gateway, origin, backlog * 0.1);
  const ended = await reached(gateway, origin, backlog * 0.9);
  const count = ended.delivered - started.delivered;
  return {
    perSecond: (1000 * count) / (ended.at - started.at),
    cpu: (ended.cpu - started.cpu) / count,
    mostAtOnce: ended.mostAtOnce,
  };
}

async function reached(gateway, origin, count) {
  const { delivered, mostAtOnce } = await origin.untilDelivered(count);
  return { at: performance.now(), delivered, mostAtOnce, cpu: cpuSeconds(gateway.pid) };
}

function shown(measured) {
  const of = (name) => median(measured.map((one) => one[name]));
  return [of('perSecond').toFixed(0), `${(of('cpu') * 1e6).toFixed(0)} us`, of('mostAtOnce')];
}

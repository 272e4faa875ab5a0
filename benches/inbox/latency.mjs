// How long a provider waits for its answer: of the application itself, through the relay, from the inbox.

import { join } from 'node:path';
import { shownPressure, watch } from './machine.mjs';
import { SECRET, SOURCE, startAgedGateway, startGateway, startLoad, startOrigin, to } from './parties.mjs';
import { heading, median, row, shownMs } from './print.mjs';

export async function latency(directory, { rounds, seconds }) {
  const [load, origin] = [await startLoad(), await startOrigin()];
  const relay = await startGateway(join(directory, 'relay'), origin.port, { mode: 'relay' });
  const inbox = await startAgedGateway(join(directory, 'inbox'), origin.port, {}, load);
  const parties = {
    'the application, which takes 5 ms': { port: origin.port, source: SOURCE, secret: SECRET },
    'relay, without KV': to(relay),
    inbox: to(inbox),
  };
  heading(`latency: one connection, 1 KB each, ${rounds} rounds of ${seconds} s`);
  const observe = watch([relay.pid, inbox.pid, load.pid, origin.pid]);
  const measured = Object.fromEntries(Object.keys(parties).map((name) => [name, []]));
  for (const target of Object.values(parties)) await measure(load, target, 1);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, target] of Object.entries(parties)) measured[name].push(await measure(load, target, seconds));
  }
  row('', 'p50', 'p99');
  for (const [name, results] of Object.entries(measured)) row(name, ...['p50', 'p99'].map((key) => shownMs(median(results.map((one) => one[key])))));
  row(shownPressure(observe()));
}

async function measure(load, target, seconds) {
  const result = await load.ask({ ...target, connections: 1, seconds });
  const isFine = Object.keys(result.statuses).every((status) => status.startsWith('2')) && result.broken === 0;
  if (!isFine) throw new Error(`unexpected answers: ${JSON.stringify(result)}`);
  return result;
}

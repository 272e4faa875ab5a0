// What never gets through, and what it does to the rest: a destination that hangs, events that a destination never takes.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Line, quantile } from './harness/inbox-load.mjs';
import { until } from './harness/inbox-outage.mjs';
import { startInboxes, storageInMemory, valuesOf } from './harness/inbox-suite.mjs';
import { received } from './harness/origin.mjs';
import { freshId, jsonBody } from './harness/providers.mjs';

// The full size is 1,000.
const EVENTS = Number(process.env.COUNTERSIGN_EVENTS ?? 300);
const LARGE = 1_800_000;
const MOST_DELAY_MS = 5000;
// Longer than one run of the alarm, which starts sends for a minute at most.
const LONG_TIMEOUT_MS = 70_000;
const LEASE_SLACK_MS = 10_000;

let suite;
before(async () => {
  suite = await startInboxes({
    storage: storageInMemory(),
    sources: (to) => {
      const pair = (...paths) => paths.map((path) => to(path, { timeoutSeconds: 2 }));
      return {
        hanging: { shards: 4, destinations: pair('hanging', 'beside-hanging') },
        lonely: { destinations: pair('lonely-hanging', 'beside-lonely') },
        long: { destinations: [to('long-hanging', { timeoutSeconds: LONG_TIMEOUT_MS / 1000 }), to('beside-long')] },
        // One that waited for the event that hangs would wait for longer than is allowed.
        poisoned: { maxBodyBytes: 2_000_000, retrySchedule: [1], destinations: [to('poisoned', { timeoutSeconds: 10 })] },
      };
    },
  });
});
after(() => suite?.close());

/** How long each event took from its 202 to its arrival at a path, in milliseconds. */
function delays(path, acceptedAt) {
  const arrivals = suite.at(path).filter(({ status }) => status === 200);
  return arrivals.map((request) => request.at - acceptedAt.get(received(request, 'countersign-event-id')));
}

/** Sends events one after the other, no faster than so many a second; returns when each was accepted, by its id. */
async function sendPaced(source, events, perSecond) {
  const acceptedAt = new Map();
  const line = new Line(suite.gateway.url);
  for (const signed of events) {
    const pause = new Promise((done) => setTimeout(done, 1000 / perSecond));
    let answer;
    // A machine that is too busy says so, and the provider comes again.
    do answer = await line.exchange(suite.encode(source, signed));
    while (answer.status === 503);
    assert.match(answer.body, /"(accepted|duplicate)"/);
    acceptedAt.set(signed.id, Date.now());
    await pause;
  }
  line.close();
  return acceptedAt;
}

function isPrompt(path, acceptedAt, count) {
  const times = delays(path, acceptedAt);
  assert.equal(times.length, count);
  const p99 = quantile(times, 0.99);
  assert.ok(p99 <= MOST_DELAY_MS, `the 99th percentile at /${path} is ${p99} ms, the median ${quantile(times, 0.5)} ms`);
}

describe('others are delayed by at most five seconds', { concurrency: true }, () => {
  for (const [source, path] of [['hanging', 'hanging'], ['lonely', 'lonely-hanging']]) {
    test(`by a destination that hangs, over ${source === 'lonely' ? 'one shard' : 'four shards'}`, async () => {
      suite.origin.on(`/${path}`, { hang: true });
      const acceptedAt = await sendPaced(source, newEvents(source, EVENTS / 2), 50);
      await suite.arrived(`beside-${source}`, EVENTS / 2);
      isPrompt(`beside-${source}`, acceptedAt, EVENTS / 2);
      suite.origin.on(`/${path}`, { status: 410 });
    });
  }

  test('by a destination that hangs for longer than a run of the alarm lasts; then it has timed out', async () => {
    suite.origin.on('/long-hanging', { hang: true });
    const acceptedAt = await sendPaced('long', newEventsFor('long', LONG_TIMEOUT_MS + 5000), 2);
    await suite.arrived('beside-long', acceptedAt.size);
    isPrompt('beside-long', acceptedAt, acceptedAt.size);
    const logged = () => suite.gateway.lines().filter(({ message, destination }) => message === 'delivery' && destination === 'long-hanging');
    await until(() => logged().length > 0, 20_000, 'the log says that something has timed out');
    const attempts = await suite.inbox.all('long', "SELECT outcome, latency_ms AS latencyMs FROM attempt WHERE destination = 'long-hanging'");
    assert.ok(attempts.length > 0);
    for (const { outcome, latencyMs } of [...attempts, ...logged()]) {
      assert.equal(outcome, 'destination_timeout');
      assert.ok(latencyMs >= LONG_TIMEOUT_MS - 10 && latencyMs < LONG_TIMEOUT_MS + LEASE_SLACK_MS, `it ended after ${latencyMs} ms`);
    }
    suite.origin.on('/long-hanging', { status: 410 });
  });

  test(`by an event that hangs, one that is refused and one of ${LARGE} bytes, among ${EVENTS} at one destination; two of them are given up`, async () => {
    const [hanging, refused, large] = ['hanging', 'refused', 'large'].map((name) => poison(name, name === 'large' ? LARGE : 0));
    suite.origin.on('/poisoned', (incoming) => {
      const id = incoming.headers['countersign-event-id'];
      return { [hanging.id]: { hang: true }, [refused.id]: { status: 500 } }[id] ?? {};
    });
    const events = newEvents('poisoned', EVENTS);
    events.splice(10, 0, hanging, refused, large);
    const acceptedAt = await sendPaced('poisoned', events, 100);
    await suite.arrived('poisoned', EVENTS + 1);
    const states = await suite.inbox.until('poisoned', ({ dead, leased }) => dead === 2 && !leased);
    assert.deepEqual(states, { dead: 2, delivered: EVENTS + 1 });
    isPrompt('poisoned', acceptedAt, EVENTS + 1);
    assert.ok(suite.at('poisoned').find(({ body }) => body?.length >= LARGE).body.equals(large.body));
    for (const { id } of [hanging, refused]) {
      const attempts = suite.at('poisoned').filter((request) => received(request, 'countersign-event-id') === id);
      assert.deepEqual(valuesOf(attempts, 'countersign-attempt'), ['1', '2'], 'as often as the schedule says');
    }
  });
});

/** New events for so long. */
function* newEventsFor(source, ms) {
  const end = performance.now() + ms;
  while (performance.now() < end) yield suite.sign(source);
}

const newEvents = (source, count) => Array.from({ length: count }, () => suite.sign(source));
const poison = (name, size) => suite.sign('poisoned', { id: freshId(name), body: jsonBody('order.completed', { name, fill: 'x'.repeat(size) }) });

// What fails on the way into an inbox, and in it: the provider is told 503 in time, nothing that was answered 2xx is
// lost, and what comes next is served.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countStatuses } from './harness/inbox-load.mjs';
import { until } from './harness/inbox-outage.mjs';
import { startInboxes, storageInMemory } from './harness/inbox-suite.mjs';
import { exchange } from './harness/raw.mjs';

const CONNECTIONS = 1000;
// Boateros waits for ten seconds.
const IN_TIME_MS = 9500;
// Sooner than any deadline.
const AT_ONCE_MS = 4500;
const PATIENCE_MS = 30_000;

async function start(context, options = {}) {
  const suite = await startInboxes({ storage: storageInMemory(), sources: () => ({ peeker: { shards: 2 } }), ...options });
  context.after(() => suite.close());
  return suite;
}

/** It was told to come again, and soon enough for any provider. */
function isPutOff({ status, json, answer }, withinMs = IN_TIME_MS) {
  assert.deepEqual([status, json], [503, { error: 'unavailable' }]);
  assert.match(answer.header('retry-after'), /^[1-9]\d?$/);
  assert.match(answer.header('countersign-request-id'), /^[0-9a-f-]{36}$/);
  assert.ok(answer.elapsedMs < withinMs, `after ${answer.elapsedMs} ms`);
}

/** A copy of what was put off is taken, and arrives once. */
async function comesAgain(suite, { signed }) {
  const { json } = await suite.copy('peeker', signed);
  assert.match(json.status, /^(accepted|duplicate)$/);
  await suite.settled('peeker');
  assert.equal(suite.at('peeker').filter(({ body }) => body.equals(signed.body)).length, 1);
  assert.equal((await suite.copy('peeker', signed)).json.status, 'duplicate');
  return json.status;
}

describe('an inbox that fails', { concurrency: true }, () => {
  test('because its object throws: 503 at once, and accepted when it does not', async (context) => {
    const suite = await start(context);
    await suite.send('peeker');
    await suite.gateway.faults({ accept: 'throw' });
    const refused = await suite.send('peeker');
    isPutOff(refused, AT_ONCE_MS);
    await suite.gateway.faults({});
    assert.equal(await comesAgain(suite, refused), 'accepted');
  });

  test('because its storage does: 503 at once, and accepted when it does not', async (context) => {
    const suite = await start(context);
    for (const isNew of [true, false]) {
      await suite.gateway.faults({ sql: 'throw' });
      const refused = await suite.send('peeker');
      isPutOff(refused, AT_ONCE_MS);
      await suite.gateway.faults({});
      assert.equal(await comesAgain(suite, refused), 'accepted', isNew ? 'the first event of all' : 'a later one');
    }
  });

  test('because it hangs: 503 in time', async (context) => {
    const suite = await start(context);
    await suite.gateway.faults({ accept: 'hang' });
    const refused = await Promise.all(Array.from({ length: 20 }, () => suite.send('peeker')));
    refused.forEach((one) => isPutOff(one));
    await suite.gateway.faults({});
    for (const one of refused) await comesAgain(suite, one);
  });

  test('because it is slow: 503 in time, and what it stores after that arrives once', async (context) => {
    const suite = await start(context);
    await suite.gateway.faults({ acceptMs: 6000 });
    const refused = await suite.send('peeker');
    isPutOff(refused);
    await suite.gateway.faults({});
    await suite.arrived('peeker');
    assert.equal(await comesAgain(suite, refused), 'duplicate');
  });

  for (const [fault, withinMs] of [['throw', AT_ONCE_MS], ['hang', IN_TIME_MS]]) {
    test(`because its bucket does (${fault}): 503, and accepted when it does not`, async (context) => {
      const suite = await start(context, { r2: true, sources: () => ({ peeker: { maxBodyBytes: 3_000_000 } }) });
      await suite.gateway.faults({ bucketPut: fault });
      const refused = await suite.send('peeker', { body: Buffer.alloc(2_000_000, 'x') });
      isPutOff(refused, withinMs);
      await suite.gateway.faults({});
      assert.equal(await comesAgain(suite, refused), 'accepted');
    });
  }

  test('because the memory of relay mode hangs, or throws: accepted without it', async (context) => {
    const suite = await start(context);
    for (const fault of ['hang', 'throw']) {
      await suite.gateway.faults({ get: fault });
      const { status, answer } = await suite.send('peeker');
      assert.equal(status, 202);
      assert.ok(answer.elapsedMs < IN_TIME_MS, `after ${answer.elapsedMs} ms`);
      await suite.gateway.faults({});
    }
    await suite.settled('peeker');
  });

  test('while it delivers: what waits is delivered when it does not fail any more', async (context) => {
    const suite = await start(context, { sources: () => ({ peeker: { retrySchedule: [60] } }) });
    suite.origin.on('/peeker', ({ headers }) => (headers['countersign-attempt'] === '1' ? { status: 500 } : {}));
    const { signed } = await suite.send('peeker');
    await suite.inbox.until('peeker', ({ pending }) => pending === 1);
    await suite.gateway.faults({ sql: 'throw' });
    const { counters: { alarms: before } } = await suite.gateway.state();
    await suite.clockAhead(120_000);
    await until(async () => {
      const { counters, pending } = await suite.gateway.state();
      return counters.alarms > before && pending.alarms === 0;
    }, PATIENCE_MS, 'an alarm has failed');
    assert.equal(suite.at('peeker').length, 1);
    await suite.gateway.faults({});
    await suite.arrived('peeker', 2);
    await suite.settled('peeker');
    assert.ok(suite.origin.accepted(signed.body));
  });
});

describe('a trap', { concurrency: true }, () => {
  /** That there was one, and what else was in flight. */
  const traps = (suite) => suite.gateway.lines().filter(({ message, outcome }) => message === 'instance' && outcome === 'failed');

  test('in an object that accepts: 503 at once, and the next request is served', async (context) => {
    const suite = await start(context);
    await suite.send('peeker');
    // What a trap interrupts waits for its lease to run out.
    await suite.settled('peeker');
    for (let n = 0; n < 5; n += 1) {
      await suite.gateway.faults({ trap: 'accept' });
      const refused = await suite.send('peeker');
      isPutOff(refused, AT_ONCE_MS);
      await untilTrapped(suite, traps, n + 1);
      await comesAgain(suite, refused);
    }
    assert.deepEqual(await suite.settled('peeker'), { delivered: 6 });
  });

  test('in an object, while others are waiting: all are answered at once, none twice, none is lost', async (context) => {
    const suite = await start(context);
    // The first request of all takes longest, and all have to be there before the first is put off.
    await suite.send('peeker');
    await suite.settled('peeker');
    await suite.gateway.faults({ accept: 'hang' });
    const waiting = Array.from({ length: 20 }, () => suite.send('peeker'));
    await until(async () => (await suite.gateway.state()).pending.requests === 20, AT_ONCE_MS, 'all are waiting');
    await suite.gateway.faults({ trap: 'accept' });
    const sent = await Promise.all(waiting);
    for (const one of sent) isPutOff(one);
    await untilTrapped(suite, traps);
    assert.equal(traps(suite).length, 1);
    for (const one of sent) await comesAgain(suite, one);
  });

  test('in an alarm: it goes off again, and delivers', async (context) => {
    const suite = await start(context);
    await suite.gateway.faults({ trap: 'alarm' });
    const { signed, status } = await suite.send('peeker');
    assert.equal(status, 202);
    await untilTrapped(suite, traps);
    assert.deepEqual(await suite.inbox.states('peeker'), { pending: 1 });
    const alarms = await Promise.all([0, 1].map((shard) => suite.inbox.alarm(`peeker/${shard}`)));
    const [alarm] = alarms.filter((at) => at !== null);
    assert.ok(alarm - Date.now() < 31_000, 'within half a minute');
    await suite.clockAhead(31_000);
    await suite.settled('peeker');
    assert.ok(suite.origin.accepted(signed.body));
  });

  test('in every alarm for a while: it goes on going off, and delivers in the end', async (context) => {
    const suite = await start(context);
    await suite.gateway.faults({ trap: 'alarm' });
    const { signed } = await suite.send('peeker');
    for (let n = 1; n <= 8; n += 1) {
      await untilTrapped(suite, traps, n);
      await suite.gateway.faults(n < 8 ? { trap: 'alarm' } : {});
      await suite.clockAhead(n * 31_000);
    }
    await suite.settled('peeker');
    assert.ok(suite.origin.accepted(signed.body));
  });
});

const untilTrapped = (suite, traps, count = 1) => until(() => traps(suite).length >= count, PATIENCE_MS, `there were ${count} traps`);

test(`${CONNECTIONS} connections at once: 202 or 503, nothing is lost, and the next one is served`, async (context) => {
  const suite = await start(context);
  await suite.send('peeker');
  const events = Array.from({ length: CONNECTIONS }, () => suite.sign('peeker'));
  const answers = await Promise.all(events.map((signed) => exchange(suite.gateway.url, suite.encode('peeker', signed), { timeoutMs: 60_000 })));
  const counts = countStatuses(answers);
  context.diagnostic(JSON.stringify({ ...counts, slowestMs: Math.round(Math.max(...answers.map(({ elapsedMs }) => elapsedMs))) }));
  assert.deepEqual(Object.keys(counts).filter((status) => status !== '202' && status !== '503'), []);
  for (const answer of answers.filter(({ status }) => status === 503)) assert.match(answer.header('retry-after'), /^[1-9]/);
  await until(async () => (await suite.send('peeker')).status === 202, PATIENCE_MS, 'the next one is served');
  await suite.settled('peeker');
  const arrived = new Set(suite.at('peeker').map(({ body }) => body.toString('latin1')));
  events.forEach(({ body }, n) => {
    if (answers[n].status === 202) assert.ok(arrived.has(body.toString('latin1')), 'one that was accepted has not arrived');
  });
});

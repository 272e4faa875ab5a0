// The inbox from end to end: stored, answered 202, delivered by the alarm; while the destination is down, and across a
// restart of the runtime.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startGateway } from './harness/gateway.mjs';
import { received, startOrigin } from './harness/origin.mjs';
import { freshId, freshSecret, jsonBody, peeker } from './harness/providers.mjs';

const SECRET = freshSecret('peeker');
const HOUR_MS = 3_600_000;

let origin;
let gateway;

before(async () => {
  origin = await startOrigin();
});

after(() => origin?.close());

const start = (options = {}) =>
  startGateway({
    inbox: true,
    sources: {
      peeker: {
        scheme: 'peeker',
        mode: 'inbox',
        secrets: ['PEEKER_SECRET'],
        retrySchedule: [1, 3600],
        shards: 2,
        destinations: [{ name: 'app', url: origin.url('/app'), signingSecret: false }],
      },
    },
    secrets: { PEEKER_SECRET: SECRET },
    origins: [origin],
    ...options,
  });

const event = (more = {}) => peeker({ secret: SECRET, body: jsonBody('order.completed', { n: freshId() }), ...more });

async function accepted(signed, expected = {}) {
  const answer = await gateway.post('peeker', signed);
  assert.equal(answer.status, 202, answer.body);
  assert.deepEqual(JSON.parse(answer.body), { status: 'accepted', id: signed.id, ...expected });
  return answer;
}

const reached = (signed) => origin.requests.filter(({ body }) => body?.equals(signed.body));

async function untilReached(signed, count = 1) {
  const deadline = performance.now() + 10_000;
  while (reached(signed).length < count) {
    assert.ok(performance.now() < deadline, `${reached(signed).length} of ${count} requests have reached the origin`);
    await new Promise((done) => setTimeout(done, 10));
  }
  return reached(signed);
}

test('an event is stored, answered 202, and delivered with its headers and bytes', async (t) => {
  gateway = await start();
  t.after(() => gateway.close());
  const signed = event({ body: Buffer.from('{"type":"order.completed", "odd":"\u00e9\u0000\u{1F9FE}"}') });
  await accepted(signed);
  const [request] = await untilReached(signed);
  assert.equal(request.path, '/app');
  for (const [name, value] of signed.headers) assert.equal(received(request, name.toLowerCase()), value, name);
  assert.equal(received(request, 'countersign-source'), 'peeker');
  assert.equal(received(request, 'countersign-event-id'), signed.id);
  assert.equal(received(request, 'countersign-attempt'), '1');
  assert.match(received(request, 'countersign-delivery-id'), /^dlv_[0-9a-f]{32}$/);

  assert.deepEqual(await gateway.inbox.drained('peeker'), { delivered: 1 });
  const [row] = await gateway.inbox.events('peeker');
  assert.equal(row.id, signed.id);
  assert.equal(row.body.hex, signed.body.toString('hex'));
  const [attempt] = await gateway.inbox.attempts('peeker');
  assert.deepEqual([attempt.number, attempt.status, attempt.outcome], [1, 200, 'delivered']);
});

test('a copy is a duplicate while the first is waiting, and after it has arrived', async (t) => {
  gateway = await start();
  t.after(() => gateway.close());
  origin.on('/app', { status: 500, body: 'not today' });
  const signed = event();
  await accepted(signed);
  await untilReached(signed);
  assert.match((await gateway.post('peeker', signed)).body, /"status":"duplicate"/);
  origin.on('/app', {});
  await untilReached(signed, 2);
  await gateway.inbox.drained('peeker');
  assert.match((await gateway.post('peeker', signed)).body, /"status":"duplicate"/);
  assert.equal(reached(signed).length, 2);
  assert.equal((await gateway.inbox.events('peeker'))[0].copies, 2);
  const attempts = await gateway.inbox.attempts('peeker');
  assert.deepEqual(attempts.map(({ status, answer }) => [status, answer]), [[500, 'not today'], [200, '']]);
});

test('an hour later by the clock, what was to wait an hour goes out', async (t) => {
  const now = Date.now();
  gateway = await start();
  t.after(() => gateway.close());
  await gateway.clockAt(now);
  origin.on('/app', { status: 503 });
  const signed = event({ nowMs: now });
  await accepted(signed);
  const failed = (count) => gateway.inbox.until('peeker', async () => (await gateway.inbox.attempts('peeker')).length === count);
  await failed(1);
  await gateway.clockAt(now + 2000);
  await failed(2);
  origin.on('/app', {});
  const [{ object, due_at: dueAt }] = await gateway.inbox.deliveries('peeker');
  await gateway.inbox.until('peeker', async () => (await gateway.inbox.alarm(object)) === dueAt);
  await new Promise((done) => setTimeout(done, 300));
  assert.deepEqual(await gateway.inbox.states('peeker'), { pending: 1 });
  await gateway.clockAt(now + 2 * HOUR_MS);
  await untilReached(signed, 3);
  assert.deepEqual(await gateway.inbox.drained('peeker'), { delivered: 1 });
});

test('what is waiting is delivered after a restart', async (t) => {
  const storage = mkdtempSync(join(tmpdir(), 'countersign-inbox-'));
  gateway = await start({ storage, keepStorage: true });
  origin.on('/app', { status: 500 });
  const events = [event(), event(), event()];
  for (const signed of events) await accepted(signed);
  for (const signed of events) await untilReached(signed);
  await gateway.inbox.until('peeker', ({ pending }) => pending === 3);
  await gateway.close();

  origin.on('/app', {});
  gateway = await start({ storage });
  t.after(() => gateway.close());
  for (const signed of events) await untilReached(signed, 2);
  assert.deepEqual(await gateway.inbox.drained('peeker'), { delivered: 3 });
});

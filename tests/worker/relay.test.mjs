// The relay as its users see it: what is answered, what is forwarded, what is logged.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { received } from './harness/origin.mjs';
import { encodeRequest } from './harness/raw.mjs';
import { freshId, freshSecret, freshWebhookSecret, headerOf, jsonBody, sha256Hex, webhookSignature, withHeaders } from './harness/providers.mjs';
import { NOW_SECONDS, relay, startSuite } from './harness/suite.mjs';

const delivered = (id) => ({ status: 'delivered', id });
const SLOW = freshSecret('slow');
const RESIGNED = freshSecret('resigned');
const RESIGNED_WEBHOOKS = freshWebhookSecret();

let suite;
let signingSecret;
before(async () => {
  signingSecret = freshWebhookSecret();
  suite = await startSuite({
    sources: (origin) => ({
      resigned: relay('boateros', 'RESIGNED_SECRET', origin.url('/resigned'), { destination: { signingSecret: 'SIGNING_SECRET' } }),
      'resigned-webhooks': relay('standard-webhooks', 'RESIGNED_W_SECRET', origin.url('/resigned-webhooks'), { destination: { signingSecret: 'SIGNING_SECRET' } }),
      slow: relay('peeker', 'SLOW_SECRET', origin.url('/slow')),
      unready: relay('boateros', 'NOT_SET_YET', origin.url('/unready')),
    }),
    secrets: { RESIGNED_SECRET: RESIGNED, RESIGNED_W_SECRET: RESIGNED_WEBHOOKS, SIGNING_SECRET: signingSecret, SLOW_SECRET: SLOW },
  });
});
after(() => suite?.close());

const json = (answer) => JSON.parse(answer.body);

describe('an event is delivered', () => {
  test('Peeker', async () => {
    const signed = suite.sign.peeker();
    const answer = await suite.gateway.post('peeker', signed);
    assert.equal(answer.status, 200);
    assert.deepEqual(json(answer), delivered(signed.id));
    assert.ok(suite.origin.last('/peeker').body.equals(signed.body));
  });

  test('Boateros, which gives no id', async () => {
    const signed = suite.sign.boateros();
    const answer = await suite.gateway.post('boateros', signed);
    const key = `boateros:hull.created:${sha256Hex(signed.body)}`;
    assert.deepEqual(json(answer), delivered(`sha256_${sha256Hex(key)}`));
  });

  test('Standard Webhooks', async () => {
    const signed = suite.sign.webhooks();
    const answer = await suite.gateway.post('webhooks', signed);
    assert.deepEqual(json(answer), delivered(signed.id));
  });

  test('and the answer says no more than it must', async () => {
    const answer = await suite.good();
    assert.deepEqual(answer.headers.map(([name]) => name).sort(), ['content-length', 'content-type', 'countersign-request-id']);
    assert.equal(answer.header('content-type'), 'application/json');
  });
});

describe('the request at the destination, byte for byte', () => {
  const lowerSorted = (headers) => headers.map(([name, value]) => [name.toLowerCase(), value]).sort(([a], [b]) => (a < b ? -1 : 1));
  const common = (body) => ({
    'content-length': String(body.length),
    host: new URL(suite.origin.base).host,
    'content-type': 'application/json',
    'countersign-attempt': '1',
    'countersign-received-at': '2025-11-21T16:00:00.000Z',
  });
  const deliveryId = (request) => received(request, 'countersign-delivery-id');

  test('Peeker', async () => {
    const signed = suite.sign.peeker();
    await suite.gateway.post('peeker', signed);
    const request = suite.origin.last('/peeker');
    assert.match(deliveryId(request), /^dlv_[0-9a-f]{32}$/);
    assert.deepEqual(lowerSorted(request.headers), lowerSorted(Object.entries({
      ...common(signed.body),
      'countersign-source': 'peeker',
      'countersign-event-id': signed.id,
      'countersign-event-type': 'order.completed',
      'countersign-delivery-id': deliveryId(request),
      'peeker-event-id': signed.id,
      'peeker-timestamp': NOW_SECONDS,
      'peeker-signature': headerOf(signed, 'Peeker-Signature'),
    })));
    assert.equal(request.method, 'POST');
  });

  test('Boateros', async () => {
    const signed = suite.sign.boateros();
    const answer = await suite.gateway.post('boateros', signed);
    const request = suite.origin.last('/boateros');
    assert.deepEqual(lowerSorted(request.headers), lowerSorted(Object.entries({
      ...common(signed.body),
      'countersign-source': 'boateros',
      'countersign-event-id': json(answer).id,
      'countersign-event-type': 'hull.created',
      'countersign-delivery-id': deliveryId(request),
      'boateros-event': 'hull.created',
      'boateros-timestamp': '2025-11-21T16:00:00.000Z',
      'boateros-signature': headerOf(signed, 'Boateros-Signature'),
    })));
  });

  test('signed anew, as Standard Webhooks', async () => {
    const signed = suite.sign.boateros({ secret: RESIGNED });
    const answer = await suite.gateway.post('resigned', signed);
    const request = suite.origin.last('/resigned');
    const id = deliveryId(request);
    assert.deepEqual(lowerSorted(request.headers), lowerSorted(Object.entries({
      ...common(signed.body),
      'countersign-source': 'resigned',
      'countersign-event-id': json(answer).id,
      'countersign-event-type': 'hull.created',
      'countersign-delivery-id': id,
      'boateros-event': 'hull.created',
      'boateros-timestamp': '2025-11-21T16:00:00.000Z',
      'boateros-signature': headerOf(signed, 'Boateros-Signature'),
      'webhook-id': id,
      'webhook-timestamp': NOW_SECONDS,
      'webhook-signature': webhookSignature(signingSecret, id, NOW_SECONDS, signed.body),
    })));
  });

  test('signed anew where the provider signs in the same way: each header once, and it is ours', async () => {
    const signed = suite.sign.webhooks({ secret: RESIGNED_WEBHOOKS });
    await suite.gateway.post('resigned-webhooks', signed);
    const request = suite.origin.last('/resigned-webhooks');
    const id = deliveryId(request);
    assert.deepEqual(lowerSorted(request.headers.filter(([name]) => /^webhook-/i.test(name))), [
      ['webhook-id', id],
      ['webhook-signature', webhookSignature(signingSecret, id, NOW_SECONDS, signed.body)],
      ['webhook-timestamp', NOW_SECONDS],
    ]);
    assert.equal(received(request, 'countersign-event-id'), signed.id);
  });

  test('an event without a type has no header for one', async () => {
    await suite.gateway.post('peeker', suite.sign.peeker({ body: `{"n":"${freshId()}"}` }));
    assert.equal(received(suite.origin.last('/peeker'), 'countersign-event-type'), undefined);
  });
});

describe('the content type', () => {
  for (const [name, sent, expected] of [
    ['with a parameter', 'application/json; charset=utf-8', 'application/json; charset=utf-8'],
    ['of another kind', 'application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
    ['of 255 characters', `a/${'b'.repeat(253)}`, `a/${'b'.repeat(253)}`],
    ['of 256 characters', `a/${'b'.repeat(254)}`, 'application/octet-stream'],
    ['that comes twice', ['text/html', 'application/json'], 'application/octet-stream'],
    ['of odd bytes', 'application/json\xe9', 'application/octet-stream'],
    ['with a control byte', 'application/json\x01', 'application/octet-stream'],
    ['with a tab', 'application/json;\tcharset=utf-8', 'application/octet-stream'],
    ['that is empty', '', 'application/octet-stream'],
    ['that is missing', null, 'application/octet-stream'],
  ]) {
    test(name, async () => {
      const answer = await suite.gateway.post('peeker', withHeaders(suite.sign.peeker(), { 'Content-Type': sent }));
      assert.equal(answer.status, 200);
      assert.equal(received(suite.origin.last('/peeker'), 'content-type'), expected);
    });
  }
});

describe('every answer has an id of its own, by which its log line is found:', () => {
  const ids = new Set();
  for (const [name, send, status, outcome] of [
    ['delivered', () => suite.good(), 200, 'delivered'],
    ['refused', () => suite.gateway.post('peeker', suite.sign.peeker({ secret: 'wrong' })), 401, 'refused'],
    ['no such source', () => suite.gateway.post('unknown', suite.sign.peeker()), 404, 'refused'],
    ['no such method', () => suite.gateway.get('/hooks/peeker'), 405, 'refused'],
    ['out of service', () => suite.gateway.post('unready', suite.sign.boateros()), 503, 'refused'],
  ]) {
    test(name, async () => {
      const answer = await send();
      assert.equal(answer.status, status);
      const id = answer.header('countersign-request-id');
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.ok(!ids.has(id), 'the id came before');
      ids.add(id);
      const line = await suite.gateway.logLine(answer);
      assert.equal(line.requestId, id);
      assert.equal(line.status, status);
      assert.equal(line.outcome, outcome);
      const same = suite.gateway.logs.filter(({ message }) => message.includes(id));
      assert.equal(same.length, 1, 'one line for each request');
      assert.ok(!same[0].message.includes('\n'), 'and it is one line');
    });
  }

  test('the health check', async () => {
    const answer = await suite.gateway.get('/healthz');
    assert.match(answer.header('countersign-request-id'), /^[0-9a-f-]{36}$/);
  });
});

test('the log line of a delivery says what there is to know', async () => {
  const signed = suite.sign.peeker();
  const answer = await suite.gateway.post('peeker', signed);
  const { level, source, outcome, keyId, eventId, eventType, typeSigned, dedupe, destinationStatus, latencyMs } = await suite.gateway.logLine(answer);
  assert.deepEqual(
    { level, source, outcome, keyId, eventId, eventType, typeSigned, dedupe, destinationStatus },
    { level: 'info', source: 'peeker', outcome: 'delivered', keyId: 'PEEKER_SECRET', eventId: signed.id, eventType: 'order.completed', typeSigned: true, dedupe: 'fresh', destinationStatus: 200 },
  );
  assert.equal(typeof latencyMs, 'number');
});

describe('health', () => {
  test('a source that waits for its secret makes it bad, and the others serve', async () => {
    const health = await suite.gateway.get('/healthz');
    assert.deepEqual([health.status, health.body], [503, 'misconfigured']);
    const unready = await suite.gateway.post('unready', suite.sign.boateros());
    assert.deepEqual([unready.status, unready.body, unready.header('retry-after')], [503, '{"error":"misconfigured"}', '60']);
    assert.equal((await suite.good()).status, 200);
  });

  test('without a mistake it is good', async (context) => {
    const healthy = await startSuite();
    context.after(() => healthy.close());
    const answer = await healthy.gateway.get('/healthz');
    assert.deepEqual([answer.status, answer.body], [200, 'ok']);
    assert.match(answer.header('content-type'), /^text\/plain/);
  });
});

describe('a copy that comes while the first is on its way', () => {
  test('is told to come again', async () => {
    const release = hold('/slow');
    const signed = suite.sign.peeker({ secret: SLOW });
    const first = suite.gateway.post('slow', signed);
    await untilReached('/slow', signed.body);
    const copy = await suite.gateway.post('slow', signed);
    release();
    assert.deepEqual([copy.status, copy.body], [409, '{"error":"in_flight"}']);
    assert.match(copy.header('retry-after'), /^[1-9][0-9]?$/);
    assert.match((await first).body, /"delivered"/);
    assert.match((await suite.gateway.post('slow', signed)).body, /"duplicate"/);
    assert.equal(suite.origin.at('/slow').filter(({ body }) => body.equals(signed.body)).length, 1);
  });

  test('is forwarded if its body is another', async () => {
    const release = hold('/slow');
    const signed = suite.sign.peeker({ secret: SLOW });
    const other = suite.sign.peeker({ secret: SLOW, id: signed.id });
    const first = suite.gateway.post('slow', signed);
    await untilReached('/slow', signed.body);
    const second = suite.gateway.post('slow', other);
    await untilReached('/slow', other.body);
    release();
    assert.match((await second).body, /"delivered"/);
    assert.match((await first).body, /"delivered"/);
    assert.ok(suite.origin.accepted(signed.body) && suite.origin.accepted(other.body));
  });

  test('is delivered after the first one failed', async () => {
    const signed = suite.sign.peeker({ secret: SLOW });
    suite.origin.on('/slow', { status: 500 });
    assert.equal((await suite.gateway.post('slow', signed)).status, 502);
    suite.origin.on('/slow', {});
    assert.match((await suite.gateway.post('slow', signed)).body, /"delivered"/);
  });
});

test('a provider that hangs up does not cut the work in two', async () => {
  suite.origin.on('/slow', { delayMs: 400 });
  await suite.gateway.clear();
  const signed = suite.sign.peeker({ secret: SLOW });
  async function* andHangUp(bytes) {
    yield bytes;
    await untilReached('/slow', signed.body);
  }
  const bytes = encodeRequest({ target: '/hooks/slow', host: suite.gateway.host, headers: signed.headers, body: signed.body });
  const gone = await suite.gateway.sendBytes(andHangUp(bytes), { afterwards: 'hang-up' });
  assert.equal(gone.status, 0);
  await suite.gateway.idle();
  const { kv, counters } = await suite.gateway.state();
  assert.deepEqual(kv.map(({ name }) => name), [`seen/slow/peeker:${signed.id}`]);
  assert.deepEqual([counters.putsUnheld, counters.fetchesUnheld], [0, 0]);
  assert.match((await suite.gateway.post('slow', signed)).body, /"duplicate"/);
});

describe('with EXPLAIN', () => {
  let open;
  before(async () => {
    open = await startSuite({ vars: { EXPLAIN: 'true' } });
  });
  after(() => open?.close());

  test('a refusal says why, and shows neither secret nor signature', async () => {
    const signed = open.sign.peeker();
    const right = headerOf(signed, 'Peeker-Signature').slice(3);
    const answer = await open.gateway.post('peeker', withHeaders(signed, { 'Peeker-Signature': `v1=${'0'.repeat(64)}` }));
    assert.equal(answer.status, 401);
    const { error, code } = json(answer);
    assert.deepEqual({ error, code }, { error: 'unauthorized', code: 'signature_mismatch' });
    assert.ok(!answer.body.includes(right));
    assert.ok(!open.gateway.logs.some(({ message }) => message.includes(right)));
  });

  test('the log warns of it', () => {
    const [{ mistakes }] = open.gateway.lines().filter(({ message }) => message === 'configuration');
    assert.deepEqual(mistakes.filter(({ path }) => path === 'EXPLAIN').map(({ severity }) => severity), ['warning']);
  });
});

describe('the store', () => {
  test('holds a readable key for as long as the provider may send copies', async () => {
    await suite.gateway.clear();
    const peeker = suite.sign.peeker();
    const boateros = suite.sign.boateros();
    await suite.gateway.post('peeker', peeker);
    await suite.gateway.post('boateros', boateros);
    const { kv } = await suite.gateway.state();
    const hours = Object.fromEntries(kv.map(({ name, expiration }) => [name, Math.round((expiration * 1000 - Date.now()) / 3_600_000)]));
    assert.deepEqual(hours, {
      [`seen/peeker/peeker:${peeker.id}`]: 72,
      [`seen/boateros/boateros:hull.created:${sha256Hex(boateros.body)}`]: 120,
    });
  });

  test('is not asked for more than it must be', async () => {
    await suite.gateway.clear();
    const signed = suite.sign.peeker();
    await suite.gateway.post('peeker', signed);
    await suite.gateway.post('peeker', signed);
    const { counters } = await suite.gateway.state();
    assert.deepEqual({ get: counters.get, put: counters.put, list: counters.list, delete: counters.delete }, { get: 2, put: 1, list: 0, delete: 0 });
  });

  test('takes the longest id that there can be', async () => {
    const signed = suite.sign.peeker({ id: 'e'.repeat(255) });
    assert.match((await suite.gateway.post('peeker', signed)).body, /"delivered"/);
    assert.match((await suite.gateway.post('peeker', signed)).body, /"duplicate"/);
  });
});

/** Lets nothing that comes to this path be answered before the function is called that it returns. */
function hold(path) {
  const { promise, resolve } = Promise.withResolvers();
  suite.origin.on(path, { until: promise });
  return resolve;
}

async function untilReached(path, body) {
  const deadline = performance.now() + 5000;
  while (!suite.origin.at(path).some((request) => request.body?.equals(body))) {
    if (performance.now() > deadline) throw new Error(`nothing reached ${path}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

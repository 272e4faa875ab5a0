// Copies: those that are dropped, those that may not be, and what the clock makes of them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { received } from './harness/origin.mjs';
import { freshId, freshSecret, jsonBody, withHeaders } from './harness/providers.mjs';
import { NOW, relay, startSuite } from './harness/suite.mjs';

const MINUTE = 60_000;
const SECRETS = Object.fromEntries(['OFF', 'POINTER', 'SUPPRESS', 'SOON', 'P_REPLAYS', 'SHORT'].map((name) => [name, freshSecret(name)]));

let suite;
before(async () => {
  suite = await startSuite({
    secrets: SECRETS,
    sources: (origin) => ({
      off: relay('peeker', 'OFF', origin.url('/off'), { dedupe: false }),
      pointer: relay('boateros', 'POINTER', origin.url('/pointer'), { dedupe: { id: '/data/id' } }),
      suppress: relay('boateros', 'SUPPRESS', origin.url('/suppress'), { replays: 'suppress' }),
      soon: relay('boateros', 'SOON', origin.url('/soon'), { toleranceSeconds: 60, replayAfterSeconds: 121 }),
      'p-replays': relay('peeker', 'P_REPLAYS', origin.url('/p-replays'), { replays: 'deliver' }),
      short: relay('peeker', 'SHORT', origin.url('/short'), { dedupeWindowSeconds: 7200 }),
    }),
  });
});
after(() => suite?.close());

const json = (answer) => JSON.parse(answer.body);
const at = async (ms, act) => {
  await suite.setClock(ms);
  try {
    return await act();
  } finally {
    await suite.setClock(NOW);
  }
};
const deliveriesOf = (body) => suite.origin.requests.filter((request) => request.body?.equals(Buffer.from(body)));
const deliveryIds = (body) => deliveriesOf(body).map((request) => received(request, 'countersign-delivery-id'));
const hullBody = () => jsonBody('hull.created', { n: freshId() });

describe('a copy', () => {
  test('of a Peeker event is dropped, however it is signed', async () => {
    const signed = suite.sign.peeker();
    await suite.gateway.post('peeker', signed);
    const copy = await at(NOW + 5 * MINUTE, () => suite.gateway.post('peeker', suite.sign.peeker({ id: signed.id, body: signed.body })));
    assert.deepEqual(json(copy), { status: 'duplicate', id: signed.id, firstSeenAt: '2025-11-21T16:00:00.000Z' });
    assert.equal(deliveriesOf(signed.body).length, 1);
  });

  test('of a Boateros event is dropped, and its answer says from when on it would be a replay', async () => {
    const body = hullBody();
    const first = await suite.gateway.post('boateros', suite.sign.boateros({ body }));
    const copy = await at(NOW + MINUTE, () => suite.gateway.post('boateros', suite.sign.boateros({ body })));
    assert.deepEqual(json(copy), {
      status: 'duplicate',
      id: json(first).id,
      firstSeenAt: '2025-11-21T16:00:00.000Z',
      replayFrom: '2025-11-21T16:15:00.000Z',
    });
    assert.equal(deliveriesOf(body).length, 1);
  });

  test('is one whatever else of the request differs', async () => {
    const signed = suite.sign.peeker();
    await suite.gateway.post('peeker', signed);
    for (const [name, changed] of [
      ['hex in capitals', withHeaders(signed, { 'Peeker-Signature': signed.headers.at(-1)[1].replace(/[a-f]/g, (digit) => digit.toUpperCase()) })],
      ['more signatures', withHeaders(signed, { 'Peeker-Signature': `v0=x,${signed.headers.at(-1)[1]}` })],
      ['another content type', withHeaders(signed, { 'Content-Type': 'text/plain' })],
      ['headers in another order', { ...signed, headers: [...signed.headers].reverse() }],
      ['another header', withHeaders(signed, { 'X-Attempt': '2' })],
    ]) {
      assert.equal(json(await suite.gateway.post('peeker', changed)).status, 'duplicate', name);
    }
    assert.equal(json(await suite.gateway.post('peeker', signed, { target: '/hooks/peeker?attempt=2' })).status, 'duplicate', 'a query');
    assert.equal(deliveriesOf(signed.body).length, 1);
  });

  test('for another source is none', async () => {
    const { id, body } = suite.sign.peeker();
    await suite.gateway.post('peeker', suite.sign.peeker({ id, body }));
    const other = await suite.gateway.post('short', suite.sign.peeker({ id, body, secret: SECRETS.SHORT }));
    assert.equal(json(other).status, 'delivered');
  });
});

describe('fifty copies of one event', () => {
  test('at once: one is delivered, and none is lost', async () => {
    suite.origin.on('/peeker', { delayMs: 200 });
    const signed = suite.sign.peeker();
    const answers = await Promise.all(Array.from({ length: 50 }, () => suite.gateway.post('peeker', signed)));
    suite.origin.on('/peeker', {});
    const outcomes = answers.map((answer) => json(answer).status ?? json(answer).error);
    assert.deepEqual([...new Set(outcomes)].filter((outcome) => !['delivered', 'duplicate', 'in_flight'].includes(outcome)), []);
    // All of them meet in one isolate here; two isolates may deliver two.
    assert.equal(outcomes.filter((outcome) => outcome === 'delivered').length, 1);
    assert.equal(deliveriesOf(signed.body).length, 1);
    for (const answer of answers) assert.equal(answer.status, json(answer).error ? 409 : 200);
  });

  test('one after another: all but the first are duplicates', async () => {
    const signed = suite.sign.peeker();
    const outcomes = [];
    for (let i = 0; i < 50; i += 1) outcomes.push(json(await suite.gateway.post('peeker', signed)).status);
    assert.deepEqual(outcomes, ['delivered', ...Array(49).fill('duplicate')]);
    assert.equal(deliveriesOf(signed.body).length, 1);
  });

  test('at once, while the destination is down: all are told to come again, and then one is delivered', async () => {
    suite.origin.on('/peeker', { status: 503, delayMs: 50 });
    const signed = suite.sign.peeker();
    const answers = await Promise.all(Array.from({ length: 50 }, () => suite.gateway.post('peeker', signed)));
    suite.origin.on('/peeker', {});
    assert.deepEqual(answers.filter(({ status }) => status !== 502 && status !== 409), []);
    assert.equal(json(await suite.gateway.post('peeker', signed)).status, 'delivered');
  });
});

describe('the same Peeker id with other bytes', () => {
  test('is delivered and flagged, and its own copy is a duplicate', async () => {
    const first = suite.sign.peeker();
    const second = suite.sign.peeker({ id: first.id });
    await suite.gateway.post('peeker', first);
    const answer = await suite.gateway.post('peeker', second);
    assert.deepEqual(json(answer), { status: 'delivered', id: first.id, conflict: true });
    assert.equal(received(suite.origin.last('/peeker'), 'countersign-conflict'), 'true');
    assert.equal(received(suite.origin.last('/peeker'), 'countersign-event-id'), first.id);
    assert.notDeepEqual(deliveryIds(first.body), deliveryIds(second.body));

    for (const copy of [second, first, second]) assert.equal(json(await suite.gateway.post('peeker', copy)).status, 'duplicate');
    assert.deepEqual([deliveriesOf(first.body).length, deliveriesOf(second.body).length], [1, 1]);
    assert.equal((await suite.gateway.logLine(answer)).dedupe, 'conflict');
  });

  test('and again others: none is dropped', async () => {
    const id = freshId();
    const events = Array.from({ length: 5 }, () => suite.sign.peeker({ id }));
    for (const event of events) assert.equal(json(await suite.gateway.post('peeker', event)).status, 'delivered');
    for (const event of events) assert.equal(json(await suite.gateway.post('peeker', event)).status, 'duplicate');
  });
});

describe('the same Boateros body', () => {
  test('under two catalogued types is two events', async () => {
    const body = `{"n":"${freshId()}"}`;
    const answers = [];
    for (const type of ['hull.created', 'hull.syndicated']) answers.push(json(await suite.gateway.post('boateros', suite.sign.boateros({ type, body }))));
    assert.deepEqual(answers.map(({ status }) => status), ['delivered', 'delivered']);
    assert.notEqual(answers[0].id, answers[1].id);
    assert.equal(new Set(deliveryIds(body)).size, 2);
    for (const type of ['hull.created', 'hull.syndicated']) {
      assert.equal(json(await suite.gateway.post('boateros', suite.sign.boateros({ type, body }))).status, 'duplicate');
    }
  });

  test('under a type that says the body, whatever the header says, is one', async () => {
    const body = hullBody();
    await suite.gateway.post('boateros', suite.sign.boateros({ type: 'hull.created', body }));
    assert.equal(json(await suite.gateway.post('boateros', suite.sign.boateros({ type: 'hull.sold', body }))).status, 'duplicate');
  });
});

describe('a replay at Boateros', () => {
  const send = (ms, body) => at(ms, () => suite.gateway.post('boateros', suite.sign.boateros({ body })));

  test('a quarter of an hour after the delivery is delivered, marked, under a new delivery id', async () => {
    const body = hullBody();
    const first = await send(NOW, body);
    assert.equal(json(await send(NOW + MINUTE, body)).status, 'duplicate', 'after a minute it is a copy');
    assert.equal(json(await send(NOW + 15 * MINUTE - 1, body)).status, 'duplicate', 'a millisecond early it still is');

    const replay = await send(NOW + 16 * MINUTE, body);
    assert.deepEqual(json(replay), { status: 'delivered', id: json(first).id, replay: true });
    const request = suite.origin.last('/boateros');
    assert.equal(received(request, 'countersign-replay'), 'true');
    assert.equal(received(request, 'countersign-event-id'), json(first).id);
    assert.equal((await suite.gateway.logLine(replay)).dedupe, 'replay');

    const retry = json(await send(NOW + 17 * MINUTE, body));
    assert.deepEqual(retry, { status: 'duplicate', id: json(first).id, firstSeenAt: '2025-11-21T16:00:00.000Z', replayFrom: '2025-11-21T16:31:00.000Z' });

    assert.equal(json(await send(NOW + 32 * MINUTE, body)).replay, true, 'and it can be replayed again');
    assert.equal(new Set(deliveryIds(body)).size, 3);
    assert.deepEqual(deliveriesOf(body).map((one) => received(one, 'countersign-replay')), [undefined, 'true', 'true']);
  });

  test('that the destination refused keeps its delivery id when it is tried again', async () => {
    const body = hullBody();
    await send(NOW, body);
    suite.origin.on('/boateros', { status: 500 });
    assert.equal((await send(NOW + 16 * MINUTE, body)).status, 502);
    suite.origin.on('/boateros', {});
    assert.equal(json(await send(NOW + 17 * MINUTE, body)).replay, true);
    const [, failed, retried] = deliveryIds(body);
    assert.equal(failed, retried);
  });

  test('is a copy where replays are suppressed', async () => {
    const body = hullBody();
    const post = (ms) => at(ms, () => suite.gateway.post('suppress', suite.sign.boateros({ secret: SECRETS.SUPPRESS, body })));
    await post(NOW);
    const copy = json(await post(NOW + 16 * MINUTE));
    assert.deepEqual(Object.keys(copy).sort(), ['firstSeenAt', 'id', 'status'], 'there is no moment from which on it would be one');
    assert.equal(copy.status, 'duplicate');
  });

  test('comes sooner where that is configured', async () => {
    const body = hullBody();
    const post = (ms) => at(ms, () => suite.gateway.post('soon', suite.sign.boateros({ secret: SECRETS.SOON, body })));
    await post(NOW);
    assert.equal(json(await post(NOW + 120_999)).status, 'duplicate');
    assert.equal(json(await post(NOW + 121_000)).replay, true);
  });
});

describe('a Peeker copy that comes long after', () => {
  const post = (source, secret, { id, body }, ms) => at(ms, () => suite.gateway.post(source, suite.sign.peeker({ secret, id, body })));

  test('is a copy', async () => {
    const event = suite.sign.peeker();
    await suite.gateway.post('peeker', event);
    assert.equal(json(await post('peeker', suite.secrets.PEEKER_SECRET, event, NOW + 24 * 60 * MINUTE)).status, 'duplicate');
  });

  test('is a replay where that is configured', async () => {
    const event = suite.sign.peeker({ secret: SECRETS.P_REPLAYS });
    await suite.gateway.post('p-replays', event);
    assert.equal(json(await post('p-replays', SECRETS.P_REPLAYS, event, NOW + 16 * MINUTE)).replay, true);
  });
});

describe('dedupe as configured:', () => {
  test('off, every copy is delivered and the store is left alone', async () => {
    await suite.gateway.clear();
    const event = suite.sign.peeker({ secret: SECRETS.OFF });
    for (let i = 0; i < 3; i += 1) assert.equal(json(await suite.gateway.post('off', event)).status, 'delivered');
    const { counters, kv } = await suite.gateway.state();
    assert.deepEqual([counters.get, counters.put, kv], [0, 0, []]);
    assert.equal(new Set(deliveryIds(event.body)).size, 1, 'they are one delivery, and say so');
  });

  test('by an id in the body', async () => {
    const post = (data) => suite.gateway.post('pointer', suite.sign.boateros({ secret: SECRETS.POINTER, body: jsonBody('hull.sold', data) }));
    const id = freshId('hull');
    assert.equal(json(await post({ id, n: 1 })).status, 'delivered');
    assert.equal(json(await post({ id, n: 1 })).status, 'duplicate');
    assert.equal(json(await post({ id, n: 2 })).conflict, true, 'the same id with other bytes');
    assert.equal(json(await post({ id: freshId('hull'), n: 1 })).status, 'delivered');
  });

  test('by an id that is not in the body, it is as if none were configured', async () => {
    const post = (body) => suite.gateway.post('pointer', suite.sign.boateros({ secret: SECRETS.POINTER, body }));
    const body = hullBody();
    assert.equal(json(await post(body)).status, 'delivered');
    assert.equal(json(await post(body)).status, 'duplicate');
    assert.equal(json(await post(hullBody())).status, 'delivered');
  });

  test('for a shorter time', async () => {
    await suite.gateway.clear();
    await suite.gateway.post('short', suite.sign.peeker({ secret: SECRETS.SHORT }));
    const { kv: [{ expiration }] } = await suite.gateway.state();
    assert.equal(Math.round((expiration * 1000 - Date.now()) / MINUTE), 120);
  });
});

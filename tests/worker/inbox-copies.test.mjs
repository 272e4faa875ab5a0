// Copies of an event in an inbox: what is stored once, what is sent again, by the state of the first.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Line } from './harness/inbox-load.mjs';
import { startInboxes, storageInMemory, valuesOf } from './harness/inbox-suite.mjs';
import { freshId, jsonBody } from './harness/providers.mjs';

// The full size is 1,000.
const EVENTS = Number(process.env.COUNTERSIGN_EVENTS ?? 200);
const COPIES = 50;
const GROUPS = 4;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe(`${COPIES} copies at once of each of ${EVENTS} events`, () => {
  let suite;
  before(async () => {
    suite = await startInboxes({
      storage: storageInMemory(),
      sources: () => ({ peeker: { shards: 4 }, boateros: { scheme: 'boateros', shards: 4 } }),
    });
  });
  after(() => suite?.close());

  for (const source of ['peeker', 'boateros']) {
    test(`${source}: each is stored once and delivered once`, async () => {
      const events = Array.from({ length: EVENTS / 2 }, () => suite.sign(source));
      const groups = Array.from({ length: GROUPS }, () => Array.from({ length: COPIES }, () => new Line(suite.gateway.url)));
      const waiting = [...events];
      await Promise.all(groups.map(async (lines) => {
        while (waiting.length > 0) await sendCopies(source, waiting.pop(), lines);
      }));
      groups.flat().forEach((line) => line.close());
      await onceEach(source, events);
    });
  }

  /** A provider signs each copy anew: at another moment. */
  async function sendCopies(source, { id, body, type }, lines) {
    const copies = lines.map((_, n) => suite.encode(source, suite.sign(source, { id, body, type, nowMs: Date.now() - n * 1000 })));
    const answers = await Promise.all(copies.map((bytes, n) => untilTaken(lines[n], bytes)));
    const statuses = answers.map(({ body: answer }) => JSON.parse(answer).status).sort();
    assert.deepEqual(statuses, ['accepted', ...Array(COPIES - 1).fill('duplicate')]);
  }

  /** Who is told to come again, does. */
  async function untilTaken(line, bytes) {
    const answer = await line.exchange(bytes);
    return answer.status === 503 ? untilTaken(line, bytes) : answer;
  }

  async function onceEach(source, events) {
    assert.deepEqual(await suite.settled(source), { delivered: events.length });
    const rows = await suite.inbox.all(source, 'SELECT copies FROM event');
    assert.deepEqual(rows.map(({ copies }) => copies), events.map(() => COPIES - 1));
    const bodies = suite.at(source).map(({ body }) => body.toString('utf8')).sort();
    assert.deepEqual(bodies, events.map(({ body }) => body.toString('utf8')).sort());
    assert.equal(new Set(valuesOf(suite.at(source), 'countersign-delivery-id')).size, events.length);
  }
});

describe('a copy', () => {
  let suite;
  before(async () => {
    suite = await startInboxes({
      sources: (to) => ({
        peeker: {},
        boateros: { scheme: 'boateros', shards: 4 },
        suppress: { scheme: 'boateros', replays: 'suppress' },
        deliver: { replays: 'deliver' },
        pending: { scheme: 'boateros', retrySchedule: [3600] },
        dead: { scheme: 'boateros' },
        half: { destinations: [to('half-good'), to('half-bad')] },
        conflict: {},
        labels: { scheme: 'boateros' },
        off: { dedupe: false },
      }),
    });
  });
  after(() => suite?.close());

  const deliveryIds = (path) => valuesOf(suite.at(path), 'countersign-delivery-id');

  /** An event that has arrived. */
  async function delivered(source) {
    const before = suite.at(source).length;
    const sent = await suite.send(source);
    assert.deepEqual([sent.status, sent.json], [202, { status: 'accepted', id: sent.json.id }]);
    await suite.arrived(source, before + 1);
    await suite.settled(source);
    return sent;
  }

  test('at Boateros: a minute later it is a retry, an hour later a replay, and a minute after that a retry of the replay', async () => {
    const { signed, json: first } = await delivered('boateros');
    await suite.clockAhead(MINUTE);
    const retry = await suite.copy('boateros', signed);
    assert.equal(retry.status, 200);
    assert.deepEqual([retry.json.status, retry.json.id], ['duplicate', first.id]);
    const wait = Date.parse(retry.json.replayFrom) - Date.parse(retry.json.firstSeenAt);
    assert.ok(wait >= 15 * MINUTE && wait < 15 * MINUTE + 20_000, `from ${wait} ms on`);

    await suite.clockAhead(HOUR);
    const replay = await suite.copy('boateros', signed);
    assert.deepEqual([replay.status, replay.json], [202, { status: 'accepted', id: first.id, replay: true }]);
    await suite.arrived('boateros', 2);
    await suite.settled('boateros');

    await suite.clockAhead(HOUR + MINUTE);
    assert.equal((await suite.copy('boateros', signed)).json.status, 'duplicate');
    const requests = suite.at('boateros');
    assert.equal(requests.length, 2);
    assert.deepEqual(valuesOf(requests, 'countersign-replay'), [undefined, 'true']);
    assert.deepEqual(valuesOf(requests, 'countersign-event-id'), [first.id, first.id]);
    assert.deepEqual(valuesOf(requests, 'countersign-attempt'), ['1', '1']);
    assert.equal(new Set(deliveryIds('boateros')).size, 2);
    for (const { body } of requests) assert.ok(body.equals(signed.body));

    await suite.clockAhead(2 * HOUR);
    assert.equal((await suite.copy('boateros', signed)).json.replay, true, 'and it can be replayed again');
    await suite.arrived('boateros', 3);
    assert.equal(new Set(deliveryIds('boateros')).size, 3);
  });

  test('at Boateros, of a replay that waits for its destination, is a duplicate', async () => {
    const { signed } = await delivered('pending');
    suite.origin.on('/pending', { status: 500 });
    await suite.clockAhead(4 * HOUR);
    assert.equal((await suite.copy('pending', signed)).json.replay, true);
    await suite.arrived('pending', 2);
    assert.equal((await suite.copy('pending', signed)).json.status, 'duplicate');
    suite.origin.on('/pending', {});
    await suite.clockAhead(6 * HOUR);
    await suite.arrived('pending', 3);
    const [, ...replays] = deliveryIds('pending');
    assert.equal(replays[0], replays[1], 'a replay keeps its id over its attempts');
    assert.deepEqual(valuesOf(suite.at('pending'), 'countersign-attempt'), ['1', '1', '2']);
  });

  test('at Boateros is suppressed where that is configured', async () => {
    const { signed } = await delivered('suppress');
    await suite.clockAhead(8 * HOUR);
    const { json } = await suite.copy('suppress', signed);
    assert.deepEqual(Object.keys(json).sort(), ['firstSeenAt', 'id', 'status']);
    assert.equal(json.status, 'duplicate');
    assert.equal(suite.at('suppress').length, 1);
  });

  test('at Peeker is suppressed for as long as the window lasts', async () => {
    const { signed } = await delivered('peeker');
    await suite.clockAhead(2 * DAY);
    assert.equal((await suite.copy('peeker', signed)).json.status, 'duplicate');
    await suite.clockAhead(2.9 * DAY);
    assert.equal((await suite.copy('peeker', signed)).json.status, 'duplicate');
    assert.equal(suite.at('peeker').length, 1);
    await suite.clockAhead(4 * DAY);
    assert.equal((await suite.copy('peeker', signed)).json.status, 'accepted');
    await suite.arrived('peeker', 2);
  });

  test('at Peeker is a replay where that is configured', async () => {
    const { signed } = await delivered('deliver');
    await suite.clockAhead(4 * DAY + 10 * MINUTE);
    assert.equal((await suite.copy('deliver', signed)).json.status, 'duplicate');
    await suite.clockAhead(4 * DAY + 16 * MINUTE);
    assert.equal((await suite.copy('deliver', signed)).json.replay, true);
    await suite.arrived('deliver', 2);
  });

  test('of an event that is on its way, or waits for its next attempt, is a duplicate', async () => {
    const { promise, resolve } = Promise.withResolvers();
    suite.origin.on('/dead', { until: promise, status: 500 });
    const { signed } = await suite.send('dead');
    await suite.arrived('dead');
    assert.equal((await suite.copy('dead', signed)).json.status, 'duplicate', 'on its way');
    resolve();
    await suite.inbox.until('dead', ({ pending }) => pending === 1);
    const { status, json } = await suite.copy('dead', signed);
    assert.deepEqual([status, json.status, json.replayFrom], [200, 'duplicate', undefined], 'waiting');
    const [{ copies }] = await suite.inbox.events('dead');
    assert.equal(copies, 2);
    await suite.inbox.until('dead', ({ dead }) => dead === 1);
  });

  test('of a dead event drives it again, under the same delivery id', async () => {
    const [{ body }] = suite.at('dead');
    const path = deliveryIds('dead');
    assert.deepEqual([path.length, new Set(path).size], [3, 1], 'three attempts');
    suite.origin.on('/dead', {});
    const { status, json } = await suite.copy('dead', { body });
    assert.deepEqual([status, json.status, json.redriven], [202, 'accepted', true]);
    assert.deepEqual(await suite.settled('dead'), { delivered: 1 });
    const requests = await suite.arrived('dead', 4);
    assert.equal(new Set(deliveryIds('dead')).size, 1);
    assert.deepEqual(valuesOf(requests, 'countersign-attempt'), ['1', '2', '3', '4']);
    assert.deepEqual(valuesOf(requests, 'countersign-replay'), Array(4).fill(undefined));
    assert.equal((await suite.copy('dead', { body })).json.status, 'duplicate', 'now it is delivered');
  });

  test('of an event that is dead at one of two destinations goes to that one only', async () => {
    suite.origin.on('/half-bad', { status: 410 });
    const { signed } = await suite.send('half');
    assert.deepEqual(await suite.settled('half'), { dead: 1, delivered: 1 });
    suite.origin.on('/half-bad', {});
    assert.equal((await suite.copy('half', signed)).json.redriven, true);
    assert.deepEqual(await suite.settled('half'), { delivered: 2 });
    assert.deepEqual([suite.at('half-good').length, suite.at('half-bad').length], [1, 2]);
  });

  test('with another body under the same Peeker id is delivered and flagged, and its own copy is a duplicate', async () => {
    const { signed: first } = await delivered('conflict');
    const second = await suite.send('conflict', { id: first.id });
    assert.deepEqual([second.status, second.json], [202, { status: 'accepted', id: first.id, conflict: true }]);
    const requests = await suite.arrived('conflict', 2);
    assert.deepEqual(valuesOf(requests, 'countersign-conflict'), [undefined, 'true']);
    assert.deepEqual(valuesOf(requests, 'countersign-event-id'), [first.id, first.id]);
    assert.equal(new Set(deliveryIds('conflict')).size, 2);
    await suite.settled('conflict');
    for (const copy of [first, second.signed]) assert.equal((await suite.copy('conflict', copy)).json.status, 'duplicate');
    assert.equal(suite.at('conflict').length, 2);
    assert.deepEqual((await suite.inbox.events('conflict')).map(({ conflict }) => conflict), [0, 1]);
  });

  test('at Boateros under another catalogued type is another event', async () => {
    const body = `{"n":"${freshId()}"}`;
    const types = ['hull.created', 'hull.syndicated'];
    const ids = [];
    for (const type of types) ids.push((await suite.send('labels', { type, body })).json.id);
    assert.equal(new Set(ids).size, 2);
    await suite.arrived('labels', 2);
    for (const type of types) assert.equal((await suite.send('labels', { type, body })).json.status, 'duplicate');
  });

  test('is delivered where dedupe is off', async () => {
    const { signed } = await suite.send('off');
    for (let i = 0; i < 2; i += 1) assert.equal((await suite.copy('off', signed)).json.status, 'accepted');
    const requests = await suite.arrived('off', 3);
    for (const { body } of requests) assert.ok(body.equals(signed.body));
    assert.deepEqual(new Set(valuesOf(requests, 'countersign-event-id')), new Set([signed.id]));
    assert.equal((await suite.inbox.events('off')).length, 3);
  });

  test('for another source is none', async () => {
    const body = jsonBody('order.completed', { n: freshId() });
    const { signed } = await suite.send('peeker', { body });
    assert.equal((await suite.send('conflict', { id: signed.id, body })).json.status, 'accepted');
  });
});

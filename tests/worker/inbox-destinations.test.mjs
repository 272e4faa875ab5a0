// What the destinations of an inbox get, when, and what their answers do.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startInboxes, valuesOf } from './harness/inbox-suite.mjs';
import { until } from './harness/inbox-outage.mjs';
import { closedUrl, received } from './harness/origin.mjs';
import { freshWebhookSecret, jsonBody, webhookSignature } from './harness/providers.mjs';

const SIGNING = { NEW_SIGNING: freshWebhookSecret(), OLD_SIGNING: freshWebhookSecret() };
// An answer takes less, also on a busy machine.
const TIMEOUT_MS = 4000;

let suite;
before(async () => {
  const closed = await closedUrl();
  suite = await startInboxes({
    secrets: SIGNING,
    sources: (to) => ({
      fan: { destinations: [to('orders', { events: ['order.*'] }), to('swaps', { events: ['swap.*'] }), to('all')] },
      picky: { destinations: [to('picky', { events: ['swap.*'] })] },
      uneven: { retrySchedule: [1, 3600], destinations: [to('quick'), to('slow', { retrySchedule: [3, 3600] })] },
      // Who waited for the one that fails would wait for its timeout.
      pair: { retrySchedule: [3600], destinations: [to('bad', { timeoutSeconds: 30 }), to('good')] },
      rotated: {
        scheme: 'boateros',
        retrySchedule: [2],
        destinations: [to('rotated', { signingSecret: ['NEW_SIGNING', 'OLD_SIGNING'] }), to('resigned', { signingSecret: 'NEW_SIGNING' })],
      },
      unsigned: { scheme: 'boateros' },
      webhooks: { scheme: 'standard-webhooks', destinations: [to('webhooks', { signingSecret: 'OLD_SIGNING' })] },
      schedule: { retrySchedule: [1, 2] },
      busy: {},
      unavailable: { retrySchedule: [2] },
      broken: {},
      gone: {},
      exhausted: { retrySchedule: [1] },
      ...Object.fromEntries([301, 302, 303, 307, 308].map((status) => [`moved-${status}`, { retrySchedule: [3600] }])),
      ...Object.fromEntries([200, 201, 204, 299].map((status) => [`good-${status}`, {}])),
      hanging: { retrySchedule: [1], destinations: [to('hanging', { timeoutSeconds: TIMEOUT_MS / 1000 })] },
      closed: { retrySchedule: [3600], destinations: [{ name: 'closed', url: closed, signingSecret: false }] },
      'reset-before': {},
      'reset-after': {},
      talkative: {},
      dripping: { destinations: [to('dripping', { timeoutSeconds: TIMEOUT_MS / 1000 })] },
    }),
  });
});
after(() => suite?.close());

const failing = (times, behaviour = { status: 500 }) => (_, before) => (before < times ? behaviour : {});
const attemptsOf = (source) => suite.inbox.attempts(source);
/** The seconds from the end of each attempt of a source's only event to the beginning of the next, at one destination. */
async function pauses(source, destination = source) {
  const attempts = (await attemptsOf(source)).filter((attempt) => attempt.destination === destination);
  const ends = attempts.map(({ at, latency_ms: latency }) => at + latency);
  return attempts.slice(1).map(({ at }, n) => (at - ends[n]) / 1000);
}
/** Never too soon; how much too late, depends on how busy the machine is. */
const isAbout = (seconds, expected) =>
  assert.ok(seconds >= expected * 0.9 && seconds <= expected * 1.1 + 5, `${seconds} s instead of ${expected} s`);

describe('what is sent where, and when', { concurrency: true }, () => {
  test('each destination gets what its filter lets pass, under a delivery id of its own', async () => {
    const order = await suite.send('fan');
    const swap = await suite.send('fan', { body: jsonBody('swap.completed') });
    await suite.settled('fan');
    const ids = (path) => valuesOf(suite.at(path), 'countersign-event-id').sort();
    const both = [order.json.id, swap.json.id].sort();
    assert.deepEqual([ids('orders'), ids('swaps'), ids('all')], [[order.json.id], [swap.json.id], both]);
    const deliveries = ['orders', 'swaps', 'all'].flatMap((path) => valuesOf(suite.at(path), 'countersign-delivery-id'));
    assert.equal(new Set(deliveries).size, 4);
  });

  test('what no destination wants is not stored', async () => {
    const { status, json } = await suite.send('picky');
    assert.deepEqual([status, json.status], [200, 'filtered']);
    assert.deepEqual(await suite.inbox.events('picky'), []);
  });

  test('a destination may have a schedule of its own', async () => {
    for (const path of ['quick', 'slow']) suite.origin.on(`/${path}`, failing(1));
    await suite.send('uneven');
    await suite.settled('uneven');
    isAbout((await pauses('uneven', 'quick'))[0], 1);
    isAbout((await pauses('uneven', 'slow'))[0], 3);
  });

  test('one that fails never delays another', async () => {
    const { promise, resolve } = Promise.withResolvers();
    suite.origin.on('/bad', { status: 500, until: promise });
    const sentAt = new Map();
    for (let i = 0; i < 20; i += 1) sentAt.set((await suite.send('pair')).json.id, Date.now());
    const good = await suite.arrived('good', 20);
    const delays = good.map((request) => request.at - sentAt.get(received(request, 'countersign-event-id')));
    assert.ok(Math.max(...delays) < 10_000, `${delays} ms`);
    assert.ok(suite.at('bad').length < 20, 'the one that fails is far behind');
    assert.equal((await suite.inbox.states('pair')).pending >= 1, true);
    resolve();
  });

  test('attempts are numbered and keep schedule, delivery id and time of receipt', async () => {
    suite.origin.on('/schedule', failing(2, { status: 500, body: 'not today' }));
    const { json } = await suite.send('schedule');
    assert.deepEqual(await suite.settled('schedule'), { delivered: 1 });
    const requests = suite.at('schedule');
    assert.deepEqual(valuesOf(requests, 'countersign-attempt'), ['1', '2', '3']);
    for (const name of ['countersign-delivery-id', 'countersign-received-at', 'countersign-event-id']) {
      assert.equal(new Set(valuesOf(requests, name)).size, 1, name);
    }
    assert.equal(received(requests[0], 'countersign-event-id'), json.id);
    (await pauses('schedule')).forEach((seconds, n) => isAbout(seconds, [1, 2][n]));
    assert.deepEqual(
      (await attemptsOf('schedule')).map(({ number, status, outcome, answer, error }) => [number, status, outcome, answer, error]),
      [[1, 500, 'destination_refused', 'not today', null], [2, 500, 'destination_refused', 'not today', null], [3, 200, 'delivered', '', null]],
    );
  });
});

describe('the headers', { concurrency: true }, () => {
  const sorted = (headers) => headers.map(([name, value]) => [name.toLowerCase(), value]).sort(([a], [b]) => (a < b ? -1 : 1));
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

  /** All of them, of an event whose provider sent some. */
  const expected = (request, source, { signed, json }, more) => {
    const provided = signed.headers.map(([name, value]) => [name.toLowerCase(), value]);
    assert.match(received(request, 'countersign-received-at'), isInstant);
    assert.match(received(request, 'countersign-delivery-id'), /^dlv_[0-9a-f]{32}$/);
    return sorted(Object.entries({
      ...Object.fromEntries(provided),
      host: new URL(suite.origin.base).host,
      'content-length': String(signed.body.length),
      'countersign-source': source,
      'countersign-event-id': json.id,
      'countersign-event-type': signed.type ?? JSON.parse(signed.body).type,
      'countersign-delivery-id': received(request, 'countersign-delivery-id'),
      'countersign-attempt': '1',
      'countersign-received-at': received(request, 'countersign-received-at'),
      ...more,
    }));
  };

  test('without a signing secret are the provider\'s signature and ours about the delivery, and no others', async () => {
    const sent = await suite.send('unsigned');
    const [request] = await suite.arrived('unsigned');
    assert.deepEqual(sorted(request.headers), expected(request, 'unsigned', sent, {}));
    assert.ok(request.body.equals(sent.signed.body));
    assert.equal(request.method, 'POST');
  });

  test('with two signing secrets carry a signature of each, anew for each attempt, under the delivery id', async () => {
    suite.origin.on('/rotated', failing(1));
    const sent = await suite.send('rotated');
    await suite.settled('rotated');
    const requests = suite.at('rotated');
    const id = received(requests[0], 'countersign-delivery-id');
    const timestamps = valuesOf(requests, 'webhook-timestamp');
    const attempts = (await attemptsOf('rotated')).filter(({ destination }) => destination === 'rotated');
    assert.equal(requests.length, 2);
    assert.notEqual(timestamps[0], timestamps[1]);
    for (const [n, request] of requests.entries()) {
      const [second, { at, latency_ms: latency }] = [Number(timestamps[n]), attempts[n]];
      assert.ok(second >= Math.floor(at / 1000) && second <= (at + latency) / 1000, `signed at ${second}, sent at ${at}`);
      assert.deepEqual(sorted(request.headers), expected(request, 'rotated', sent, {
        'countersign-attempt': String(n + 1),
        'webhook-id': id,
        'webhook-timestamp': timestamps[n],
        'webhook-signature': [SIGNING.NEW_SIGNING, SIGNING.OLD_SIGNING].map((secret) => webhookSignature(secret, id, timestamps[n], request.body)).join(' '),
      }));
    }
  });

  test('with one signing secret carry one signature, under another delivery id', async () => {
    const [request] = await suite.arrived('resigned');
    const id = received(request, 'countersign-delivery-id');
    const signature = webhookSignature(SIGNING.NEW_SIGNING, id, received(request, 'webhook-timestamp'), request.body);
    assert.deepEqual([received(request, 'webhook-id'), received(request, 'webhook-signature')], [id, signature]);
    assert.notEqual(id, received((await suite.arrived('rotated'))[0], 'countersign-delivery-id'));
  });

  test('of a provider that signs as we do are there once, and they are ours', async () => {
    const { json } = await suite.send('webhooks');
    const [request] = await suite.arrived('webhooks');
    const id = received(request, 'countersign-delivery-id');
    const timestamp = received(request, 'webhook-timestamp');
    assert.deepEqual(sorted(request.headers.filter(([name]) => /^webhook-/i.test(name))), [
      ['webhook-id', id],
      ['webhook-signature', webhookSignature(SIGNING.OLD_SIGNING, id, timestamp, request.body)],
      ['webhook-timestamp', timestamp],
    ]);
    assert.equal(received(request, 'countersign-event-id'), json.id);
  });
});

describe('what an answer does', { concurrency: true }, () => {
  const once = async (source, behaviour, states) => {
    suite.origin.on(`/${source}`, behaviour);
    const sent = await suite.send(source);
    // What waits for its first attempt is pending, too.
    const isTried = async () => (await attemptsOf(source)).length > 0;
    await suite.inbox.until(source, async (now) => JSON.stringify(now) === JSON.stringify(states) && isTried());
    return sent;
  };

  for (const status of [200, 201, 204, 299]) {
    test(`${status}: delivered`, () => once(`good-${status}`, { status }, { delivered: 1 }));
  }

  test('429 with Retry-After: tried again when it says, not sooner', async () => {
    await once('busy', failing(1, { status: 429, headers: { 'retry-after': '3' } }), { delivered: 1 });
    const [seconds] = await pauses('busy');
    assert.ok(seconds >= 3 && seconds < 8, `${seconds} s`);
    const [first, second] = suite.at('busy');
    assert.ok(second.at - first.at > 2500);
  });

  test('503 with a Retry-After below the schedule: the schedule counts', async () => {
    await once('unavailable', failing(1, { status: 503, headers: { 'retry-after': '1' } }), { delivered: 1 });
    isAbout((await pauses('unavailable'))[0], 2);
  });

  test('500 with Retry-After: the schedule counts', async () => {
    await once('broken', failing(1, { status: 500, headers: { 'retry-after': '30' } }), { delivered: 1 });
    isAbout((await pauses('broken'))[0], 1);
  });

  test('410: dead at once', async () => {
    await once('gone', { status: 410 }, { dead: 1 });
    assert.equal(suite.at('gone').length, 1);
  });

  test('anything else: dead when the schedule has come to its end, and the log says so', async () => {
    const { json } = await once('exhausted', { status: 404 }, { dead: 1 });
    assert.equal(suite.at('exhausted').length, 2);
    const logged = () => suite.gateway.lines().filter(({ message, eventId }) => message === 'delivery' && eventId === json.id);
    await until(() => logged().length >= 2, 20_000, 'the log says so');
    const lines = logged();
    assert.deepEqual(lines.map(({ level, state, attempt, destinationStatus }) => [level, state, attempt, destinationStatus]), [
      ['warn', 'pending', 1, 404],
      ['error', 'dead', 2, 404],
    ]);
    const deliveryId = received(suite.at('exhausted')[0], 'countersign-delivery-id');
    for (const line of lines) assert.equal(line.deliveryId, deliveryId);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status}: not followed, tried again`, async () => {
      const location = suite.origin.url('/elsewhere');
      await once(`moved-${status}`, { status, headers: { location } }, { pending: 1 });
      const [attempt] = await attemptsOf(`moved-${status}`);
      assert.deepEqual([attempt.status, attempt.outcome], [status, 'destination_redirected']);
      assert.deepEqual(suite.at('elsewhere'), []);
    });
  }

  test('none, within its timeout: tried again', async () => {
    await once('hanging', failing(1, { hang: true }), { delivered: 1 });
    const [first, second] = await attemptsOf('hanging');
    assert.deepEqual([first.outcome, first.status, second.outcome], ['destination_timeout', null, 'delivered']);
    assert.ok(first.latency_ms >= TIMEOUT_MS - 10 && first.latency_ms < TIMEOUT_MS + 5000, `given up after ${first.latency_ms} ms`);
    isAbout((await pauses('hanging'))[0], 1);
  });

  test('none, because nobody listens: tried again', async () => {
    await once('closed', {}, { pending: 1 });
    const [{ outcome, status, error }] = await attemptsOf('closed');
    assert.deepEqual([outcome, status], ['destination_unreachable', null]);
    assert.ok(error.length > 0);
  });

  for (const reset of ['before', 'after']) {
    test(`none, because the connection breaks ${reset} the request is read: tried again`, async () => {
      await once(`reset-${reset}`, failing(1, { reset }), { delivered: 1 });
      assert.deepEqual((await attemptsOf(`reset-${reset}`)).map(({ outcome }) => outcome), ['destination_unreachable', 'delivered']);
    });
  }

  test('of any length: the first 64 KiB are kept, and 1 KiB if it is a success', async () => {
    await once('talkative', (_, before) => ({ status: before < 1 ? 500 : 200, endless: 20_000_000 }), { delivered: 1 });
    assert.deepEqual((await attemptsOf('talkative')).map(({ answer }) => answer.length), [65_536, 1024]);
    assert.ok(suite.origin.streamed.bytes < 40_000_000, 'the rest is not waited for');
  });

  test('200 and a body that never ends: delivered', async () => {
    await once('dripping', { dripMs: 50 }, { delivered: 1 });
    const [{ latency_ms: latency }] = await attemptsOf('dripping');
    assert.ok(latency < TIMEOUT_MS + 5000, `${latency} ms`);
  });
});

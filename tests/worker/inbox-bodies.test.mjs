// Bodies in an inbox: any bytes, in the row or, where they don't fit, in the bucket.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { startInboxes, storageInMemory, valuesOf } from './harness/inbox-suite.mjs';
import { jsonBody } from './harness/providers.mjs';

const LARGEST_IN_ROW = 1_900_000;
const DAY = 86_400_000;

const sources = () => ({
  large: { maxBodyBytes: 5_000_000 },
  usual: {},
});

/** A body of so many bytes, no two alike. */
const bodyOf = (size) => {
  const [head, tail] = [`${jsonBody('order.completed').slice(0, -1)},"fill":"${randomBytes(8).toString('hex')}`, '"}'];
  return head + 'x'.repeat(size - head.length - tail.length) + tail;
};

const bucket = async (suite) => (await suite.gateway.state()).bucket;

/** Sends an event with this body, and looks at what arrives. */
async function arrivesWhole(suite, source, body) {
  const before = suite.at(source).length;
  const sent = await suite.send(source, { body });
  assert.equal(sent.status, 202, sent.answer.body);
  const request = (await suite.arrived(source, before + 1)).at(-1);
  assert.ok(request.body.equals(sent.signed.body), 'other bytes arrived');
  await suite.settled(source);
  return sent;
}

describe('without a bucket', () => {
  let suite;
  before(async () => {
    suite = await startInboxes({ sources, storage: storageInMemory() });
  });
  after(() => suite?.close());

  for (const [name, body] of [
    ['no bytes', Buffer.alloc(0)],
    ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['bytes that are no UTF-8', Buffer.from('7b22223a22ff00fe80c0227d', 'hex')],
    ['a mark at its beginning and ends of lines of all kinds', Buffer.from('\u{FEFF}{"a":\r\n1,\r"b"\n:2}\u0000')],
    ['100,000 random bytes', randomBytes(100_000)],
    ['numbers that JavaScript would change', Buffer.from('{"a":12345678901234567890.10,"b":1e400,"a":2}')],
  ]) {
    test(`a body of ${name} arrives as it came`, () => arrivesWhole(suite, 'usual', body));
  }

  test(`a body of ${LARGEST_IN_ROW} bytes is stored in its row and arrives`, async () => {
    await arrivesWhole(suite, 'large', bodyOf(LARGEST_IN_ROW));
    const [row] = await suite.inbox.all('large', 'SELECT length(body) AS length, body_at FROM event');
    assert.deepEqual([row.length, row.body_at], [LARGEST_IN_ROW, null]);
  });

  test('one of a byte more is answered 413, and nothing is stored', async () => {
    const { status, json } = await suite.send('large', { body: bodyOf(LARGEST_IN_ROW + 1) });
    assert.deepEqual([status, json], [413, { error: 'too_large' }]);
    assert.equal((await suite.inbox.all('large', 'SELECT seq FROM event')).length, 1);
  });
});

describe('with a bucket', () => {
  let suite;
  before(async () => {
    suite = await startInboxes({
      sources: () => ({ ...sources(), retried: { maxBodyBytes: 5_000_000 }, unread: { maxBodyBytes: 5_000_000 } }),
      r2: true,
      storage: storageInMemory(),
    });
  });
  after(() => suite?.close());

  test('a body that fits is not put there', async () => {
    await arrivesWhole(suite, 'usual', bodyOf(1_000_000));
    await arrivesWhole(suite, 'large', bodyOf(LARGEST_IN_ROW));
    assert.deepEqual(await bucket(suite), []);
  });

  test('a larger one is, under the id of its request; a copy leaves no second one behind', async () => {
    const { signed, answer } = await arrivesWhole(suite, 'large', bodyOf(4_500_000));
    const stored = [{ key: `large/${answer.header('countersign-request-id')}`, size: 4_500_000 }];
    assert.deepEqual(await bucket(suite), stored);
    assert.equal((await suite.copy('large', signed)).json.status, 'duplicate');
    assert.deepEqual(await bucket(suite), stored);
    assert.equal((await suite.send('large', { id: signed.id, body: bodyOf(2_000_000) })).json.conflict, true);
    assert.equal((await bucket(suite)).length, 2, 'another body under the same id is kept');
    await suite.settled('large');
  });

  test('a forged one is not there', async () => {
    const before = await bucket(suite);
    assert.equal((await suite.send('large', { body: bodyOf(2_000_000), secret: 'not the secret of this source' })).status, 401);
    assert.deepEqual(await bucket(suite), before);
  });

  test('every attempt gets all of it', async () => {
    suite.origin.on('/retried', (_, before) => (before < 1 ? { status: 500 } : {}));
    const { signed } = await suite.send('retried', { body: bodyOf(2_500_000) });
    const requests = await suite.arrived('retried', 2);
    for (const { body } of requests) assert.ok(body.equals(signed.body));
    assert.deepEqual(valuesOf(requests, 'countersign-attempt'), ['1', '2']);
    await suite.settled('retried');
  });

  test('what cannot be read for a moment is tried again', async () => {
    await suite.gateway.faults({ bucketGet: 'throw' });
    const { signed } = await suite.send('unread', { body: bodyOf(2_000_001) });
    await suite.inbox.until('unread', ({ pending }) => pending === 1);
    await suite.gateway.faults({});
    await suite.arrived('unread');
    assert.ok(suite.at('unread')[0].body.equals(signed.body));
    await suite.settled('unread');
  });

  // The last one: it moves the clock.
  test('after the retention neither rows nor bodies are left', async () => {
    assert.ok((await bucket(suite)).length >= 3);
    await suite.clockAhead(29 * DAY);
    assert.ok((await suite.inbox.all('retried', 'SELECT seq FROM event')).length === 1, 'not before');
    await suite.clockAhead(31 * DAY);
    for (const table of ['event', 'delivery', 'attempt']) {
      for (const source of ['usual', 'large', 'retried', 'unread']) {
        await emptied(() => suite.inbox.all(source, `SELECT 1 FROM ${table}`), `${table} of ${source}`);
      }
    }
    await emptied(() => bucket(suite), 'the bucket');
  });
});

async function emptied(read, what) {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const left = await read();
    if (left.length === 0) return;
    assert.ok(performance.now() < deadline, `${what} still holds ${left.length}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

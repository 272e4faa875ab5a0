// The store at its worst. In production it forgets for a minute what it has just been told, fails,
// refuses writes, or hangs; none of that may lose an event or keep the provider waiting.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { received } from './harness/origin.mjs';
import { NOW, startSuite } from './harness/suite.mjs';

// Boateros waits for ten seconds, and two of them are kept in reserve.
const IN_TIME_MS = 8000;

let suite;
before(async () => {
  suite = await startSuite();
});
after(() => suite?.close());
afterEach(() => suite.gateway.faults({}));

const json = (answer) => JSON.parse(answer.body);
const copies = (body) => suite.origin.requests.filter((request) => request.body?.equals(body));

async function sendTwice(source = 'boateros') {
  const signed = suite.sign[source]();
  const first = await suite.gateway.post(source, signed);
  const second = await suite.gateway.post(source, signed);
  return { signed, first, second };
}

describe('a store that remembers a miss for a minute', () => {
  test('lets a copy through for so long, under the same delivery id, and no longer', async () => {
    await suite.gateway.faults({ staleMisses: true });
    const { signed, first, second } = await sendTwice('peeker');
    assert.deepEqual([json(first).status, json(second).status], ['delivered', 'delivered']);
    const ids = copies(signed.body).map((request) => received(request, 'countersign-delivery-id'));
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1], 'a destination that dedupes on it sees one');

    await suite.setClock(NOW + 60_000);
    assert.equal(json(await suite.gateway.post('peeker', signed)).status, 'duplicate');
    await suite.setClock(NOW);
  });
});

describe('a store that cannot be read', () => {
  for (const [name, fault, leastMs] of [['fails', 'throw', 0], ['hangs', 'hang', 500]]) {
    test(`because it ${name}: events are forwarded without it, and the log says so`, async () => {
      await suite.gateway.faults({ get: fault });
      const { signed, first, second } = await sendTwice();
      for (const answer of [first, second]) {
        assert.equal(answer.status, 200, answer.body);
        assert.equal(json(answer).status, 'delivered');
        assert.ok(answer.elapsedMs >= leastMs && answer.elapsedMs < IN_TIME_MS, `after ${answer.elapsedMs} ms`);
        const { dedupe, stored } = await suite.gateway.logLine(answer);
        assert.deepEqual([dedupe, stored], ['unknown', false]);
      }
      assert.equal(copies(signed.body).length, 2);
      // What could not be read is not overwritten, so the next copy is the first to be remembered.
      await suite.gateway.faults({});
      assert.equal(json(await suite.gateway.post('boateros', signed)).status, 'delivered');
      assert.equal(json(await suite.gateway.post('boateros', signed)).status, 'duplicate');
    });
  }
});

describe('a store that cannot be written', () => {
  for (const [name, fault] of [['answers 429', 'throw'], ['hangs', 'hang']]) {
    test(`because it ${name}: what the destination accepted is acknowledged, and the log says so`, async () => {
      await suite.gateway.faults({ put: fault });
      const { signed, first, second } = await sendTwice();
      for (const answer of [first, second]) {
        assert.equal(answer.status, 200, answer.body);
        assert.equal(json(answer).status, 'delivered');
        assert.ok(answer.elapsedMs < IN_TIME_MS, `after ${answer.elapsedMs} ms`);
        assert.equal((await suite.gateway.logLine(answer)).stored, false);
      }
      assert.equal(copies(signed.body).length, 2);
      // It is tried once: on a free account every further try is one write less for another event.
      assert.ok((await suite.gateway.state()).counters.put >= 2);
    });
  }

  test('and cannot be read either: the relay is as good as one without a store', async () => {
    await suite.gateway.faults({ get: 'throw', put: 'throw' });
    const { first, second } = await sendTwice('peeker');
    assert.deepEqual([json(first).status, json(second).status], ['delivered', 'delivered']);
  });

  test('while the destination is down: it is the destination that counts', async () => {
    await suite.gateway.faults({ put: 'throw' });
    suite.origin.on('/boateros', { status: 500 });
    const signed = suite.sign.boateros();
    assert.equal((await suite.gateway.post('boateros', signed)).status, 502);
    suite.origin.on('/boateros', {});
    assert.equal(json(await suite.gateway.post('boateros', signed)).status, 'delivered');
  });
});

describe('a value in the store that nobody here wrote', () => {
  for (const [name, value] of [
    ['is empty', ''],
    ['is no JSON', 'seen'],
    ['is other JSON', '[1,2,3]'],
    ['is an object of another shape', '{"deliveries":5}'],
    ['has times that are none', '{"deliveries":[{"bodySha256":"x","firstAt":1e300,"lastAt":-1e300,"replays":-1}]}'],
    ['is long', 'x'.repeat(100_000)],
  ]) {
    test(`${name}: the event is delivered and put in its place`, async () => {
      const signed = suite.sign.peeker();
      await suite.gateway.seed({ [`seen/peeker/peeker:${signed.id}`]: value });
      assert.equal(json(await suite.gateway.post('peeker', signed)).status, 'delivered');
      assert.equal(json(await suite.gateway.post('peeker', signed)).status, 'duplicate');
    });
  }
});

test('without a store at all, events are forwarded, and the log warns', async (context) => {
  const bare = await startSuite({ store: false });
  context.after(() => bare.close());
  const signed = bare.sign.peeker();
  for (let i = 0; i < 2; i += 1) assert.equal(json(await bare.gateway.post('peeker', signed)).status, 'delivered');
  const [{ mistakes }] = bare.gateway.lines().filter(({ message }) => message === 'configuration');
  assert.ok(mistakes.some(({ path, severity }) => path === 'SEEN' && severity === 'warning'));
});

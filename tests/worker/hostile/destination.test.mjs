// Destinations that refuse, break off, never answer, or answer too much. An event that was not
// accepted is not remembered, so that the provider's retry is delivered.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closedUrl, startOrigin } from '../harness/origin.mjs';
import { servesOn } from '../harness/refused.mjs';
import { relay, startSuite } from '../harness/suite.mjs';

const FAILED = '{"error":"destination_failed"}';
const TIMED_OUT = '{"error":"destination_timeout"}';
const SECRET = 'canary-destination-0c9ab37f51de';
const PATH = '/moody';

let suite;
let elsewhere;
before(async () => {
  elsewhere = await startOrigin();
  const closed = await closedUrl();
  suite = await startSuite({
    sources: (origin) => ({
      moody: relay('peeker', 'MOODY_SECRET', origin.url(PATH), { destination: { timeoutSeconds: 1 } }),
      closed: relay('peeker', 'CLOSED_SECRET', closed),
      unresolved: relay('peeker', 'UNRESOLVED_SECRET', 'http://no-such-host.invalid/in'),
    }),
    secrets: { MOODY_SECRET: SECRET, CLOSED_SECRET: `${SECRET}-closed`, UNRESOLVED_SECRET: `${SECRET}-unresolved` },
  });
});
after(async () => {
  await elsewhere?.close();
  await suite?.close();
});

/**
 * Sends one event while the destination behaves so, and checks everything around the answer: one
 * attempt, nothing remembered unless it was accepted, the next event served, the retry as it must be.
 */
async function sendWhile(behaviour) {
  const { gateway, origin } = suite;
  await gateway.clear();
  await servesOn(suite.good);
  const before = { kv: (await gateway.state()).kv, reached: origin.at(PATH).length };
  origin.on(PATH, behaviour);
  const signed = suite.sign.peeker({ secret: SECRET });
  const answer = await gateway.post('moody', signed);
  await gateway.idle();
  origin.on(PATH, {});

  const isDelivered = answer.status === 200;
  const { kv, counters } = await gateway.state();
  assert.equal(origin.at(PATH).length - before.reached, 1, 'there is one attempt');
  assert.equal(elsewhere.requests.length, 0, 'something was sent elsewhere');
  assert.equal(counters.fetches, 2, 'one fetch for each of the two events');
  assert.equal(counters.putsUnheld + counters.fetchesUnheld, 0, 'work that a client could cut off');
  if (isDelivered) assert.equal(kv.length, before.kv.length + 1);
  else assert.deepEqual(kv, before.kv, 'it is remembered, though nobody accepted it');
  await servesOn(suite.good);
  assert.match((await gateway.post('moody', signed)).body, isDelivered ? /"duplicate"/ : /"delivered"/, 'the retry');
  return answer;
}

describe('the destination refuses with', () => {
  for (const status of [300, 304, 400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 429, 500, 501, 502, 503, 504, 599]) {
    test(String(status), async () => {
      const answer = await sendWhile({ status });
      assert.deepEqual([answer.status, answer.body], [502, FAILED]);
      assert.equal((await suite.gateway.logLine(answer)).destinationStatus, status);
    });
  }

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status}: nobody follows`, async () => {
      const answer = await sendWhile({ status, headers: { location: elsewhere.url('/redirected') } });
      assert.deepEqual([answer.status, answer.body], [502, FAILED]);
    });
  }

  test('a redirect to where it came from', async () => {
    const answer = await sendWhile({ status: 307, headers: { location: PATH } });
    assert.deepEqual([answer.status, answer.body], [502, FAILED]);
  });

  test('404, and a page about it, of which the provider sees nothing', async () => {
    const answer = await sendWhile({ status: 404, headers: { 'set-cookie': 'a=b', 'x-powered-by': 'secret-stack' }, body: '<h1>internal details</h1>' });
    assert.equal(answer.body, FAILED);
    assert.deepEqual(answer.headers.map(([name]) => name).sort(), ['content-length', 'content-type', 'countersign-request-id']);
  });
});

describe('Retry-After', () => {
  for (const status of [429, 503]) {
    test(`of ${status} is passed on`, async () => {
      const answer = await sendWhile({ status, headers: { 'retry-after': '17' } });
      assert.deepEqual([answer.status, answer.header('retry-after')], [502, '17']);
    });
  }

  for (const [name, status, value] of [
    ['of 500', 500, '17'],
    ['that is no number', 429, 'soon'],
    ['that is negative', 503, '-5'],
    ['without end', 429, '9'.repeat(30)],
    ['with a list', 429, '1, 2'],
  ]) {
    test(`${name} is not`, async () => {
      const answer = await sendWhile({ status, headers: { 'retry-after': value } });
      assert.deepEqual([answer.status, answer.header('retry-after')], [502, undefined]);
    });
  }
});

describe('the destination accepts with', () => {
  for (const status of [200, 201, 202, 204, 205, 206, 299]) {
    test(String(status), async () => {
      const answer = await sendWhile({ status });
      assert.equal(answer.status, 200);
      assert.equal(JSON.parse(answer.body).status, 'delivered');
    });
  }

  test('a gigabyte, of which next to nothing is read', async () => {
    const answer = await sendWhile({ endless: 1 << 30 });
    assert.equal(answer.status, 200);
    assert.ok(suite.origin.streamed.bytes < 64 << 20, `${suite.origin.streamed.bytes} bytes were sent`);
  });

  test('a body that drips: nobody waits for its end', async () => {
    const answer = await sendWhile({ dripMs: 50 });
    assert.equal(answer.status, 200, 'it would be 504 if somebody did');
  });

  for (const [name, write, more = {}] of [
    ['a body that is cut off', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart of it', { thenReset: true }],
    ['chunks that are none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', { thenReset: true }],
    ['a body that says it is gzip', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope'],
    ['early hints in front', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ]) {
    test(name, async () => {
      const answer = await sendWhile({ write, counts: 200, ...more });
      assert.equal(answer.status, 200, answer.body);
    });
  }
});

describe('the destination', () => {
  for (const [name, behaviour] of [
    ['resets before it has read', { reset: 'before' }],
    ['resets after it has read', { reset: 'after' }],
    ['closes without a word', { write: '' }],
    ['speaks something else', { write: 'SSH-2.0-OpenSSH_9.2\r\n' }],
    ['answers half a head', { write: 'HTTP/1.1 200 OK\r\nContent-', thenReset: true }],
    ['answers a status that is none', { write: 'HTTP/1.1 0 What\r\nContent-Length: 0\r\n\r\n' }],
    ['announces and then resets', { write: 'HTTP/1.1 100 Continue\r\n\r\n', thenReset: true }],
    ['answers megabytes of headers', { status: 200, headers: { 'x-bomb': 'x'.repeat(4 << 20) } }],
  ]) {
    test(name, async () => {
      const answer = await sendWhile(behaviour);
      assert.deepEqual([answer.status, answer.body], [502, FAILED]);
    });
  }

  test('is not there', async () => {
    const answer = await suite.gateway.post('closed', suite.sign.peeker({ secret: `${SECRET}-closed` }));
    assert.deepEqual([answer.status, answer.body], [502, FAILED]);
  });

  test('has no address', async () => {
    const answer = await suite.gateway.post('unresolved', suite.sign.peeker({ secret: `${SECRET}-unresolved` }));
    assert.deepEqual([answer.status, answer.body], [502, FAILED]);
  });

  for (const [name, behaviour] of [
    ['never answers', { hang: true }],
    ['answers half a head and then nothing', { write: 'HTTP/1.1 200 OK\r\nContent-', thenHang: true }],
  ]) {
    test(name, async () => {
      const answer = await sendWhile(behaviour);
      assert.deepEqual([answer.status, answer.body], [504, TIMED_OUT]);
      assert.ok(answer.elapsedMs > 900 && answer.elapsedMs < 5000, `after ${answer.elapsedMs} ms`);
    });
  }
});

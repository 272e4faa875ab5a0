// What takes long on purpose: all of it at once, because the time is real.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encodeRequest } from './harness/raw.mjs';
import { freshSecret } from './harness/providers.mjs';
import { relay, startSuite } from './harness/suite.mjs';

const SECRETS = { SHORT: freshSecret('short'), LONG: freshSecret('long') };

let suite;
before(async () => {
  suite = await startSuite({
    now: null,
    secrets: SECRETS,
    sources: (origin) => ({
      short: relay('boateros', 'SHORT', origin.url('/hanging'), { destination: { timeoutSeconds: 2 } }),
      // More than Boateros waits for: the provider's deadline is the smaller one.
      long: relay('boateros', 'LONG', origin.url('/hanging'), { destination: { timeoutSeconds: 60 } }),
    }),
  });
  suite.origin.on('/hanging', { hang: true });
  suite.origin.on('/boateros', { hang: true });
});
after(() => suite?.close());

const post = (source, secret) => suite.gateway.post(source, suite.sign.boateros(secret ? { secret } : {}));

describe('a destination that hangs is given up', { concurrency: true }, () => {
  for (const [name, send, leastMs, mostMs] of [
    ['after its own timeout', () => post('short', SECRETS.SHORT), 1900, 6000],
    ["in time for the provider's deadline, however long its own timeout", () => post('long', SECRETS.LONG), 7000, 9900],
    ["in time for the provider's deadline, where it has no timeout", () => post('boateros'), 7000, 9900],
    ['in time, although the body came slowly', () => slowBody(3000), 7000, 9900],
  ]) {
    test(name, async () => {
      const answer = await send();
      assert.deepEqual([answer.status, answer.body], [504, '{"error":"destination_timeout"}']);
      assert.ok(answer.elapsedMs > leastMs && answer.elapsedMs < mostMs, `after ${answer.elapsedMs} ms`);
    });
  }

  test('and neither does it keep others waiting', async () => {
    const started = performance.now();
    for (let i = 0; i < 5; i += 1) assert.equal((await suite.good()).status, 200);
    assert.ok(performance.now() - started < 2000);
  });
});

function slowBody(pauseMs) {
  const signed = suite.sign.boateros();
  const bytes = encodeRequest({ target: '/hooks/boateros', host: suite.gateway.host, headers: signed.headers, body: signed.body });
  async function* slowly() {
    yield bytes.subarray(0, bytes.length - 10);
    await new Promise((done) => setTimeout(done, pauseMs));
    yield bytes.subarray(bytes.length - 10);
  }
  return suite.gateway.sendBytes(slowly());
}

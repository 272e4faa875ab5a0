// Unix timestamps. Every one of these is signed correctly over the text that is sent, so that only
// the grammar or the window can refuse it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encodeRequest } from '../harness/raw.mjs';
import { NOW, NOW_SECONDS, startHostileSuite } from '../harness/suite.mjs';

let suite;
before(async () => {
  suite = await startHostileSuite();
});
after(() => suite?.close());

const at = (offsetSeconds) => String(NOW / 1000 + offsetSeconds);

const MALFORMED = {
  'a zero in front': `0${NOW_SECONDS}`,
  'a plus sign': `+${NOW_SECONDS}`,
  'a minus sign': `-${NOW_SECONDS}`,
  'a fraction of zero': `${NOW_SECONDS}.0`,
  'a fraction': `${NOW_SECONDS}.999`,
  'an exponent': '1.7637408e9',
  'letters after it': `${NOW_SECONDS}junk`,
  'a space inside': `${NOW_SECONDS} 1`,
  'a tab inside': `${NOW_SECONDS}\t1`,
  'hexadecimal': '0x69208a80',
  'underscores': '1_763_740_800',
  'milliseconds': String(NOW),
  'nought': '0',
  'not a number': 'NaN',
  'infinity': 'Infinity',
  'an RFC 3339 date': '2025-11-21T16:00:00Z',
  'an HTTP date': 'Fri 21 Nov 2025 16:00:00 GMT',
  'quotes around it': `"${NOW_SECONDS}"`,
  'full-width digits': Buffer.from('１７６３７４０８００', 'utf8').toString('latin1'),
  'more than 40 bytes': '1'.repeat(41),
  'two hundred thousand digits': '1'.repeat(200_000),
};

const OUTSIDE = {
  'five minutes and a second old': [at(-301), 'timestamp_too_old'],
  'a day old': [at(-86_400), 'timestamp_too_old'],
  'the first second of 1970': ['1', 'timestamp_too_old'],
  'five minutes and a second ahead': [at(301), 'timestamp_too_new'],
  'a year ahead': [at(31_536_000), 'timestamp_too_new'],
  'the largest that the grammar allows': ['9'.repeat(12), 'timestamp_too_new'],
};

describe('a timestamp with', () => {
  for (const [name, timestamp] of Object.entries(MALFORMED)) {
    test(name, () =>
      suite.refused({
        send: () => suite.gateway.post('peeker', suite.sign.peeker({ timestamp })),
        reason: 'malformed_header',
      }),
    );
  }
});

describe('a moment outside the window:', () => {
  for (const [name, [timestamp, reason]] of Object.entries(OUTSIDE)) {
    test(name, () =>
      suite.refused({ send: () => suite.gateway.post('peeker', suite.sign.peeker({ timestamp })), reason }),
    );
  }
});

describe('the same for Standard Webhooks:', () => {
  for (const [name, timestamp] of [['a fraction', `${NOW_SECONDS}.0`], ['letters after it', `${NOW_SECONDS}junk`], ['a plus sign', `+${NOW_SECONDS}`]]) {
    test(name, () =>
      suite.refused({
        send: () => suite.gateway.post('webhooks', suite.sign.webhooks({ timestamp })),
        reason: 'malformed_header',
      }),
    );
  }
});

describe('the edges of the window', () => {
  for (const [name, offsetMs, timestamp] of [
    ['exactly five minutes old', 0, at(-300)],
    ['exactly five minutes ahead', 0, at(300)],
    ['a millisecond less than five minutes ahead', 1, at(300)],
  ]) {
    test(`${name} is served`, async () => {
      await suite.gateway.clockAt(NOW + offsetMs);
      const answer = await suite.gateway.post('peeker', suite.sign.peeker({ timestamp }));
      await suite.gateway.clockAt(NOW);
      assert.equal(answer.status, 200, answer.body);
    });
  }

  for (const [name, offsetMs, timestamp, reason] of [
    ['a millisecond more than five minutes old', 1, at(-300), 'timestamp_too_old'],
    ['a millisecond more than five minutes ahead', -1, at(300), 'timestamp_too_new'],
  ]) {
    test(`${name} is refused`, async () => {
      await suite.setClock(NOW + offsetMs);
      await suite.refused({ send: () => suite.gateway.post('peeker', suite.sign.peeker({ timestamp })), reason });
      await suite.setClock(NOW);
    });
  }
});

test('a body that takes so long that its timestamp runs out is refused', async () => {
  const signed = suite.sign.peeker({ timestamp: at(-299) });
  const bytes = encodeRequest({ target: '/hooks/peeker', host: suite.gateway.host, headers: signed.headers, body: signed.body });
  async function* slowly() {
    yield bytes.subarray(0, bytes.length - 10);
    // The headers are judged by now, and found good.
    await new Promise((done) => setTimeout(done, 150));
    await suite.gateway.clockAt(NOW + 1001);
    yield bytes.subarray(bytes.length - 10);
  }
  await suite.refused({ send: () => suite.gateway.sendBytes(slowly()), reason: 'timestamp_too_old' });
  await suite.setClock(NOW);
});

test('no timestamp at all', () =>
  suite.refused({
    send: () => {
      const signed = suite.sign.peeker();
      return suite.gateway.post('peeker', { ...signed, headers: signed.headers.filter(([name]) => name !== 'Peeker-Timestamp') });
    },
    reason: 'missing_header',
  }));

test('an empty timestamp', () =>
  suite.refused({ send: () => suite.gateway.post('peeker', suite.sign.peeker({ timestamp: '' })), reason: 'malformed_header' }));

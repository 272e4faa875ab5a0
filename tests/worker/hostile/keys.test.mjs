// Several keys, and the windows in which they exist.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freshSecret } from '../harness/providers.mjs';
import { encodeRequest } from '../harness/raw.mjs';
import { NOW, relay, startHostileSuite } from '../harness/suite.mjs';

const DAY = 86_400_000;
const OLD = freshSecret('old');
const NEW = freshSecret('new');
const B_OLD = freshSecret('boateros-old');
const B_NEW = freshSecret('boateros-new');
const EXPIRED = freshSecret('expired');
const FUTURE = freshSecret('future');
const REMOVED = freshSecret('removed');

const date = (ms) => new Date(ms).toISOString();
// An overlap of seven days, of which one is over.
const BEGIN = NOW - DAY;
const END = NOW + 6 * DAY;

let suite;
before(async () => {
  suite = await startHostileSuite({
    secrets: { OLD, NEW, B_OLD, B_NEW, EXPIRED, FUTURE },
    sources: (origin) => ({
      rotating: relay('peeker', [], origin.url('/rotating'), {
        secrets: [{ binding: 'OLD', id: 'old', notAfter: date(END) }, { binding: 'NEW', id: 'new', notBefore: date(BEGIN) }],
      }),
      'rotating-b': relay('boateros', [], origin.url('/rotating-b'), {
        secrets: [{ binding: 'B_NEW', id: 'new', notBefore: date(BEGIN) }, { binding: 'B_OLD', id: 'old', notAfter: date(END) }],
      }),
      expired: relay('peeker', [], origin.url('/expired'), { secrets: [{ binding: 'EXPIRED', notAfter: date(NOW - 1) }] }),
      future: relay('peeker', [], origin.url('/future'), { secrets: [{ binding: 'FUTURE', notBefore: date(NOW + DAY) }] }),
    }),
  });
});
after(() => suite?.close());

const post = (source, secret, more = {}) =>
  suite.gateway.post(source, suite.sign[source.endsWith('-b') ? 'boateros' : 'peeker']({ secret, ...more }));

async function at(ms, act) {
  await suite.setClock(ms);
  try {
    await act();
  } finally {
    await suite.setClock(NOW);
  }
}

describe('a key outside its window does not exist:', () => {
  for (const [name, ms, source, secret] of [
    ['the old one at the end of the overlap', END, 'rotating', OLD],
    ['the old one a millisecond later', END + 1, 'rotating', OLD],
    ['the old one a day later', END + DAY, 'rotating', OLD],
    ['the old one a year later', END + 365 * DAY, 'rotating', OLD],
    ['the new one a millisecond before the overlap', BEGIN - 1, 'rotating', NEW],
    ['the new one a day before', BEGIN - DAY, 'rotating', NEW],
    ['the new one in 1970', 86_400_000, 'rotating', NEW],
    ["Boateros' old one at the end of the overlap", END, 'rotating-b', B_OLD],
    ["Boateros' old one a day later", END + DAY, 'rotating-b', B_OLD],
    ["Boateros' new one a millisecond before", BEGIN - 1, 'rotating-b', B_NEW],
    ["Boateros' new one a day before", BEGIN - DAY, 'rotating-b', B_NEW],
  ]) {
    test(name, () => at(ms, () => suite.refused({ send: () => post(source, secret), reason: 'signature_mismatch' })));
  }

  test('the old one, when the body is complete only after its end', () =>
    at(END - 1, async () => {
      const signed = suite.sign.peeker({ secret: OLD });
      const bytes = encodeRequest({ target: '/hooks/rotating', host: suite.gateway.host, headers: signed.headers, body: signed.body });
      async function* slowly() {
        yield bytes.subarray(0, bytes.length - 5);
        await new Promise((done) => setTimeout(done, 150));
        await suite.gateway.clockAt(END);
        yield bytes.subarray(bytes.length - 5);
      }
      await suite.refused({ send: () => suite.gateway.sendBytes(slowly()), reason: 'signature_mismatch' });
    }));
});

describe('a key of another source is none here:', () => {
  for (const [name, source, secret] of [
    ["Boateros' at Peeker's", 'rotating', B_NEW],
    ["Peeker's at Boateros'", 'rotating-b', NEW],
    ['one that was never configured', 'rotating', REMOVED],
    ['two that are joined', 'rotating', OLD + NEW],
    ['half of one', 'rotating', NEW.slice(0, NEW.length / 2)],
  ]) {
    test(name, () => suite.refused({ send: () => post(source, secret), reason: 'signature_mismatch' }));
  }
});

describe('a source without a key that is valid now is out of service:', () => {
  for (const [name, source, secret] of [
    ['the only one is over', 'expired', EXPIRED],
    ['the only one is not yet', 'future', FUTURE],
    ['and nothing else is tried', 'expired', ''],
  ]) {
    test(name, () =>
      suite.refused({ send: () => post(source, secret), status: 503, headers: { 'retry-after': '60' }, reason: 'no_active_key' }));
  }

  test('the health check says so', async () => {
    const answer = await suite.gateway.get('/healthz');
    assert.deepEqual([answer.status, answer.body], [503, 'misconfigured']);
  });

  test('and it comes into service with its key', () =>
    at(NOW + DAY, async () => {
      const answer = await post('future', FUTURE);
      assert.equal(answer.status, 200, answer.body);
    }));
});

describe('a key inside its window is taken, and named in the log:', () => {
  for (const [name, ms, source, secret, keyId] of [
    ['the old one in the overlap', NOW, 'rotating', OLD, 'old'],
    ['the new one in the overlap', NOW, 'rotating', NEW, 'new'],
    ['the old one in its last millisecond', END - 1, 'rotating', OLD, 'old'],
    ['the old one before the overlap', BEGIN - DAY, 'rotating', OLD, 'old'],
    ['the new one in its first millisecond', BEGIN, 'rotating', NEW, 'new'],
    ['the new one after the overlap', END + DAY, 'rotating', NEW, 'new'],
    ["Boateros' old one in the overlap", NOW, 'rotating-b', B_OLD, 'old'],
    ["Boateros' new one in the overlap", NOW, 'rotating-b', B_NEW, 'new'],
  ]) {
    test(name, () =>
      at(ms, async () => {
        const answer = await post(source, secret);
        assert.equal(answer.status, 200, answer.body);
        assert.equal((await suite.gateway.logLine(answer)).keyId, keyId);
      }));
  }

  test('one event that both keys signed', async () => {
    const signed = suite.sign.peeker({ secrets: [OLD, NEW] });
    const answer = await suite.gateway.post('rotating', signed);
    assert.equal(answer.status, 200, answer.body);
  });

  test('a retry that was signed with the new key is a copy of what the old one signed', async () => {
    const { id, body } = suite.sign.peeker();
    assert.match((await post('rotating', OLD, { id, body })).body, /"delivered"/);
    assert.match((await post('rotating', NEW, { id, body })).body, /"duplicate"/);
  });
});

// Event ids, and requests that split a signed text in another way than the provider did.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hmac, withHeaders } from '../harness/providers.mjs';
import { NOW_SECONDS, startHostileSuite } from '../harness/suite.mjs';

let suite;
before(async () => {
  suite = await startHostileSuite();
});
after(() => suite?.close());

const post = (id) => suite.gateway.post('peeker', suite.sign.peeker({ id }));

const MALFORMED = {
  'a dot inside': 'evt_1.2',
  'a dot at the end': 'evt_1.',
  'a dot in front': '.evt_1',
  'only a dot': '.',
  'a slash': 'evt/1',
  'a way up': '../../seen/other',
  'a colon': 'evt:1',
  'a space inside': 'evt 1',
  'a tab inside': 'evt\t1',
  'a percent-encoded dot': 'evt%2e1',
  'an equals sign': 'evt=1',
  'quotes': '"evt_1"',
  'a star': '*',
  'a byte outside ASCII': 'evt_\xe9',
  'a letter of two bytes': Buffer.from('evt_é', 'utf8').toString('latin1'),
  'the replacement character': Buffer.from('evt_\ufffd', 'utf8').toString('latin1'),
  'a control byte': 'evt_\x01',
  'DEL': 'evt_\x7f',
  'a Unicode digit': Buffer.from('evt_１', 'utf8').toString('latin1'),
  '256 characters': 'e'.repeat(256),
  'two hundred thousand characters': 'e'.repeat(200_000),
  'nothing in it': '',
};

describe('an event id with', () => {
  for (const [name, id] of Object.entries(MALFORMED)) {
    test(name, () => suite.refused({ send: () => post(id), reason: 'malformed_header' }));
  }

  test('a comma could be two headers', () =>
    suite.refused({ send: () => post('evt_1,evt_2'), reason: 'ambiguous_header' }));
});

describe('an event id of', () => {
  for (const [name, id] of [
    ['255 characters', 'e'.repeat(255)],
    ['every character that may stand in one', 'ABCXYZabcxyz0189_-'],
    ['one character', '-'],
    ['the name of a property that every object has', '__proto__'],
  ]) {
    test(`${name} is served`, async () => {
      const answer = await post(id);
      assert.equal(answer.status, 200, answer.body);
      assert.deepEqual(JSON.parse(answer.body), { status: 'delivered', id });
    });
  }
});

test('an id that differs in one bit is not the id that was signed', () => {
  const signed = suite.sign.peeker({ id: 'evt_a' });
  return suite.refused({
    send: () => suite.gateway.post('peeker', withHeaders(signed, { 'Peeker-Event-Id': 'evt_A' })),
    reason: 'signature_mismatch',
  });
});

// A captured request: its signature is over one text, and every dot in it is a place to cut.
describe('a captured request, cut elsewhere:', () => {
  const ID = 'evt_8fK2';
  const BODY = '{"type":"order.completed","price":"12.50","url":"https://a.example.com/x.y","v":1.5}';
  const signedText = `${NOW_SECONDS}.${ID}.${BODY}`;
  const dots = [...signedText].flatMap((character, at) => (character === '.' ? [at] : []));
  const cuts = dots.flatMap((first, i) => dots.slice(i + 1).map((second) => [first, second]));

  test('there is more than one way to cut it', () => assert.ok(cuts.length > 20, String(cuts.length)));

  for (const [first, second] of cuts) {
    const [timestamp, id, body] = [signedText.slice(0, first), signedText.slice(first + 1, second), signedText.slice(second + 1)];
    if (id === ID) continue;
    test(`id ${JSON.stringify(id).slice(0, 60)}`, () => {
      const signature = hmac(suite.secrets.PEEKER_SECRET, signedText).toString('hex');
      const headers = [['Peeker-Timestamp', timestamp], ['Peeker-Event-Id', id], ['Peeker-Signature', `v1=${signature}`]];
      return suite.refused({ send: () => suite.gateway.post('peeker', { headers, body: Buffer.from(body) }) });
    });
  }

  test('as the provider cut it, it is served', async () => {
    const answer = await suite.gateway.post('peeker', suite.sign.peeker({ id: ID, body: BODY }));
    assert.equal(answer.status, 200);
  });
});

describe('a captured Boateros request, cut elsewhere:', () => {
  const TIMESTAMP = '2025-11-21T16:00:00.123Z';
  const BODY = '{"type":"hull.created","price":12.5}';
  const signedText = `${TIMESTAMP}.${BODY}`;

  for (const [at, character] of [...signedText].entries()) {
    if (character !== '.' || at === TIMESTAMP.length) continue;
    test(`timestamp ${signedText.slice(0, at)}`, () => {
      const signature = hmac(suite.secrets.BOATEROS_SECRET, signedText).toString('hex');
      const headers = [['Boateros-Timestamp', signedText.slice(0, at)], ['Boateros-Signature', signature]];
      return suite.refused({
        send: () => suite.gateway.post('boateros', { headers, body: Buffer.from(signedText.slice(at + 1)) }),
      });
    });
  }
});

describe('a captured Standard Webhooks request, cut elsewhere:', () => {
  const BODY = '1.2.{"v":1.5}';

  for (const [name, id, timestamp, body] of [
    ['the id swallows the timestamp', `msg_1.${NOW_SECONDS}`, '1', '2.{"v":1.5}'],
    ['the id swallows all numbers', `msg_1.${NOW_SECONDS}.1`, '2', '{"v":1.5}'],
    ['the timestamp swallows a number', 'msg_1', `${NOW_SECONDS}.1`, '2.{"v":1.5}'],
    ['the timestamp swallows all numbers', 'msg_1', `${NOW_SECONDS}.1.2`, '{"v":1.5}'],
  ]) {
    test(name, () => {
      const signed = suite.sign.webhooks({ id: 'msg_1', timestamp: NOW_SECONDS, body: BODY });
      const resplit = withHeaders({ ...signed, body: Buffer.from(body) }, { 'webhook-id': id, 'webhook-timestamp': timestamp });
      return suite.refused({ send: () => suite.gateway.post('webhooks', resplit), reason: 'malformed_header' });
    });
  }
});

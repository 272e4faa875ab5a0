// Secrets show nowhere. Every gateway of every suite is searched for its own when it is closed;
// here it is shown that the search finds what it looks for, and that nothing else shows either.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findSecrets } from './harness/canary.mjs';
import { closingChecks } from './harness/closing.mjs';
import { BODY_CANARY, freshSecret, jsonBody } from './harness/providers.mjs';
import { startSuite } from './harness/suite.mjs';

const SECRET = freshSecret('sought');
const bytes = Buffer.from(SECRET);

describe('the search finds a secret', () => {
  for (const [name, text] of [
    ['as it is', `Error: bad key ${SECRET} at 1:2`],
    ['at the very beginning', SECRET],
    ['in part', `…${SECRET.slice(5, 20)}…`],
    ['in JSON', JSON.stringify({ key: SECRET })],
    ['in hex', `key=${bytes.toString('hex')}`],
    ['in hex, in capitals', bytes.toString('hex').toUpperCase()],
    ['in part, in hex', bytes.subarray(3, 18).toString('hex')],
    ...[0, 1, 2].flatMap((shift) =>
      ['base64', 'base64url'].map((encoding) => [
        `in ${encoding}, ${shift} bytes in`,
        Buffer.concat([Buffer.from('ab'.slice(0, shift)), bytes, Buffer.from(' and more')]).toString(encoding),
      ])),
    ['in base64, as Basic credentials', Buffer.from(`user:${SECRET}`).toString('base64')],
  ]) {
    test(name, () => assert.equal(findSecrets(text, [SECRET]).length, 1));
  }

  test('with quotes in it, in JSON', () => {
    const quoted = 'a "quoted" \\secret\\ thing';
    assert.equal(findSecrets(JSON.stringify(quoted), [quoted]).length, 1);
  });

  test('beside others', () => assert.equal(findSecrets(SECRET, ['another-secret-0123456789', SECRET]).length, 1));
  test('and nothing where there is none', () => assert.deepEqual(findSecrets('{"requestId":"1"} PEEKER_SECRET', [SECRET]), []));
});

describe('the check at the end of each suite fails', () => {
  const clean = { secrets: [SECRET], logs: [], answers: [], sent: [], kv: [], origins: [] };
  const origin = (accepts, headers = []) => ({ accepted: () => accepts, requests: [{ path: '/', headers }] });
  const answered = { request: { body: '{}' }, answer: { status: 200, body: '{"id":"x","status":"delivered"}' } };

  test('unless all is well', () => closingChecks({ ...clean, origins: [origin(true)], sent: [answered] }));
  for (const [name, found] of [
    ['a secret in the log', { logs: [{ message: SECRET }] }],
    ['a secret in an answer', { answers: [Buffer.from(SECRET)] }],
    ['a secret in the store', { kv: [{ name: 'k', value: SECRET }] }],
    ['a secret at the destination', { origins: [origin(true, [['x-key', SECRET]])] }],
    ['a body in the log', { logs: [{ message: `{"body":"${BODY_CANARY}"}` }] }],
    ['an event that was acknowledged and has not arrived', { origins: [origin(false)], sent: [answered] }],
  ]) {
    test(`for ${name}`, () => assert.throws(() => closingChecks({ ...clean, ...found })));
  }
});

test('a Worker that logs a secret does not get past the end of its suite', async () => {
  const suite = await startSuite({ canaries: ['PEEKER_SECRET'] });
  // The name of the binding stands for a secret here: the log does show it.
  assert.match((await suite.good()).body, /"delivered"/);
  await assert.rejects(suite.close(), /a secret shows in the log/);
});

test('bodies are not logged, whatever becomes of them', async (context) => {
  const suite = await startSuite();
  context.after(() => suite.close());
  suite.origin.on('/boateros', { status: 500 });
  await suite.gateway.post('peeker', suite.sign.peeker({ body: jsonBody('order.completed') }));
  await suite.gateway.post('peeker', suite.sign.peeker({ secret: 'wrong', body: jsonBody('order.completed') }));
  await suite.gateway.post('boateros', suite.sign.boateros({ body: jsonBody('hull.sold') }));
  await suite.gateway.post('peeker', suite.sign.peeker({ body: `{"type":"${BODY_CANARY}"` }));
});

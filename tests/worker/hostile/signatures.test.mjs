// The signature header: its syntax, and what is signed under it.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { headerOf, hmac, withHeaders } from '../harness/providers.mjs';
import { startHostileSuite } from '../harness/suite.mjs';

let suite;
before(async () => {
  suite = await startHostileSuite();
});
after(() => suite?.close());

const flip = (hex, at) => hex.slice(0, at) + (hex[at] === '0' ? '1' : '0') + hex.slice(at + 1);
const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64');

/** Sends a genuine Peeker request with another signature, made of the right one. */
function peekerWith(change) {
  const signed = suite.sign.peeker();
  const tag = headerOf(signed, 'Peeker-Signature').slice('v1='.length);
  return suite.gateway.post('peeker', withHeaders(signed, { 'Peeker-Signature': change(tag, signed) }));
}

function boaterosWith(change) {
  const signed = suite.sign.boateros();
  const tag = headerOf(signed, 'Boateros-Signature');
  return suite.gateway.post('boateros', withHeaders(signed, { 'Boateros-Signature': change(tag, signed) }));
}

const MALFORMED = {
  'nothing in it': () => '',
  'the version alone': () => 'v1',
  'no value': () => 'v1=',
  'no version': (tag) => tag,
  'half of it': (tag) => `v1=${tag.slice(0, 32)}`,
  'the last digit missing': (tag) => `v1=${tag.slice(0, 63)}`,
  'the last byte missing': (tag) => `v1=${tag.slice(0, 62)}`,
  'a digit too many': (tag) => `v1=${tag}0`,
  'a byte too many': (tag) => `v1=${tag}00`,
  'itself twice over': (tag) => `v1=${tag}${tag}`,
  'junk behind it': (tag) => `v1=${tag}zz`,
  'a letter that is no hex digit': (tag) => `v1=${tag.slice(0, 63)}g`,
  'a space inside': (tag) => `v1=${tag.slice(0, 32)} ${tag.slice(32)}`,
  'a space behind the equals sign': (tag) => `v1= ${tag}`,
  '0x in front': (tag) => `v1=0x${tag}`,
  'base64': (tag) => `v1=${base64(tag)}`,
  'quotes': (tag) => `v1="${tag}"`,
  'an empty entry behind it': (tag) => `v1=${tag},`,
  'an empty entry in front': (tag) => `,v1=${tag}`,
  'an entry without an equals sign': (tag) => `v1=${tag},junk`,
  'a malformed entry of the same version beside it': (tag) => `v1=${tag},v1=00`,
  'semicolons': (tag) => `v1=${tag};v1=${tag}`,
  'nine entries': (tag) => Array(9).fill(`v1=${tag}`).join(','),
  'two thousand entries': (tag) => Array(2000).fill(`v1=${tag}`).join(','),
  'more than 1,024 bytes': (tag) => `v1=${tag},v9=${'a'.repeat(1000)}`,
  'a byte outside ASCII': (tag) => `v1=${tag.slice(0, 63)}\xe9`,
};

describe('a Peeker signature with', () => {
  for (const [name, change] of Object.entries(MALFORMED)) {
    test(name, () => suite.refused({ send: () => peekerWith(change), reason: 'malformed_header' }));
  }

  for (const [name, change] of [
    ['the version in capitals', (tag) => `V1=${tag}`],
    ['an older version', (tag) => `v0=${tag}`],
    ['a newer version', (tag) => `v2=${tag}`],
    ['the name of an algorithm for its version', (tag) => `sha256=${tag}`],
    ['an empty version', (tag) => `=${tag}`],
  ]) {
    test(`${name} is one that nobody here knows`, () =>
      suite.refused({ send: () => peekerWith(change), reason: 'unsupported_signature' }));
  }
});

const WRONG = {
  'the first digit changed': (tag) => flip(tag, 0),
  'the last digit changed': (tag) => flip(tag, 63),
  'the middle changed': (tag) => flip(tag, 31),
  'nought': () => '0'.repeat(64),
  'all ones': () => 'f'.repeat(64),
  'its bytes in reverse': (tag) => Buffer.from(tag, 'hex').reverse().toString('hex'),
};

const OVER = {
  'the body alone': ({ body }, secret) => hmac(secret, body),
  'timestamp and body without the id': ({ timestamp, body }, secret) => hmac(secret, `${timestamp}.`, body),
  'the parts without dots': ({ timestamp, id, body }, secret) => hmac(secret, timestamp, id, body),
  'the parts in another order': ({ timestamp, id, body }, secret) => hmac(secret, `${id}.${timestamp}.`, body),
  'nothing': (_, secret) => hmac(secret, ''),
  'the right text with an empty secret': ({ timestamp, id, body }) => hmac('', `${timestamp}.${id}.`, body),
  'the right text with the secret of another source': ({ timestamp, id, body }) => hmac(suite.secrets.BOATEROS_SECRET, `${timestamp}.${id}.`, body),
  'the right text with the secret in capitals': ({ timestamp, id, body }, secret) => hmac(secret.toUpperCase(), `${timestamp}.${id}.`, body),
  'the right text, hashed without a key': ({ timestamp, id, body }) => createHash('sha256').update(`${timestamp}.${id}.`).update(body).digest(),
  'the right text with SHA-512, cut': ({ timestamp, id, body }, secret) => createHmac('sha512', secret).update(`${timestamp}.${id}.`).update(body).digest().subarray(0, 32),
};

describe('a tag that is', () => {
  for (const [name, change] of Object.entries(WRONG)) {
    test(`${name}, Peeker`, () => suite.refused({ send: () => peekerWith((tag) => `v1=${change(tag)}`), reason: 'signature_mismatch' }));
    test(`${name}, Boateros`, () => suite.refused({ send: () => boaterosWith(change), reason: 'signature_mismatch' }));
  }
});

describe('a tag over', () => {
  for (const [name, make] of Object.entries(OVER)) {
    test(name, () =>
      suite.refused({
        send: () => peekerWith((_, signed) => `v1=${make(signed, suite.secrets.PEEKER_SECRET).toString('hex')}`),
        reason: 'signature_mismatch',
      }));
  }

  test('the text that the prose of Boateros describes, without the dot', () =>
    suite.refused({
      send: () => boaterosWith((_, { timestamp, body }) => hmac(suite.secrets.BOATEROS_SECRET, timestamp, body).toString('hex')),
      reason: 'signature_mismatch',
    }));

  test('another event', () => {
    const other = headerOf(suite.sign.peeker(), 'Peeker-Signature');
    return suite.refused({ send: () => peekerWith(() => other), reason: 'signature_mismatch' });
  });
});

describe('a Boateros signature with', () => {
  for (const [name, change, reason] of [
    ["Peeker's syntax", (tag) => `v1=${tag}`, 'malformed_header'],
    ['63 digits', (tag) => tag.slice(0, 63), 'malformed_header'],
    ['65 digits', (tag) => `${tag}0`, 'malformed_header'],
    ['half of it', (tag) => tag.slice(0, 32), 'malformed_header'],
    ['itself twice over', (tag) => tag + tag, 'malformed_header'],
    ['base64', base64, 'malformed_header'],
    ['nothing in it', () => '', 'malformed_header'],
    ['itself twice, as a list', (tag) => `${tag}, ${tag}`, 'ambiguous_header'],
  ]) {
    test(name, () => suite.refused({ send: () => boaterosWith(change), reason }));
  }
});

describe('no signature', () => {
  for (const [source, header] of [['peeker', 'Peeker-Signature'], ['boateros', 'Boateros-Signature'], ['webhooks', 'webhook-signature']]) {
    test(source, () =>
      suite.refused({
        send: () => suite.gateway.post(source, withHeaders(suite.sign[source](), { [header]: null })),
        reason: 'missing_header',
      }));
  }

  test("another provider's headers are of no use", () =>
    suite.refused({ send: () => suite.gateway.post('peeker', suite.sign.boateros()), reason: 'missing_header' }));
});

describe('what stands beside a good signature does not spoil it:', () => {
  for (const [name, change] of [
    ['capitals', (tag) => `v1=${tag.toUpperCase()}`],
    ['unknown versions', (tag) => `v0=zz,v1=${tag},v2=whatever`],
    ['a wrong one in front', (tag) => `v1=${'0'.repeat(64)},v1=${tag}`],
    ['a wrong one behind', (tag) => `v1=${tag},v1=${'0'.repeat(64)}`],
    ['spaces around the entries', (tag) => ` v0=1 , v1=${tag} `],
    ['seven others', (tag) => [...Array(7).fill(`v1=${'0'.repeat(64)}`), `v1=${tag}`].join(',')],
  ]) {
    test(name, async () => {
      const answer = await peekerWith(change);
      assert.equal(answer.status, 200, answer.body);
    });
  }
});

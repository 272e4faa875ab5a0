// Bytes that may not stand in a header, headers that come twice, and headers that pretend.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { headerOf, withHeaders } from '../harness/providers.mjs';
import { startHostileSuite } from '../harness/suite.mjs';

let suite;
before(async () => {
  suite = await startHostileSuite();
});
after(() => suite?.close());

const NAMES = {
  peeker: ['Peeker-Timestamp', 'Peeker-Event-Id', 'Peeker-Signature'],
  boateros: ['Boateros-Timestamp', 'Boateros-Signature'],
  webhooks: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
};

const send = (source, changes, signed = suite.sign[source]()) => suite.gateway.post(source, withHeaders(signed, changes));
/** Sends the genuine request with one of its values rewritten. */
const rewrite = (source, name, change) => {
  const signed = suite.sign[source]();
  return send(source, { [name]: change(headerOf(signed, name)) }, signed);
};

describe('odd bytes', () => {
  const ODD = {
    'a byte above ASCII': (value) => `${value}\xe9`,
    'a letter of two bytes': (value) => `${value}\xc3\xa9`,
    'bytes that are no UTF-8': (value) => `${value}\xff\xfe`,
    'a byte order mark in front': (value) => `\xef\xbb\xbf${value}`,
    'a space without a break in front': (value) => `\xc2\xa0${value}`,
    'a zero-width space behind': (value) => `${value}\xe2\x80\x8b`,
    'a control byte': (value) => `${value}\x01`,
    'an escape sequence': (value) => `\x1b[2J${value}`,
    'a vertical tab behind': (value) => `${value}\x0b`,
    'DEL': (value) => `${value}\x7f`,
    'a tab inside': (value) => `${value.slice(0, 4)}\t${value.slice(4)}`,
  };
  for (const [name, change] of Object.entries(ODD)) {
    for (const header of ['Peeker-Timestamp', 'Peeker-Event-Id', 'Peeker-Signature']) {
      test(`${name} in ${header}`, () =>
        suite.refused({ send: () => rewrite('peeker', header, change), reason: 'malformed_header' }));
    }
  }
});

describe('a header that comes twice', () => {
  for (const [source, names] of Object.entries(NAMES)) {
    for (const name of names) {
      // Peeker's and Standard Webhooks' signatures are lists: two headers are one longer list.
      if (/^(peeker|webhook)-signature$/i.test(name)) continue;
      test(`${name}, both the same`, () =>
        suite.refused({ send: () => rewrite(source, name, (value) => [value, value]), reason: 'ambiguous_header' }));
      test(`${name}, a wrong one second`, () =>
        suite.refused({ send: () => rewrite(source, name, (value) => [value, '1']), reason: 'ambiguous_header' }));
      test(`${name}, an empty one first`, () =>
        suite.refused({ send: () => rewrite(source, name, (value) => ['', value]), reason: 'ambiguous_header' }));
    }
  }

  test('Peeker-Signature with an empty one beside it has an empty entry', () =>
    suite.refused({ send: () => rewrite('peeker', 'Peeker-Signature', (value) => [value, '']), reason: 'malformed_header' }));

  test('Peeker-Signature, a wrong and a good one, is a list', async () => {
    const answer = await rewrite('peeker', 'Peeker-Signature', (value) => [`v1=${'0'.repeat(64)}`, value]);
    assert.equal(answer.status, 200, answer.body);
  });
});

describe('names that only look alike', () => {
  for (const [name, lookalike] of [
    ['underscores', 'Peeker_Event_Id'],
    ['no hyphens', 'PeekerEventId'],
    ['an X in front', 'X-Peeker-Event-Id'],
    ['one letter more', 'Peeker-Event-Ids'],
  ]) {
    test(name, () => {
      const signed = suite.sign.peeker();
      const id = headerOf(signed, 'Peeker-Event-Id');
      return suite.refused({
        send: () => send('peeker', { 'Peeker-Event-Id': null, [lookalike]: id }, signed),
        reason: 'missing_header',
      });
    });
  }

  for (const [name, change] of [
    ['capitals', (header) => header.toUpperCase()],
    ['small letters', (header) => header.toLowerCase()],
  ]) {
    test(`but names in ${name} are the same names`, async () => {
      const signed = suite.sign.peeker();
      const answer = await suite.gateway.post('peeker', { ...signed, headers: signed.headers.map(([header, value]) => [change(header), value]) });
      assert.equal(answer.status, 200, answer.body);
    });
  }

  test('spaces and tabs around a value are not part of it', async () => {
    const answer = await rewrite('peeker', 'Peeker-Timestamp', (value) => ` \t ${value} \t `);
    assert.equal(answer.status, 200, answer.body);
  });
});

describe('lines that are no header lines', () => {
  const LINES = {
    'NUL in a value': ['Peeker-Event-Id: evt\0_1'],
    'a bare carriage return in a value': ['Peeker-Event-Id: evt\rX-Injected: 1'],
    'a folded line': ['Peeker-Event-Id: evt', ' _1'],
    'a space before the colon': ['Peeker-Event-Id : evt_1'],
    'no colon': ['Peeker-Event-Id'],
    'no name': [': evt_1'],
  };
  for (const [name, lines] of Object.entries(LINES)) {
    test(name, () => suite.refusedByRuntime({ send: () => sendLines(lines) }));
  }

  test('a line feed alone ends a header line, so that what follows it is no part of the value', () => {
    const signed = suite.sign.peeker();
    const id = headerOf(signed, 'Peeker-Event-Id');
    return suite.refused({
      send: () => send('peeker', { 'Peeker-Event-Id': `${id.slice(0, 5)}\nX-Rest: ${id.slice(5)}` }, signed),
      reason: 'signature_mismatch',
    });
  });

  test('a megabyte of headers', () =>
    suite.refusedByRuntime({ send: () => send('peeker', { 'X-Big': 'x'.repeat(1 << 20) }), status: 431 }));
});

/** A genuine request whose event id is given by these raw lines. */
function sendLines(lines) {
  const signed = suite.sign.peeker();
  const others = signed.headers.filter(([name]) => name !== 'Peeker-Event-Id').map(([name, value]) => `${name}: ${value}`);
  const head = ['POST /hooks/peeker HTTP/1.1', `Host: ${suite.gateway.host}`, ...others, ...lines, `Content-Length: ${signed.body.length}`];
  return suite.gateway.sendBytes(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), signed.body]));
}

test('headers that pretend to come from the gateway, or to be for the destination, get no further', async () => {
  const pretended = {
    'Countersign-Source': 'someone-else',
    'Countersign-Event-Id': 'evt_pretended',
    'Countersign-Delivery-Id': 'dlv_pretended',
    'Countersign-Verified': '1',
    'Countersign-Replay': 'true',
    'Countersign-Conflict': 'true',
    'Countersign-Attempt': '99',
    'Authorization': 'Bearer pretended',
    'Cookie': 'session=pretended',
    'Proxy-Authorization': 'Basic pretended',
    'X-Forwarded-For': '10.0.0.1',
    'X-Forwarded-Host': 'pretended.example.com',
    'Forwarded': 'for=10.0.0.1',
    'CF-Connecting-IP': '10.0.0.1',
    'X-HTTP-Method-Override': 'DELETE',
    'Accept-Encoding': 'gzip',
    'User-Agent': 'pretended',
    'TE': 'trailers',
    'webhook-id': 'pretended',
    'webhook-signature': 'v1,pretended',
  };
  const answer = await send('peeker', pretended);
  assert.equal(answer.status, 200, answer.body);
  const { headers } = suite.origin.last('/peeker');
  assert.deepEqual(headers.filter(([, value]) => /pretended|10\.0\.0\.1|someone-else/.test(value)), []);
  const names = headers.map(([name]) => name.toLowerCase());
  for (const name of Object.keys(pretended).map((key) => key.toLowerCase())) {
    if (/^countersign-(source|event-id|delivery-id|attempt)$/.test(name)) continue;
    assert.ok(!names.includes(name), `${name} was passed on`);
  }
});

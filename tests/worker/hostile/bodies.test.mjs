// The body: what was changed in it, how long it is, how it is framed.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { jsonBody } from '../harness/providers.mjs';
import { encodeChunks, encodeRequest } from '../harness/raw.mjs';
import { relay, startHostileSuite } from '../harness/suite.mjs';

const CAP = 4096;

let suite;
before(async () => {
  suite = await startHostileSuite({
    each: { maxBodyBytes: CAP },
    sources: (origin) => ({ roomy: relay('peeker', 'ROOMY_SECRET', origin.url('/roomy')) }),
    secrets: { ROOMY_SECRET: 'canary-roomy-0123456789abcdef' },
  });
});
after(() => suite?.close());

const signed = (body) => suite.sign.peeker({ body });
/** A genuine request with its body exchanged for `change(body)`. */
const changed = (change, body = jsonBody('order.completed', { price: 12.5 })) => {
  const request = signed(body);
  return suite.gateway.post('peeker', { ...request, body: change(request.body) });
};
const replaceText = (from, to) => (body) => Buffer.from(body.toString('utf8').replace(from, to), 'utf8');

describe('a body that was', () => {
  const CHANGES = {
    'emptied': () => Buffer.alloc(0),
    'cut by a byte': (body) => body.subarray(0, -1),
    'longer by a line feed': (body) => Buffer.concat([body, Buffer.from('\n')]),
    'longer by a space in front': (body) => Buffer.concat([Buffer.from(' '), body]),
    'longer by NUL': (body) => Buffer.concat([body, Buffer.from([0])]),
    'given a byte order mark': (body) => Buffer.concat([Buffer.from('\ufeff'), body]),
    'changed in one bit at its beginning': (body) => flipBit(body, 0),
    'changed in one bit at its end': (body) => flipBit(body, body.length - 1),
    'changed in one digit': replaceText('12.5', '12.6'),
    'written in another way with the same meaning': replaceText('12.5', '12.50'),
    'parsed and printed again': (body) => Buffer.from(JSON.stringify(JSON.parse(body), null, 1)),
    'doubled': (body) => Buffer.concat([body, body]),
    'put in capitals': (body) => Buffer.from(body.toString('utf8').toUpperCase()),
  };
  for (const [name, change] of Object.entries(CHANGES)) {
    test(name, () => suite.refused({ send: () => changed(change), reason: 'signature_mismatch' }));
  }

  test('decoded as UTF-8 and encoded again', () => {
    const binary = Buffer.from('7b22ff22fe7d', 'hex');
    return suite.refused({
      send: () => changed(() => Buffer.from(binary.toString('utf8'), 'utf8'), binary),
      reason: 'signature_mismatch',
    });
  });

  test('changed in a byte that is no UTF-8 for another that is none', () =>
    suite.refused({
      send: () => changed(() => Buffer.from('2222ff22', 'hex'), Buffer.from('2222fe22', 'hex')),
      reason: 'signature_mismatch',
    }));

  test('given other line ends', () =>
    suite.refused({ send: () => changed(replaceText('\n', '\r\n'), '{\n"type":"order.completed"}'), reason: 'signature_mismatch' }));
});

describe('a genuine body arrives as it is:', () => {
  const BODIES = {
    'empty': Buffer.alloc(0),
    'no UTF-8': Buffer.from('00ff22fe7d80', 'hex'),
    'all 256 bytes': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    'a byte order mark': Buffer.from('\ufeff{}'),
    'exactly as long as is allowed': randomBytes(CAP),
    'text that would end a chunked body': Buffer.from('0\r\n\r\nPOST / HTTP/1.1\r\n\r\n'),
  };
  for (const [name, body] of Object.entries(BODIES)) {
    for (const framing of ['length', 'chunked']) {
      test(`${name}, ${framing}`, async () => {
        const answer = await suite.gateway.post('peeker', signed(body), { framing });
        assert.equal(answer.status, 200, answer.body);
        assert.ok(suite.origin.last('/peeker').body.equals(body), 'other bytes arrived');
      });
    }
  }

  test('a megabyte, where nothing else is configured', async () => {
    const body = randomBytes(1 << 20);
    const answer = await suite.gateway.post('roomy', suite.sign.peeker({ secret: 'canary-roomy-0123456789abcdef', body }));
    assert.equal(answer.status, 200, answer.body);
    assert.ok(suite.origin.last('/roomy').body.equals(body));
  });
});

describe('a body that is too long', () => {
  const over = randomBytes(CAP + 1);

  test('by a byte, and says so', () => suite.refused({ send: () => suite.gateway.post('peeker', signed(over)), status: 413 }));
  test('by a byte, and does not say so', () =>
    suite.refused({ send: () => suite.gateway.post('peeker', signed(over), { framing: 'chunked' }), status: 413 }));
  test('by far, in small chunks', () =>
    suite.refused({ send: () => sendChunked(signed(randomBytes(CAP * 40)), 100), status: 413 }));
  test('by a byte, where nothing else is configured', () =>
    suite.refused({ send: () => suite.gateway.post('roomy', signed(randomBytes((1 << 20) + 1))), status: 413 }));
  test('by its own account only', () =>
    suite.refused({ send: () => sendWithLength(String(CAP + 1), 'half-close'), status: 413 }));
  test('by its own account and without a good header: its length is judged first', () =>
    suite.refused({ send: () => suite.gateway.post('peeker', { headers: [], body: over }), status: 413 }));
  test('but whose headers are bad, and does not say how long it is: the headers are judged first', () =>
    suite.refused({
      send: () => suite.gateway.post('peeker', { headers: [], body: over }, { framing: 'chunked' }),
      reason: 'missing_header',
    }));
});

describe('an encoded body', () => {
  for (const coding of ['gzip', 'GZIP', 'br', 'deflate', 'zstd', 'x-gzip', 'identity, gzip', 'gzip, identity', 'unknown', '""']) {
    test(coding, () =>
      suite.refused({ send: () => withEncoding(coding, gzipSync(jsonBody('order.completed'))), status: 415 }));
  }

  test('a bomb', () => suite.refused({ send: () => withEncoding('gzip', gzipSync(Buffer.alloc(1 << 20)).subarray(0, CAP)), status: 415 }));

  test('gzip without a word about it is just bytes', async () => {
    const body = gzipSync('{}');
    const answer = await suite.gateway.post('peeker', signed(body));
    assert.equal(answer.status, 200, answer.body);
    assert.ok(suite.origin.last('/peeker').body.equals(body));
  });

  for (const coding of ['identity', 'Identity']) {
    test(`${coding} is none`, async () => {
      const answer = await withEncoding(coding, Buffer.from('{}'));
      assert.equal(answer.status, 200, answer.body);
    });
  }
});

describe('framing', () => {
  const LENGTHS = { 'negative': '-1', 'with a sign': '+2', 'hexadecimal': '0x2', 'a fraction': '2.0', 'twice, and different': '2\r\nContent-Length: 3', 'huge': '99999999999999999999999' };
  for (const [name, length] of Object.entries(LENGTHS)) {
    test(`a length that is ${name}`, () => suite.refusedByRuntime({ send: () => sendWithLength(length) }));
  }

  test('an unknown transfer coding', () =>
    suite.refusedByRuntime({ send: () => sendHead(['Transfer-Encoding: xchunked'], '2\r\n{}\r\n0\r\n\r\n') }));

  for (const [name, body] of [
    ['whose size is no number', 'zz\r\n{}\r\n0\r\n\r\n'],
    ['that is shorter than it says', '5\r\n{}\r\n0\r\n\r\n'],
  ]) {
    test(`a chunk ${name}`, () =>
      suite.refused({ send: () => sendHead(['Transfer-Encoding: chunked', ...lines(signed('{}'))], body), status: 400, body: '{"error":"body_unreadable"}' }));
  }

  test('no host', () =>
    suite.refusedByRuntime({ send: () => suite.gateway.sendBytes(encodeRequest({ target: '/hooks/peeker', host: null, headers: [] })) }));

  test('a length and chunks: the chunks count, and no second request hides behind them', async () => {
    const request = signed('{}');
    const smuggled = encodeRequest({ target: '/hooks/peeker', host: suite.gateway.host, headers: signed('[1]').headers, body: Buffer.from('[2]') });
    const before = suite.origin.requests.length;
    const answer = await sendHead(
      ['Content-Length: 2', 'Transfer-Encoding: chunked', ...lines(request)],
      Buffer.concat([encodeChunks(request.body), smuggled]),
    );
    assert.equal(answer.status, 200, answer.body);
    await suite.gateway.idle();
    assert.equal(suite.origin.requests.length, before + 1);
    assert.equal(suite.origin.last('/peeker').body.toString(), '{}');
  });

  test('a client that goes away in the middle of its body', async () => {
    const request = signed(jsonBody('order.completed'));
    await suite.refusedByRuntime({ send: () => sendWithLength(String(request.body.length), 'hang-up', request, request.body.subarray(0, 20)), status: 0 });
  });

  test('what comes behind the body is not part of it', async () => {
    const request = signed('{}');
    const answer = await sendHead(['Content-Length: 2', ...lines(request)], '{}{"more":1}');
    assert.equal(answer.status, 200, answer.body);
    assert.equal(suite.origin.last('/peeker').body.toString(), '{}');
  });
});

test('a body that comes too slowly is given up after ten seconds', { timeout: 20_000 }, async () => {
  const request = signed(jsonBody('order.completed'));
  async function* slowly() {
    const bytes = encodeRequest({ target: '/hooks/peeker', host: suite.gateway.host, headers: request.headers, body: request.body });
    yield bytes.subarray(0, bytes.length - 20);
    for (let left = 20; left > 1; left -= 1) {
      await new Promise((done) => setTimeout(done, 1000));
      yield bytes.subarray(bytes.length - left, bytes.length - left + 1);
    }
  }
  const answer = await suite.refused({ send: () => suite.gateway.sendBytes(slowly()), status: 408 });
  assert.ok(answer.elapsedMs > 9_500 && answer.elapsedMs < 14_500, `after ${answer.elapsedMs} ms`);
});

function flipBit(body, at) {
  const copy = Buffer.from(body);
  copy[at] ^= 1;
  return copy;
}

function withEncoding(coding, body) {
  const request = signed(body);
  return suite.gateway.post('peeker', { ...request, headers: [...request.headers, ['Content-Encoding', coding]] });
}

const lines = (request) => request.headers.map(([name, value]) => `${name}: ${value}`);

function sendHead(headerLines, body, options) {
  const head = ['POST /hooks/peeker HTTP/1.1', `Host: ${suite.gateway.host}`, ...headerLines].join('\r\n');
  return suite.gateway.sendBytes(Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), Buffer.from(body)]), options);
}

function sendWithLength(length, afterwards = 'wait', request = signed('{}'), body = request.body) {
  return sendHead([...lines(request), `Content-Length: ${length}`], body, { afterwards });
}

function sendChunked(request, size) {
  return sendHead([...lines(request), 'Transfer-Encoding: chunked'], encodeChunks(request.body, size));
}

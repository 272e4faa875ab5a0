// Paths that are not quite a source's, and methods that are not POST. Every request here is signed
// correctly, so that nothing but its first line is wrong.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { relay, startHostileSuite } from '../harness/suite.mjs';

let suite;
before(async () => {
  suite = await startHostileSuite({ sources: (origin) => ({ broken: relay('peeker', 'NOT_SET', origin.url('/broken')) }) });
});
after(() => suite?.close());

const send = (target, more = {}) => {
  const { headers, body } = suite.sign.peeker();
  return suite.gateway.send({ target, headers, body, ...more });
};

describe('there is nothing at', () => {
  for (const target of [
    '/',
    '/hooks',
    '/hooks/',
    '/hooks/unknown',
    '/hooks/peeker/',
    '/hooks/peeker/more',
    '/hooks//peeker',
    '//hooks/peeker',
    '/./hooks/peeker',
    '/hooks/./peeker',
    '/x/../hooks/peeker',
    '/hooks/x/../peeker',
    '/hooks/x/%2e%2e/peeker',
    '/Hooks/peeker',
    '/hooks/Peeker',
    '/hooks/PEEKER',
    '/hooks/%70eeker',
    '/hooks/peeker%20',
    '/hooks/peeker%00',
    '/hooks/peeker%2f',
    '/hooks/peeker%3fx',
    '/hooks/peeker;x=1',
    '/hooks/peeker.',
    '/hooks/peeker\\',
    '/hooks\\peeker',
    '/hooks/peeker,boateros',
    '/hooks/__proto__',
    '/hooks/constructor',
    '/hooks/toString',
    '/hooks/p\xc3\xa9eker',
    `/hooks/${'p'.repeat(10_000)}`,
    '/hook/peeker',
    '/peeker',
    '/healthz/',
    '/healthz/hooks/peeker',
    '/admin/events',
    '/?/hooks/peeker',
    '/x?/hooks/peeker',
  ]) {
    test(target.length > 60 ? `${target.slice(0, 60)}…` : target, () => suite.refused({ send: () => send(target), status: 404 }));
  }

  test('an unknown source, whatever the method', () => suite.refused({ send: () => send('/hooks/unknown', { method: 'GET' }), status: 404 }));
});

describe('a source takes no', () => {
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'QUERY', 'PURGE']) {
    test(method, () =>
      suite.refused({
        send: () => send('/hooks/peeker', { method }),
        status: 405,
        headers: { allow: 'POST' },
        ...(method === 'HEAD' ? { body: '' } : {}),
      }));
  }

  test('GET that says it is a POST', () => {
    const signed = suite.sign.peeker();
    return suite.refused({
      send: () => suite.gateway.post('peeker', { ...signed, headers: [...signed.headers, ['X-HTTP-Method-Override', 'POST']] }, { method: 'GET' }),
      status: 405,
      headers: { allow: 'POST' },
    });
  });

  test('other method either when it is out of service', () =>
    suite.refused({ send: () => send('/hooks/broken', { method: 'GET' }), status: 405, headers: { allow: 'POST' } }));

  for (const [method, status] of [['post', 501], ['Post', 501], ['GARBAGE', 501], ['CONNECT', 500]]) {
    test(`${method}, which the runtime hands to nobody`, () =>
      suite.refusedByRuntime({ send: () => send('/hooks/peeker', { method }), status }));
  }
});

describe('what is wrong is judged in this order:', () => {
  const wrong = { headers: [['Content-Encoding', 'gzip']], body: Buffer.alloc((1 << 20) + 1) };
  test('path', () => suite.refused({ send: () => send('/hooks/unknown', { ...wrong, method: 'PUT' }), status: 404 }));
  test('method', () => suite.refused({ send: () => send('/hooks/broken', { ...wrong, method: 'PUT' }), status: 405 }));
  test('source', () => suite.refused({ send: () => send('/hooks/broken', wrong), status: 503 }));
  test('encoding', () => suite.refused({ send: () => send('/hooks/peeker', wrong), status: 415 }));
  test('length', () => suite.refused({ send: () => send('/hooks/peeker', { ...wrong, headers: [] }), status: 413 }));
  test('headers', () => suite.refused({ send: () => send('/hooks/peeker', { headers: [] }), status: 401, reason: 'missing_header' }));
});

describe('a query is no part of the path:', () => {
  for (const target of ['/hooks/peeker?', '/hooks/peeker?tenant=1', '/hooks/peeker?a=/hooks/boateros', '/hooks/peeker?x=../../']) {
    test(target, async () => {
      const answer = await send(target);
      assert.equal(answer.status, 200, answer.body);
      assert.equal(suite.origin.last().path, '/peeker');
    });
  }
});

describe('the health check', () => {
  test('takes no POST', () => suite.refused({ send: () => send('/healthz'), status: 405, headers: { allow: 'GET, HEAD' } }));

  test('touches nothing', async () => {
    const answer = await suite.untouched(() => suite.gateway.get('/healthz'));
    assert.equal(answer.status, 503);
  });

  test('knows HEAD', async () => {
    const answer = await suite.untouched(() => suite.gateway.send({ method: 'HEAD', target: '/healthz', framing: 'none' }));
    assert.deepEqual([answer.status, answer.body], [503, '']);
  });
});

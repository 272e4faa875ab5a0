// Where a configuration can stand, and what a gateway does that has none or can't read it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startGateway } from './harness/gateway.mjs';
import { startOrigin } from './harness/origin.mjs';
import { freshSecret, jsonBody, peeker } from './harness/providers.mjs';
import { relay } from './harness/suite.mjs';

const SECRET = freshSecret('only');

/** A gateway with one secret, `S`, and what `configure(origin's URL)` gives it. */
async function gatewayWith(context, configure) {
  const origin = await startOrigin();
  context.after(() => origin.close());
  const gateway = await startGateway({ secrets: { S: SECRET }, origins: [origin], ...configure(origin.url('/in')) });
  context.after(() => gateway.close());
  return gateway;
}

const post = (gateway, source) => gateway.post(source, peeker({ secret: SECRET, body: jsonBody('order.completed') }));

async function health(gateway) {
  const { status, body } = await gateway.get('/healthz');
  return [status, body];
}

async function mistakes(gateway) {
  const deadline = performance.now() + 3000;
  for (;;) {
    const line = gateway.lines().find(({ message }) => message === 'configuration');
    if (line) return line.mistakes.filter(({ severity }) => severity === 'error').map(({ path }) => path);
    if (performance.now() > deadline) throw new Error('nothing was logged about the configuration');
    await new Promise((done) => setTimeout(done, 10));
  }
}

describe('a source can stand', () => {
  for (const [name, configure, source] of [
    ['in SOURCES, as an object', (url) => ({ sources: { app: relay('peeker', 'S', url) } }), 'app'],
    ['in SOURCES, as text', (url) => ({ sources: JSON.stringify({ app: relay('peeker', 'S', url) }) }), 'app'],
    ['in a variable of its own, as text', (url) => ({ vars: { SOURCE_MY_APP: JSON.stringify(relay('peeker', 'S', url)) } }), 'my-app'],
    ['in a variable of its own, as an object', (url) => ({ vars: { SOURCE_MY_APP: relay('peeker', 'S', url) } }), 'my-app'],
  ]) {
    test(name, async (context) => {
      const gateway = await gatewayWith(context, configure);
      assert.deepEqual(await health(gateway), [200, 'ok']);
      assert.match((await post(gateway, source)).body, /"delivered"/);
      assert.deepEqual(await mistakes(gateway), []);
    });
  }
});

describe('nothing is served, and the health check says so,', () => {
  const broken = '{"app": {"scheme": "peeker", ';
  for (const [name, configure, path, status] of [
    ['without any source', () => ({}), 'SOURCES', 503],
    ['with an empty SOURCES', () => ({ sources: {} }), 'SOURCES', 503],
    ['with SOURCES that is no JSON', () => ({ sources: broken }), 'SOURCES', 503],
    ['with SOURCES that is a list', () => ({ sources: '[]' }), 'SOURCES', 503],
    ['with SOURCES that holds nothing but the secret', () => ({ sources: SECRET }), 'SOURCES', 503],
    ['where two variables hold one source', (url) => ({ sources: { app: relay('peeker', 'S', url) }, vars: { SOURCE_APP: JSON.stringify(relay('peeker', 'S', url)) } }), 'SOURCE_APP', 503],
    ['where one text holds a source twice', (url) => ({ sources: `{"app":${JSON.stringify(relay('peeker', 'S', url))},"app":${JSON.stringify(relay('peeker', 'S', url))}}` }), 'SOURCES.app', 503],
  ]) {
    test(name, async (context) => {
      const gateway = await gatewayWith(context, configure);
      assert.deepEqual(await health(gateway), [503, 'misconfigured']);
      assert.equal((await post(gateway, 'app')).status, status);
      assert.ok((await mistakes(gateway)).includes(path));
    });
  }
});

test('a broken SOURCES does not touch a source in a variable of its own', async (context) => {
  const gateway = await gatewayWith(context, (url) => ({ sources: '{', vars: { SOURCE_APP: JSON.stringify(relay('peeker', 'S', url)) } }));
  assert.match((await post(gateway, 'app')).body, /"delivered"/);
  assert.deepEqual(await health(gateway), [503, 'misconfigured']);
});

test('a filter that matches nothing is warned about, with the nearest name, and its source serves', async (context) => {
  const gateway = await gatewayWith(context, (url) => ({ sources: { app: relay('peeker', 'S', url, { destination: { events: ['order.create', 'order.*'] } }) } }));
  assert.match((await post(gateway, 'app')).body, /"delivered"/);
  assert.deepEqual(await mistakes(gateway), []);
  const { mistakes: found } = gateway.lines().find(({ message }) => message === 'configuration');
  const warning = found.find(({ path }) => path === 'SOURCES.app.destinations[0].events[0]');
  assert.equal(warning.severity, 'warning');
  assert.match(warning.message, /did you mean (order|swap)\.[a-z_]+\?/);
});

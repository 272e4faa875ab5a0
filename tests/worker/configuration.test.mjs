// Where a configuration can stand, and what a gateway does that has none or can't read it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startGateway } from './harness/gateway.mjs';
import { startOrigin } from './harness/origin.mjs';
import { freshSecret, jsonBody, peeker } from './harness/providers.mjs';
import { relay } from './harness/suite.mjs';

const SECRET = freshSecret('only');
const OTHER_SECRET = freshSecret('other');

/** A gateway with two secrets, `S` and `T`, and what `configure(origin's URL)` gives it. */
async function gatewayWith(context, configure) {
  const origin = await startOrigin();
  context.after(() => origin.close());
  const secrets = { S: SECRET, T: OTHER_SECRET };
  const gateway = await startGateway({ secrets, origins: [origin], ...configure(origin.url('/in')) });
  context.after(() => gateway.close());
  return gateway;
}

const post = (gateway, source, secret = SECRET) => gateway.post(source, peeker({ secret, body: jsonBody('order.completed') }));

const inbox = (secret, url, more) => relay('peeker', secret, url, { mode: 'inbox', destination: { signingSecret: false }, ...more });

async function health(gateway) {
  const { status, body } = await gateway.get('/healthz');
  return [status, body];
}

async function configuration(gateway) {
  const deadline = performance.now() + 3000;
  for (;;) {
    const line = gateway.lines().find(({ message }) => message === 'configuration');
    if (line) return line;
    if (performance.now() > deadline) throw new Error('nothing was logged about the configuration');
    await new Promise((done) => setTimeout(done, 10));
  }
}

async function mistakes(gateway) {
  const { mistakes } = await configuration(gateway);
  return mistakes.filter(({ severity }) => severity === 'error').map(({ path }) => path);
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

// Where no Durable Object is bound. A deployment that only relays needs none.
describe('inbox mode without its Durable Object', () => {
  const bothModes = (url) => ({ sources: { app: relay('peeker', 'S', url), kept: inbox('T', url) } });

  test('is a mistake that says what to add, and its source answers 503', async (context) => {
    const gateway = await gatewayWith(context, bothModes);
    const answer = await post(gateway, 'kept', OTHER_SECRET);
    assert.deepEqual([answer.status, answer.body, answer.header('retry-after')], [503, '{"error":"misconfigured"}', '60']);
    assert.equal((await gateway.logLine(answer)).reason, 'misconfigured');
    const { sources, mistakes: found } = await configuration(gateway);
    assert.deepEqual(sources.find(({ name }) => name === 'kept'), { name: 'kept', ready: false });
    assert.deepEqual(found.filter(({ severity }) => severity === 'error').map(({ path }) => path), ['SOURCES.kept.mode']);
    const { message } = found.find(({ path }) => path === 'SOURCES.kept.mode');
    for (const line of ['[[durable_objects.bindings]]', 'INBOX', '[[migrations]]', 'new_sqlite_classes']) {
      assert.ok(message.includes(line), `${message} does not mention ${line}`);
    }
  });

  test('does not touch a source in relay mode', async (context) => {
    const gateway = await gatewayWith(context, bothModes);
    assert.match((await post(gateway, 'app')).body, /"delivered"/);
    assert.deepEqual(await health(gateway), [503, 'misconfigured']);
  });

  test('is no mistake where no source wants it', async (context) => {
    const gateway = await gatewayWith(context, (url) => ({ sources: { app: relay('peeker', 'S', url) } }));
    assert.match((await post(gateway, 'app')).body, /"delivered"/);
    const { sources, mistakes: found } = await configuration(gateway);
    const host = new URL(gateway.url).hostname;
    assert.equal(sources[0].mode, 'relay');
    assert.equal(sources[0].destinations.length, 1);
    assert.ok(sources[0].destinations[0].startsWith(host), sources[0].destinations[0]);
    assert.ok(!found.some(({ message }) => message.includes('INBOX')));
  });
});

test('settings of inbox mode are warned about in relay mode, and its source serves', async (context) => {
  const settings = { retrySchedule: [60], retentionDays: 7, shards: 8, maxInFlight: 1, drainPerSecond: 5, breaker: { attempts: 3 } };
  const gateway = await gatewayWith(context, (url) => ({ sources: { app: relay('peeker', 'S', url, settings) } }));
  assert.match((await post(gateway, 'app')).body, /"delivered"/);
  const { mistakes: found } = await configuration(gateway);
  for (const name of Object.keys(settings)) {
    const warning = found.find(({ path }) => path === `SOURCES.app.${name}`);
    assert.equal(warning?.severity, 'warning', name);
    assert.match(warning.message, /relay mode/);
  }
});

test('with its Durable Object a source in inbox mode is ready, and the log names its mode and where its events go', async (context) => {
  const gateway = await gatewayWith(context, (url) => {
    const destinations = ['app', 'archive'].map((name) => ({ name, url: `${url}/${name}`, signingSecret: false }));
    return { inbox: true, sources: { kept: inbox('T', url, { destinations }) } };
  });
  const answer = await post(gateway, 'kept', OTHER_SECRET);
  assert.equal(answer.status, 202, answer.body);
  assert.deepEqual(await health(gateway), [200, 'ok']);
  assert.deepEqual(await mistakes(gateway), []);
  const { sources: [kept] } = await configuration(gateway);
  assert.deepEqual([kept.name, kept.mode, kept.ready, kept.destinations.length], ['kept', 'inbox', true, 2]);
});

test('without R2 an inbox says that it takes no body over 1,900,000 bytes, and takes none', async (context) => {
  const gateway = await gatewayWith(context, (url) => ({ inbox: true, sources: { kept: inbox('T', url, { maxBodyBytes: 5_000_000 }) } }));
  for (const [bytes, status] of [[1_900_001, 413], [1_900_000, 202]]) {
    const body = `{"type":"order.completed","pad":"${'x'.repeat(bytes - 35)}"}`;
    assert.equal(body.length, bytes);
    const answer = await gateway.post('kept', peeker({ secret: OTHER_SECRET, body }));
    assert.equal(answer.status, status, `${bytes}: ${answer.body}`);
  }
  const { mistakes: found } = await configuration(gateway);
  const warning = found.find(({ path }) => path === 'SOURCES.kept.maxBodyBytes');
  assert.equal(warning.severity, 'warning');
  assert.match(warning.message, /BODIES/);
});

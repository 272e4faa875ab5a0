// Destinations that would lead the gateway to where it must not go. None of these sources serves,
// and nothing is ever connected to.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGateway } from '../harness/gateway.mjs';
import { freshSecret, jsonBody, peeker } from '../harness/providers.mjs';
import { relay } from '../harness/suite.mjs';

const REFUSED = [
  'http://app.example.com/',
  'HTTP://app.example.com/',
  'ftp://app.example.com/',
  'file:///etc/passwd',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'ws://app.example.com/',
  '//app.example.com/',
  'https:/app.example.com/',
  'https:app.example.com',
  'https://',
  'https:///path',
  'https://user@app.example.com/',
  'https://user:password@app.example.com/',
  'https://app.example.com@127.0.0.1/',
  'https://app.example.com#@127.0.0.1/',
  'https://app.example.com/#fragment',
  'https://app.example.com\\@127.0.0.1/',
  'https:\\\\127.0.0.1/',
  'https://app.example.com:99999/',
  'https://app.example.com:port/',
  'https://app example.com/',
  ' https://app.example.com/',
  'https://app.example.com/\n',
  'https://app.exam\tple.com/',
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://app.localhost/',
  'https://printer/',
  'https://db.internal/',
  'https://metadata.google.internal/',
  'https://nas.local/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.0.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://127.0.0.1./',
  'https://127.255.255.254/',
  'https://0.0.0.0/',
  'https://0/',
  'https://10.0.0.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[fe80::1]/',
  'https://[fe80::1%25eth0]/',
  'https://[fc00::1]/',
  'https://[fd12:3456:789a::1]/',
  'https://[ff02::1]/',
  'https://[2001:db8::1]/',
  'https://[::1/',
  'https://１２７.0.0.1/',
  'https://ⓛocalhost/',
  'https://127。0。0。1/',
  'https://%31%32%37.0.0.1/',
];

const TAKEN = [
  'https://app.example.com',
  'https://app.example.com/webhooks?tenant=1',
  'https://app.example.com:8443/',
  'https://xn--bcher-kva.example/in',
  'https://93.184.216.34/in',
  'https://[2606:2800:220:1::1]/in',
];

const urls = [...REFUSED, ...TAKEN];
const name = (url) => `s${urls.indexOf(url)}`;
const secret = (url) => `SECRET_${urls.indexOf(url)}`;

let gateway;
let configuration;
const secrets = Object.fromEntries(urls.map((url) => [secret(url), freshSecret('url')]));
before(async () => {
  gateway = await startGateway({
    insecureDestinations: false,
    secrets,
    sources: Object.fromEntries(urls.map((url) => [name(url), relay('peeker', secret(url), url)])),
  });
  await gateway.get('/healthz');
  await gateway.idle();
  configuration = await firstConfiguration();
});
after(() => gateway?.close());

describe('no event goes to', () => {
  for (const url of REFUSED) {
    test(JSON.stringify(url), async () => {
      const signed = peeker({ secret: secrets[secret(url)], body: jsonBody('order.completed') });
      const answer = await gateway.post(name(url), signed);
      assert.deepEqual([answer.status, answer.body], [503, '{"error":"misconfigured"}']);
      const path = `SOURCES.${name(url)}.destinations[0].url`;
      assert.ok(configuration.mistakes.some((mistake) => mistake.path === path), `no mistake at ${path}`);
    });
  }

  test('and nothing was connected to or stored', async () => {
    const { counters, kv } = await gateway.state();
    assert.deepEqual([counters.fetches, counters.get, counters.put, kv], [0, 0, 0, []]);
  });
});

describe('a destination can be', () => {
  for (const url of TAKEN) {
    test(url, () => assert.equal(configuration.sources.find((source) => source.name === name(url)).ready, true));
  }
});

describe('the gateway itself is no destination:', () => {
  let looping;
  const own = freshSecret('own');
  before(async () => {
    // The gateway's address is known only once it runs, so the source names the host that the request will.
    looping = await startGateway({
      secrets: { OWN: own },
      sources: { loop: relay('peeker', 'OWN', 'http://gateway.example.com/hooks/loop') },
    });
  });
  after(() => looping?.close());

  test('a request that it would send to itself is refused', async () => {
    const signed = peeker({ secret: own, body: jsonBody('order.completed') });
    const answer = await looping.post('loop', signed, { host: 'gateway.example.com' });
    assert.deepEqual([answer.status, answer.body], [503, '{"error":"misconfigured"}']);
    assert.equal((await looping.state()).counters.fetches, 0);
  });
});

async function firstConfiguration() {
  const deadline = performance.now() + 3000;
  for (;;) {
    const line = gateway.lines().find(({ message }) => message === 'configuration');
    if (line || performance.now() > deadline) return line;
    await new Promise((done) => setTimeout(done, 10));
  }
}

// Who has not the secret leaves nothing in an inbox, and a secret is nowhere in it.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { findSecrets } from './harness/canary.mjs';
import { objectFiles, tables, textOfFiles } from './harness/inbox-files.mjs';
import { flood } from './harness/inbox-load.mjs';
import { startInboxes, storageInMemory } from './harness/inbox-suite.mjs';
import { BODY_CANARY, freshSecret, freshWebhookSecret, headerOf, withHeaders } from './harness/providers.mjs';

const FORGED = 1000;
const SIGNING = freshWebhookSecret();

const directories = [];
after(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

async function start(context, options = {}) {
  const storage = storageInMemory();
  directories.push(storage);
  const suite = await startInboxes({
    storage,
    keepStorage: true,
    r2: true,
    secrets: { SIGNING },
    sources: (to) => ({
      peeker: { shards: 4, destinations: [to('peeker', { signingSecret: 'SIGNING' })], maxBodyBytes: 3_000_000 },
      boateros: { scheme: 'boateros', shards: 4 },
      webhooks: { scheme: 'standard-webhooks', shards: 4 },
    }),
    ...options,
  });
  return { suite, storage };
}

describe(`after ${FORGED} forged requests`, () => {
  test('no object, no row, no key and no request is there', async (context) => {
    const { suite, storage } = await start(context);
    context.after(() => suite.close());
    const forgeries = Array.from({ length: FORGED }, (_, n) => forged(suite, n));
    const answers = await flood(suite.gateway, forgeries);
    assert.deepEqual([...new Set(answers.map(({ status, body }) => `${status} ${body}`))], ['401 {"error":"unauthorized"}']);
    assert.deepEqual(objectFiles(storage), [], 'not even an object');
    const { kv, bucket, counters } = await suite.gateway.idle({ dump: true });
    assert.deepEqual([kv, bucket, counters.get, counters.put, counters.fetches], [[], [], 0, 0, 0]);
    assert.deepEqual(suite.origin.requests, []);

    await suite.send('peeker');
    assert.ok(objectFiles(storage).length > 0, 'an event leaves one');
  });

  test('an inbox with events in it is as it was', async (context) => {
    const { suite } = await start(context);
    context.after(() => suite.close());
    const { signed } = await suite.send('peeker');
    await suite.settled('peeker');
    const before = await everything(suite);
    const { id, body } = signed;
    const guessed = Array.from({ length: FORGED }, (_, n) => suite.sign('peeker', { id, secret: `guess ${n}`, ...(n % 2 ? { body } : {}) }));
    const answers = await flood(suite.gateway, guessed.map((request) => suite.encode('peeker', request)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401]);
    assert.deepEqual(await everything(suite), before);
  });

  /** Of every kind: another secret, no signature, a part of one, another source's, an old one. */
  function forged(suite, n) {
    const source = ['peeker', 'boateros', 'webhooks'][n % 3];
    const signed = suite.sign(source);
    const name = { peeker: 'Peeker-Signature', boateros: 'Boateros-Signature', webhooks: 'webhook-signature' }[source];
    const signature = headerOf(signed, name);
    const kinds = [
      () => suite.sign(source, { secret: 'bm90IHRoZSBzZWNyZXQgb2YgdGhpcyBzb3VyY2U' }),
      () => withHeaders(signed, { [name]: null }),
      () => withHeaders(signed, { [name]: signature.slice(0, -1) }),
      () => ({ ...signed, body: Buffer.concat([signed.body, Buffer.from(' ')]) }),
      () => suite.sign(source, { nowMs: Date.now() - 3_600_000 }),
    ];
    return suite.encode(source, kinds[n % kinds.length]());
  }
});

/** All rows of all tables of a source's objects. */
async function everything(suite, source = 'peeker') {
  const rows = tables().map(async (table) => [table, await suite.inbox.all(source, `SELECT * FROM ${table}`).catch(() => [])]);
  return JSON.stringify(await Promise.all(rows));
}

test('no secret is in any file, row, log line or answer, whatever became of an event', async (context) => {
  const { suite, storage } = await start(context);
  const secrets = [SIGNING, ...suite.keys()];
  suite.origin.on('/boateros', { status: 410, body: 'gone' });
  for (const source of ['peeker', 'boateros', 'webhooks']) {
    const { signed } = await suite.send(source);
    await suite.copy(source, signed);
    await suite.send(source, { secret: freshSecret('wrong') });
  }
  suite.origin.on('/peeker', { hang: true });
  const { signed } = await suite.send('peeker', { body: Buffer.alloc(2_000_000, BODY_CANARY) });
  await suite.arrived('peeker', 2);
  await suite.gateway.faults({ sql: 'throw' });
  await suite.send('peeker');
  await suite.gateway.faults({ trap: 'accept' });
  await suite.send('peeker');
  await suite.gateway.faults({});
  for (const source of ['boateros', 'webhooks']) await suite.settled(source);
  const rows = await Promise.all(['peeker', 'boateros', 'webhooks'].map((source) => everything(suite, source)));
  suite.origin.on('/peeker', {});
  await suite.close();

  const files = textOfFiles(storage);
  assert.ok(files.includes(BODY_CANARY) && files.includes(signed.id), 'the files are those of the inbox');
  assert.ok(rows.join().includes(signed.id), 'and so are the rows');
  assert.equal(secrets.length, 4);
  for (const [place, text] of Object.entries({ files, rows: rows.join('\n') })) {
    assert.deepEqual(findSecrets(text, secrets), [], `a secret shows in the ${place}`);
    assert.equal(findSecrets(`${text}${secrets[1].slice(3, 19)}`, secrets).length, 1, 'the search would find it');
  }
});

test('nothing but an event gets to an object: its methods are at no path', async (context) => {
  const { suite, storage } = await start(context);
  context.after(() => suite.close());
  const entry = JSON.stringify({ source: 'peeker', shards: 4, key: 'peeker:made-up', destinations: ['peeker'] });
  const headers = [['Content-Type', 'application/json'], ['Upgrade', 'jsrpc'], ['Cf-Durable-Object', 'Inbox'], ['MF-Route-Override', 'Inbox']];
  for (const method of ['POST', 'GET', 'PUT']) {
    for (const target of ['/accept', '/layout', '/sweep', '/alarm', '/Inbox', '/INBOX/peeker/0', '/peeker/0/accept', '/rpc', '/hooks/peeker/accept', '/hooks/INBOX', '/cdn-cgi/handler/scheduled', '/__scheduled']) {
      const answer = await suite.gateway.send({ method, target, headers, body: entry });
      assert.ok([404, 405].includes(answer.status), `${method} ${target} is answered ${answer.status} ${answer.body}`);
    }
  }
  assert.deepEqual(objectFiles(storage), []);
  const { counters } = await suite.gateway.state();
  assert.equal(counters.alarms, 0);
});

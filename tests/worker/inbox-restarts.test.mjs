// What an inbox holds survives: a restart, another number of shards, a change of mode, a lost alarm, an older schema.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { downgrade, firstMigration, objectFiles, queryFile } from './harness/inbox-files.mjs';
import { startInboxes, storageInMemory, storageOnDisk, valuesOf } from './harness/inbox-suite.mjs';

const MINUTE = 60_000;

const directories = [];
after(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

/** Options for a gateway that is started again later. */
function kept(directory = storageInMemory()) {
  directories.push(directory);
  return { storage: directory, keepStorage: true };
}

const statuses = (sent) => [...new Set(sent.map(({ json }) => json.status))];

async function sendMany(suite, source, count) {
  const sent = [];
  for (let n = 0; n < count; n += 1) sent.push(await suite.send(source));
  return sent;
}

async function copyAll(suite, source, sent) {
  const copies = [];
  for (const { signed } of sent) copies.push(await suite.copy(source, signed));
  return copies;
}

/** Starts a suite that is closed with its test. */
async function start(context, options) {
  const suite = await startInboxes(options);
  context.after(() => suite.close());
  return suite;
}

describe('another number of shards', { concurrency: true }, () => {
  test('4, then 8, then 4: a copy is recognised wherever the event was stored', async (context) => {
    const storage = kept();
    const withShards = (shards) => ({ ...storage, sources: () => ({ peeker: { shards } }) });
    const suite = await start(context, withShards(4));
    const first = await sendMany(suite, 'peeker', 12);
    await suite.settled('peeker');

    await suite.restart(withShards(8));
    assert.deepEqual(statuses(await copyAll(suite, 'peeker', first)), ['duplicate']);
    const second = await sendMany(suite, 'peeker', 12);
    assert.deepEqual(statuses(second), ['accepted']);
    assert.deepEqual(statuses(await copyAll(suite, 'peeker', second)), ['duplicate']);
    await suite.settled('peeker');
    const shards = new Set((await suite.inbox.all('peeker', 'SELECT 1 FROM event')).map(({ object }) => object));
    assert.ok(shards.size > 4, 'the new shards are in use');

    await suite.restart(withShards(4));
    assert.deepEqual(statuses(await copyAll(suite, 'peeker', [...first, ...second])), ['duplicate']);
    assert.equal(suite.at('peeker').length, 24);
  });

  test('what waits in a shard that is no longer used is delivered, and driven again if it is dead', async (context) => {
    const storage = kept();
    const withShards = (shards) => ({ ...storage, sources: () => ({ peeker: { shards, retrySchedule: [60] } }) });
    const suite = await start(context, withShards(8));
    suite.origin.on('/peeker', ({ headers }) => (headers['countersign-event-type'] === 'swap.completed' ? { status: 410 } : { status: 500 }));
    const waiting = await sendMany(suite, 'peeker', 10);
    const dead = [];
    for (let n = 0; n < 10; n += 1) dead.push(await suite.send('peeker', { body: `{"type":"swap.completed","n":${n}}` }));
    await suite.inbox.until('peeker', (states) => states.dead === 10 && states.pending === 10);
    suite.origin.on('/peeker', {});

    await suite.restart(withShards(2));
    for (let shard = 0; shard < 8; shard += 1) await suite.inbox.query(`peeker/${shard}`, 'SELECT 1');
    await alarmsGoOff(suite, 'peeker');
    assert.deepEqual(statuses(await copyAll(suite, 'peeker', waiting)), ['duplicate']);
    assert.ok((await copyAll(suite, 'peeker', dead)).every(({ json }) => json.redriven));
    for (const { signed } of [...waiting, ...dead]) await arrives(suite, 'peeker', signed);
  });
});

/** What was to happen in a minute happens now, in a gateway that has just been started. */
async function alarmsGoOff(suite, source) {
  // Objects that nobody has asked for yet don't know that the clock has moved.
  await suite.inbox.all(source, 'SELECT 1');
  await suite.clockAhead(3 * MINUTE);
}

async function arrives(suite, path, { body }) {
  const deadline = performance.now() + 60_000;
  while (!suite.at(path).some((request) => request.status === 200 && request.body.equals(body))) {
    assert.ok(performance.now() < deadline, 'an event has not arrived');
    await new Promise((done) => setTimeout(done, 20));
  }
}

describe('another configuration', { concurrency: true }, () => {
  test('relay, then inbox: what the relay has delivered is recognised, and replayed when it is time', async (context) => {
    const storage = kept();
    const inMode = (mode) => ({ ...storage, sources: () => ({ peeker: { mode }, boateros: { scheme: 'boateros', mode } }) });
    const suite = await start(context, inMode('relay'));
    const sent = { peeker: await suite.send('peeker'), boateros: await suite.send('boateros') };
    assert.equal(sent.boateros.json.status, 'delivered');

    await suite.restart(inMode('inbox'));
    for (const source of ['peeker', 'boateros']) assert.equal((await suite.copy(source, sent[source].signed)).json.status, 'duplicate', source);
    await suite.clockAhead(16 * MINUTE);
    const replay = await suite.copy('boateros', sent.boateros.signed);
    assert.deepEqual([replay.status, replay.json], [202, { status: 'accepted', id: sent.boateros.json.id, replay: true }]);
    const requests = await suite.arrived('boateros', 2);
    assert.deepEqual(valuesOf(requests, 'countersign-replay'), [undefined, 'true']);
    assert.equal(new Set(valuesOf(requests, 'countersign-delivery-id')).size, 2);
    await suite.settled('boateros');
    assert.equal((await suite.copy('boateros', sent.boateros.signed)).json.status, 'duplicate');
    assert.equal(suite.at('peeker').length, 1);
  });

  test('what waits for a destination that is gone is held until it is back', async (context) => {
    const storage = kept();
    const withDestinations = (...paths) => ({ ...storage, sources: (to) => ({ pair: { destinations: paths.map((path) => to(path)) } }) });
    const suite = await start(context, withDestinations('stays', 'goes'));
    suite.origin.on('/goes', { status: 500 });
    const { signed } = await suite.send('pair');
    await suite.arrived('goes');
    suite.origin.on('/goes', {});

    await suite.restart(withDestinations('stays'));
    await suite.clockAhead(MINUTE);
    await suite.gateway.sweep();
    assert.equal((await suite.inbox.until('pair', ({ delivered }) => delivered === 1)).pending, 1);
    await suite.restart(withDestinations('stays', 'goes'));
    await suite.clockAhead(10 * MINUTE);
    await suite.gateway.sweep();
    await arrives(suite, 'goes', signed);
    assert.equal(suite.at('stays').length, 1);
  });

  test('what waits for a source that is gone is held until it is back, and the sweep finds it', async (context) => {
    const storage = kept();
    const withSecret = (name) => ({ ...storage, sources: () => ({ 'comes-back': { secrets: [name], retrySchedule: [60] }, other: {} }) });
    const suite = await start(context, withSecret('COMES_BACK_KEY'));
    suite.origin.on('/comes-back', { status: 500 });
    const { signed } = await suite.send('comes-back');
    await suite.arrived('comes-back');

    await suite.inbox.until('comes-back', ({ pending }) => pending === 1);
    await suite.restart(withSecret('NOT_SET'));
    await alarmsGoOff(suite, 'comes-back');
    await new Promise((done) => setTimeout(done, 500));
    assert.equal(suite.at('comes-back').length, 1, 'a source that cannot serve sends nothing');
    suite.origin.on('/comes-back', {});
    await suite.restart(withSecret('COMES_BACK_KEY'));
    await suite.gateway.sweep();
    await arrives(suite, 'comes-back', signed);
  });
});

describe('a lost alarm', { concurrency: true }, () => {
  /** Events whose first attempt has failed, and whose next is due, and no alarm. */
  async function stuck(suite, count, shards = 1) {
    suite.origin.on('/peeker', ({ headers }) => (headers['countersign-attempt'] === '1' ? { status: 500 } : {}));
    const sent = await sendMany(suite, 'peeker', count);
    await suite.inbox.until('peeker', ({ pending = 0 }) => pending === count);
    for (let shard = 0; shard < shards; shard += 1) await suite.inbox.loseAlarm(`peeker/${shard}`);
    await suite.clockAhead(3 * MINUTE);
    return sent;
  }

  test('is set again by the cron trigger', async (context) => {
    const suite = await start(context, { sources: () => ({ peeker: { shards: 2, retrySchedule: [60] } }) });
    const sent = await stuck(suite, 6, 2);
    await new Promise((done) => setTimeout(done, 500));
    assert.equal(suite.at('peeker').length, 6, 'nothing happens by itself');
    await suite.gateway.sweep();
    assert.deepEqual(await suite.settled('peeker'), { delivered: 6 });
    assert.equal(suite.at('peeker').length, 12);
    for (const { signed } of sent) assert.ok(suite.origin.accepted(signed.body));
  });

  test('is set again by the next event', async (context) => {
    const suite = await start(context, { sources: () => ({ peeker: { retrySchedule: [60] } }) });
    const [{ signed }] = await stuck(suite, 1);
    await suite.send('peeker');
    await arrives(suite, 'peeker', signed);
  });

  test('after a restart, too', async (context) => {
    const options = { ...kept(), sources: () => ({ peeker: { retrySchedule: [60] } }) };
    const suite = await start(context, options);
    const [{ signed }] = await stuck(suite, 1);
    await suite.restart(options);
    assert.equal(await suite.inbox.alarm('peeker/0'), null);
    await suite.gateway.sweep();
    await arrives(suite, 'peeker', signed);
  });

  test('the trigger does nothing where there is no inbox, and where nothing waits', async (context) => {
    const suite = await start(context, { sources: () => ({ peeker: {}, other: { mode: 'relay' } }) });
    await suite.send('peeker');
    await suite.settled('peeker');
    await suite.gateway.idle();
    await suite.gateway.sweep();
    assert.equal(suite.at('peeker').length, 1);

    const relay = await start(context, { inbox: false, sources: () => ({ peeker: { mode: 'relay' } }) });
    assert.equal((await relay.send('peeker')).json.status, 'delivered');
    await relay.gateway.sweep();
    for (const { gateway } of [suite, relay]) {
      assert.deepEqual(gateway.lines().filter(({ level, message }) => level === 'error' && message !== 'configuration'), []);
    }
  });
});

test('a database of the first schema is brought up to date with the rows in it, and goes on', async (context) => {
  const options = { ...kept(storageOnDisk()), sources: () => ({ boateros: { scheme: 'boateros', shards: 2, retrySchedule: [60] } }) };
  const suite = await start(context, options);
  const arrived = await sendMany(suite, 'boateros', 3);
  await suite.settled('boateros');
  suite.origin.on('/boateros', { status: 410 });
  const [dead] = await sendMany(suite, 'boateros', 1);
  await suite.settled('boateros');
  suite.origin.on('/boateros', { status: 500 });
  const waiting = await sendMany(suite, 'boateros', 6);
  await suite.inbox.until('boateros', ({ pending = 0 }) => pending === 6);
  await suite.gateway.close();

  const files = objectFiles(options.storage);
  const latest = Math.max(...files.map(versionOf));
  const events = files.map((file) => downgrade(file, firstMigration()));
  assert.deepEqual([files.length, events.reduce((sum, count) => sum + count)], [2, 10]);
  assert.deepEqual(files.map(versionOf), [1, 1]);

  suite.origin.on('/boateros', {});
  await suite.start(options);
  await alarmsGoOff(suite, 'boateros');
  for (const { signed } of waiting) await arrives(suite, 'boateros', signed);
  assert.deepEqual(await suite.settled('boateros'), { dead: 1, delivered: 9 });
  assert.equal((await suite.copy('boateros', dead.signed)).json.redriven, true);
  assert.deepEqual(statuses(await copyAll(suite, 'boateros', [...arrived, ...waiting])), ['duplicate']);
  assert.equal((await suite.send('boateros')).json.status, 'accepted');
  assert.deepEqual(await suite.settled('boateros'), { delivered: 11 });
  const versions = await suite.inbox.all('boateros', 'SELECT max(version) AS version FROM schema');
  assert.deepEqual(versions.map(({ version }) => version), [latest, latest]);
});

const versionOf = (file) => queryFile(file, 'SELECT max(version) AS version FROM schema')[0].version;

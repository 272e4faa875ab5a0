// examples/origin-node as somebody would run it: a process of its own, the package from the tarball, a database on
// disk. It is sent what the gateway sends, and killed while it works.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGateway } from './harness/gateway.mjs';
import { freshId, freshSecret, freshWebhookSecret, peeker, standardWebhooks } from './harness/providers.mjs';
import { encodeRequest, exchange } from './harness/raw.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const SECRET = freshWebhookSecret();
const OTHER_SECRET = freshWebhookSecret();
const KILLS = 8;

let scratch;
const running = new Set();

before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-example-'));
  cpSync(join(ROOT, 'examples/origin-node/server.js'), join(scratch, 'server.js'));
  cpSync(join(ROOT, 'examples/origin-node/package.json'), join(scratch, 'package.json'));
  installPackage(join(scratch, 'node_modules/countersign'));
});
after(async () => {
  await Promise.all([...running].map((origin) => origin.kill()));
  rmSync(scratch, { recursive: true, force: true });
});

describe('what the example answers', () => {
  let origin;
  before(async () => {
    origin = await startExample();
  });
  after(() => origin?.kill());

  test('a genuine delivery is acted upon', async () => {
    const sent = delivery({ id: 'ord_good', status: 'completed' });
    assert.equal(await origin.post(sent), 204);
    assert.deepEqual(origin.status('ord_good'), 'completed');
    assert.deepEqual(origin.deliveries(), [sent.id]);
    assert.equal((await origin.performed(sent.id)).task, 'tell the customer: order ord_good is completed');
  });

  test('so is one that is signed with the second secret of a rotation', async () => {
    assert.equal(await origin.post(delivery({ id: 'ord_rotated', secret: OTHER_SECRET })), 204);
    assert.equal(origin.status('ord_rotated'), 'completed');
  });

  test('an event of another type changes nothing, and is not asked for again', async () => {
    const body = '{"type":"hull.sold","data":{"id":"hull_1"}}';
    assert.equal(await origin.post(standardWebhooks({ secret: SECRET, id: freshId('dlv'), body })), 204);
  });

  test('a late event does not open again what is over', async () => {
    const post = (status) => origin.post(delivery({ id: 'ord_late', status }));
    assert.deepEqual([await post('completed'), await post('in_progress')], [204, 204]);
    assert.equal(origin.status('ord_late'), 'completed');
    assert.equal(await post('cancelled'), 204);
    assert.equal(origin.status('ord_late'), 'cancelled');
  });

  for (const [name, forge] of [
    ['another secret', () => delivery({ id: 'ord_forged', secret: freshWebhookSecret() })],
    ['another body', () => ({ ...delivery({ id: 'ord_forged' }), body: bodyOf('ord_forged', 'cancelled') })],
    ['another delivery id', () => changeHeader(delivery({ id: 'ord_forged' }), 'webhook-id', 'dlv_other')],
    ['a signature of ten minutes ago', () => delivery({ id: 'ord_forged', nowMs: Date.now() - 600_000 })],
    ['no signature', () => ({ ...delivery({ id: 'ord_forged' }), headers: [] })],
  ]) {
    test(`${name}: 401, and nothing is written`, async () => {
      const deliveries = origin.deliveries().length;
      assert.equal(await origin.post(forge()), 401);
      assert.deepEqual([origin.status('ord_forged'), origin.deliveries().length], [undefined, deliveries]);
    });
  }

  test('what it can not do is a 500, leaves nothing behind, and works once it is mended', async () => {
    const sent = delivery({ id: 'ord_broken', status: null });
    assert.equal(await origin.post(sent), 500);
    assert.ok(!origin.deliveries().includes(sent.id));
    const mended = delivery({ id: 'ord_broken', deliveryId: sent.id });
    assert.equal(await origin.post(mended), 204);
    assert.equal(origin.status('ord_broken'), 'completed');
  });

  test('only POST', async () => {
    assert.equal(await origin.post(delivery({ id: 'ord_get' }), { method: 'PUT' }), 405);
  });

  for (const framing of ['length', 'chunked']) {
    test(`a body over 1 MiB (${framing}): 413, and the next one passes`, async () => {
      const body = Buffer.from(bodyOf('ord_large', 'completed').padEnd((1 << 20) + 1));
      assert.equal(await origin.post(standardWebhooks({ secret: SECRET, body }), { framing }), 413);
      assert.equal(origin.status('ord_large'), undefined);
      assert.equal(await origin.post(delivery({ id: 'ord_after_large' })), 204);
    });
  }

  test('a body of 1 MiB passes', async () => {
    const body = Buffer.from(bodyOf('ord_full', 'completed').padEnd(1 << 20));
    assert.equal(await origin.post(standardWebhooks({ secret: SECRET, body })), 204);
  });

  test('a body that does not end within 10 s: 408, and others do not wait for it', async () => {
    const started = performance.now();
    const slow = origin.postSlowly(delivery({ id: 'ord_slow' }));
    assert.equal(await origin.post(delivery({ id: 'ord_beside_slow' })), 204);
    assert.ok(performance.now() - started < 5000);
    const answer = await slow;
    assert.equal(answer.status, 408, answer.raw.toString());
    assert.ok(answer.elapsedMs > 9000 && answer.elapsedMs < 13_000, `after ${answer.elapsedMs} ms`);
    assert.equal(origin.status('ord_slow'), undefined);
  });
});

describe('copies', () => {
  test('the same delivery twice is acted upon once', async () => {
    const origin = await startExample();
    const sent = delivery({ id: 'ord_twice' });
    assert.deepEqual([await origin.post(sent), await origin.post(sent)], [204, 204]);
    await origin.performed(sent.id);
    assert.deepEqual([origin.deliveries(), origin.acts()], [[sent.id], [sent.id]]);
    await origin.kill();
  });

  test('a replay has another delivery id, and is acted upon again', async () => {
    const origin = await startExample();
    const sent = [delivery({ id: 'ord_replayed' }), delivery({ id: 'ord_replayed' })];
    for (const one of sent) assert.equal(await origin.post(one), 204);
    assert.deepEqual(origin.acts(), sent.map(({ id }) => id));
    await origin.kill();
  });

  test('thirty at once, at two processes with one database, are acted upon once', async () => {
    const database = databasePath();
    const origins = [await startExample({ database }), await startExample({ database })];
    const sent = delivery({ id: 'ord_at_once' });
    const posts = Array.from({ length: 30 }, (_, index) => origins[index % 2].post(sent));
    assert.deepEqual(new Set(await Promise.all(posts)), new Set([204]));
    assert.deepEqual([origins[0].deliveries(), origins[0].acts()], [[sent.id], [sent.id]]);
    for (const origin of origins) await origin.kill();
  });
});

describe('killed with SIGKILL', () => {
  test('between the claim and the commit: nothing of it is left, and the retry acts once', async () => {
    const origin = await startExample();
    origin.slowDown(); // the work now takes minutes, inside the transaction
    const sent = delivery({ id: 'ord_killed' });
    const answer = origin.post(sent);
    await origin.isWriting();
    await sleep(100); // from BEGIN to the claim
    await origin.kill();
    assert.equal(await answer, 0, 'there was no answer');
    assert.deepEqual([origin.deliveries(), origin.acts()], [[], []]);

    origin.speedUp();
    const again = await startExample({ database: origin.database });
    assert.equal(await again.post(sent), 204);
    assert.equal(again.status('ord_killed'), 'completed');
    assert.deepEqual([again.deliveries(), again.acts()], [[sent.id], [sent.id]]);
    await again.kill();
  });

  test(`${KILLS} times at random, under load: each delivery is acted upon once`, async () => {
    const sender = startSender();
    let origin = await startExample();
    sender.sendTo(origin);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(100 + Math.random() * 300);
      await origin.kill();
      origin = await startExample({ database: origin.database });
      sender.sendTo(origin);
    }
    const sent = await sender.finish();
    assert.ok(sent.length > KILLS, `only ${sent.length} deliveries`);
    assert.deepEqual([origin.deliveries(), origin.acts()], [sent, sent]);
    await origin.kill();
  });

  test('after the answer: the job that was left is done by the next process', async () => {
    const database = databasePath();
    const first = await startExample({ database });
    await first.kill();
    write(database, (db) => db.exec("INSERT INTO job (delivery, task) VALUES ('dlv_left', 'left over')"));
    const next = await startExample({ database });
    assert.equal((await next.performed('dlv_left')).task, 'left over');
    await next.kill();
  });
});

describe('behind the gateway, in inbox mode', () => {
  const PEEKER_SECRET = freshSecret('peeker');
  const event = (id, status) => peeker({ secret: PEEKER_SECRET, body: bodyOf(id, status) });
  let origin;
  let gateway;
  before(async () => {
    origin = await startExample();
    gateway = await startGateway({
      inbox: true,
      sources: {
        peeker: {
          scheme: 'peeker',
          mode: 'inbox',
          secrets: ['PEEKER_SECRET'],
          retrySchedule: Array(20).fill(1),
          destinations: [{ name: 'app', url: origin.url, signingSecret: ['NEW_SECRET', 'OLD_SECRET'] }],
        },
      },
      secrets: { PEEKER_SECRET, NEW_SECRET: freshWebhookSecret(), OLD_SECRET: SECRET },
    });
  });
  after(async () => {
    await gateway.close();
    await origin.kill();
  });

  test('each order is acted upon once, although the application is killed again and again', async () => {
    const orders = Array.from({ length: 60 }, () => freshId('ord'));
    let restarted;
    for (const [index, id] of orders.entries()) {
      if (index % 20 === 5) {
        await restarted;
        restarted = restart();
      }
      const sent = event(id, 'completed');
      assert.deepEqual([await accept(sent), await accept(sent)], ['accepted', 'duplicate']);
    }
    await restarted;
    assert.deepEqual(await gateway.inbox.drained('peeker'), { delivered: orders.length });
    assert.deepEqual(orders.map((id) => origin.status(id)), orders.map(() => 'completed'));
    const acts = origin.acts();
    assert.deepEqual([acts.length, new Set(acts).size], [orders.length, orders.length]);
    const outcomes = (await gateway.inbox.attempts('peeker')).map(({ outcome }) => outcome);
    assert.ok(outcomes.includes('destination_unreachable'), 'it was never down');
  });

  async function restart() {
    await origin.kill();
    await sleep(200);
    origin = await startExample({ database: origin.database, port: origin.port });
  }

  async function accept(sent) {
    const answer = await gateway.post('peeker', sent);
    return JSON.parse(answer.body).status;
  }
});

// --- what is sent ----------------------------------------------------------------------------

const bodyOf = (id, status) => JSON.stringify({ type: `order.${status}`, data: { order_id: id, status } });

function delivery({ id, status = 'completed', secret = SECRET, deliveryId = freshId('dlv'), nowMs }) {
  return standardWebhooks({ secret, id: deliveryId, nowMs, body: bodyOf(id, status) });
}

function changeHeader(signed, name, value) {
  return { ...signed, headers: signed.headers.map((header) => (header[0] === name ? [name, value] : header)) };
}

/** Four clients that repeat each delivery until it is answered 2xx, and sometimes once more. */
function startSender() {
  const sent = [];
  let origin;
  let stopped = false;
  async function client() {
    while (!stopped) {
      const one = delivery({ id: freshId('ord') });
      sent.push(one.id);
      while ((await origin.post(one)) !== 204) await sleep(10);
      if (Math.random() < 0.2) await origin.post(one);
    }
  }
  let clients;
  return {
    sendTo(next) {
      origin = next;
      clients ??= Array.from({ length: 4 }, client);
    },
    async finish() {
      stopped = true;
      await Promise.all(clients);
      return sent.sort();
    },
  };
}

// --- the process -----------------------------------------------------------------------------

let databases = 0;
const databasePath = () => join(scratch, `origin-${(databases += 1)}.db`);

/** Starts the example, on a free port or on this one. */
async function startExample({ database = databasePath(), port: wanted = 0 } = {}) {
  const child = spawn(process.execPath, ['server.js'], {
    cwd: scratch,
    env: { PATH: process.env.PATH, PORT: String(wanted), DATABASE: database, SIGNING_SECRETS: `${SECRET},${OTHER_SECRET}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = [];
  const errors = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk) => errors.push(chunk));
  const exited = new Promise((done) => child.once('exit', done));
  const port = await until(() => {
    if (child.exitCode !== null) throw new Error(`the example ended: ${errors.join('')}`);
    return /port (\d+)/.exec(lines.join('\n'))?.[1];
  });
  const url = `http://127.0.0.1:${port}/webhooks`;
  const encode = (signed, options) => encodeRequest({ target: '/webhooks', host: 'app', ...signed, ...options });

  const origin = {
    database,
    url,
    port,
    post: async (signed, options) => (await exchange(url, encode(signed, options))).status,
    /** Everything but the last bytes, and then nothing. */
    postSlowly: (signed) => exchange(url, encode(signed).subarray(0, -5)),
    status: (id) => rows(database, 'SELECT status FROM orders WHERE id = ?', id)[0]?.status,
    deliveries: () => rows(database, 'SELECT id FROM delivery ORDER BY id').map(({ id }) => id),
    /** The delivery of each time that something was done, from a trigger's record. */
    acts: () => rows(database, 'SELECT delivery FROM act ORDER BY delivery').map((row) => row.delivery),
    /** The job of a delivery, once it is done. Sooner than what failed is tried again. */
    performed: (id) => until(() => lines.filter((line) => line.includes(id)).map((line) => JSON.parse(line))[0], 5000),
    slowDown: () => write(database, (db) => db.exec(SLOW)),
    speedUp: () => write(database, (db) => db.exec('DROP TRIGGER slow')),
    isWriting: () => until(() => isLocked(database)),
    async kill() {
      child.kill('SIGKILL');
      await exited;
      running.delete(origin);
    },
  };
  running.add(origin);
  write(database, (db) => db.exec(RECORD));
  return origin;
}

/** Jobs are removed when they are done; this remembers that they were added. */
const RECORD = `
  CREATE TABLE IF NOT EXISTS act (delivery TEXT NOT NULL);
  CREATE TRIGGER IF NOT EXISTS record AFTER INSERT ON job BEGIN INSERT INTO act VALUES (NEW.delivery); END`;

/** Some minutes of counting when an order is written, which is after the claim. */
const SLOW = `
  CREATE TRIGGER slow AFTER INSERT ON orders BEGIN
    SELECT count(*) FROM (
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000000) SELECT i FROM n);
  END`;

function write(database, run) {
  const db = new DatabaseSync(database);
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    return run(db);
  } finally {
    db.close();
  }
}

const rows = (database, query, ...values) => write(database, (db) => db.prepare(query).all(...values));

/** Whether somebody else is inside a transaction that writes. */
function isLocked(database) {
  const db = new DatabaseSync(database);
  try {
    db.exec('BEGIN IMMEDIATE');
    return false;
  } catch (error) {
    assert.match(error.message, /locked/);
    return true;
  } finally {
    db.close();
  }
}

/** What `find` finds, in the end. */
async function until(find, patienceMs = 10_000) {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = find();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${find}`);
    await sleep(5);
  }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// --- the package -----------------------------------------------------------------------------

/** From the tarball that COUNTERSIGN_TARBALL names, as `cargo xtask test` does; else as it was built last. */
function installPackage(directory) {
  mkdirSync(directory, { recursive: true });
  const tarball = process.env.COUNTERSIGN_TARBALL;
  if (tarball) return void execFileSync('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1']);
  const built = join(ROOT, 'pkg/dist');
  assert.ok(existsSync(built), 'there is no package: run `cargo xtask package`');
  cpSync(join(ROOT, 'pkg/package.json'), join(directory, 'package.json'));
  return symlinkSync(built, join(directory, 'dist'));
}

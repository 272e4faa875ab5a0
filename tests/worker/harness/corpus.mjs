// Runs a file of tests/vectors through the gateway: every group of it as a source, every test as a
// request at the vector's own moment.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { startGateway } from './gateway.mjs';
import { received, startOrigin } from './origin.mjs';
import { UNAUTHORIZED } from './refused.mjs';
import { toBytes } from './raw.mjs';

const VECTORS = new URL('../../vectors/', import.meta.url);

export function runCorpus(file) {
  const { testGroups } = JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8'));
  const groups = testGroups.map(asSource);
  const expressible = groups.filter((group) => group !== null);
  describe(`${file}: ${expressible.length} of ${groups.length} groups can be configured`, () => {
    for (const batch of batches(expressible)) runBatch(batch);
  });
}

// --- groups as sources -----------------------------------------------------------------------

/** The group with its configuration; null if its secret is no text, and so can't be a Worker's. */
function asSource(group, index) {
  const name = `g${index}`;
  const texts = group.keys.map((key) => secretText(group.scheme, key));
  if (texts.includes(null)) return null;
  const secrets = Object.fromEntries(texts.map((text, i) => [`SECRET_${index}_${i}`, text]));
  const source = {
    scheme: group.scheme,
    mode: 'relay',
    secrets: group.keys.map((key, i) => ({ binding: `SECRET_${index}_${i}`, id: key.id, ...window(key) })),
    ...(group.toleranceSeconds === undefined ? {} : { toleranceSeconds: group.toleranceSeconds }),
    ...(group.allowWeakSecret ? { allowWeakSecret: true } : {}),
    ...(group.timestampFormat ? { timestamp: group.timestampFormat } : {}),
  };
  return { group, name, path: `/${name}`, source, secrets, texts };
}

function secretText(scheme, { secret, secretHex }) {
  if (secret !== undefined) return secret;
  const bytes = Buffer.from(secretHex, 'hex');
  if (scheme === 'standard-webhooks') return `whsec_${bytes.toString('base64')}`;
  const text = bytes.toString('utf8');
  // As text, white space at an end is a mistake; as bytes it is not.
  return Buffer.from(text, 'utf8').equals(bytes) && text === text.trim() && !/\0|\ufeff/.test(text) ? text : null;
}

const window = ({ notBefore, notAfter }) => ({
  ...(notBefore === undefined ? {} : { notBefore: new Date(notBefore).toISOString() }),
  ...(notAfter === undefined ? {} : { notAfter: new Date(notAfter).toISOString() }),
});

/** A gateway refuses two sources with one secret, so groups that share one go to different gateways. */
function batches(groups) {
  const list = [];
  for (const group of groups) {
    const free = list.find((batch) => !group.texts.some((text) => batch.texts.has(text)));
    const batch = free ?? { groups: [], texts: new Set() };
    if (!free) list.push(batch);
    batch.groups.push(group);
    group.texts.forEach((text) => batch.texts.add(text));
  }
  return list.map((batch) => batch.groups);
}

// --- running ---------------------------------------------------------------------------------

function runBatch(groups) {
  const title = `${groups.length} sources, ${groups.reduce((sum, { group }) => sum + (group.tests?.length ?? 0), 0)} vectors`;
  test(title, async (context) => {
    const origin = await startOrigin();
    context.after(() => origin.close());
    const gateway = await startGateway({
      sources: Object.fromEntries(groups.map(({ name, path, source }) => [name, { ...source, destinations: [{ name: 'app', url: origin.url(path) }] }])),
      secrets: Object.assign({}, ...groups.map(({ secrets }) => secrets)),
      origins: [origin],
    });
    const failures = [];
    for (const group of groups) await runGroup({ gateway, origin, failures }, group);
    await gateway.close();
    assert.deepEqual(failures, []);
  });
}

async function runGroup(run, group) {
  const { tests = [], keysResult } = group.group;
  if (keysResult !== undefined) return collect(run, group, keysResult, () => outOfService(run, group));
  await run.gateway.clear();
  for (const vector of tests.filter(({ result }) => result === 'invalid')) {
    await collect(run, group, vector, () => refused(run, group, vector));
  }
  await collect(run, group, 'what was refused', () => untouched(run, group));
  for (const vector of tests.filter(({ result }) => result === 'valid')) {
    await collect(run, group, vector, () => delivered(run, group, vector));
  }
}

/** All that fails is reported, not only the first. */
async function collect({ failures }, { group }, vector, act) {
  try {
    await act();
  } catch (error) {
    failures.push(`${group.class} ${vector.tcId ?? ''} ${vector.comment ?? vector}: ${error.message}`);
  }
}

const bodyOf = ({ body, bodyHex }) => (bodyHex === undefined ? toBytes(body) : Buffer.from(bodyHex, 'hex'));

async function post({ gateway }, { name }, vector) {
  await gateway.clockAt(vector.now);
  return gateway.post(name, { headers: vector.headers, body: bodyOf(vector) });
}

async function outOfService({ gateway }, { name }) {
  const answer = await gateway.post(name, { headers: [], body: '{}' });
  assert.equal(answer.status, 503, answer.body);
}

async function refused(run, group, vector) {
  const answer = await post(run, group, vector);
  // Some bytes never get past the runtime's own parser.
  if (answer.status === 400 && answer.header('countersign-request-id') === undefined) return;
  if (vector.code === 'no_active_key') return void assert.equal(answer.status, 503, answer.body);
  assert.deepEqual([answer.status, answer.body], [401, UNAUTHORIZED]);
  assert.equal((await run.gateway.logLine(answer)).reason, vector.code);
}

async function untouched({ gateway, origin }, { path }) {
  const { counters, kv } = await gateway.state();
  assert.deepEqual([counters.get, counters.put, counters.fetches, kv, origin.at(path)], [0, 0, 0, [], []]);
}

async function delivered(run, group, vector) {
  await run.gateway.clear();
  const answer = await post(run, group, vector);
  assert.equal(answer.status, 200, answer.body);
  assert.equal(JSON.parse(answer.body).status, 'delivered');
  const request = run.origin.last(group.path);
  assert.ok(request.body.equals(bodyOf(vector)), 'other bytes arrived');
  assert.equal(received(request, 'countersign-event-type'), vector.type ?? undefined);
  const { kv } = await run.gateway.state();
  assert.deepEqual(kv.map(({ name }) => name), [`seen/${group.name}/${vector.dedupeKey}`]);
  const line = await run.gateway.logLine(answer);
  assert.deepEqual(
    [line.keyId, line.eventType ?? null, line.typeSigned ?? false, line.typeConflict ?? false],
    [vector.keyId, vector.type ?? null, vector.typeSigned ?? false, vector.typeConflict ?? false],
  );
}

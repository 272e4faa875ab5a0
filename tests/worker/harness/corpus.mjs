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
  describe(`${file}: ${expressible.length} of ${groups.length} groups can be configured`, { concurrency: 3 }, () => {
    for (const batch of batches(expressible)) runBatch(batch);
  });
}

// --- groups as sources -----------------------------------------------------------------------

/** The group with its configuration; null if its secret is no text, and so can't be a Worker's. */
function asSource(group, index) {
  const name = `g${index}`;
  const texts = group.keys.map((key) => secretText(group.scheme, key));
  if (texts.includes(null)) return null;
  // What never comes into service shares its secret with nobody.
  const taken = group.keysResult === undefined ? texts.map((text) => keyBytes(group.scheme, text)) : [];
  const secrets = Object.fromEntries(texts.map((text, i) => [`SECRET_${index}_${i}`, text]));
  const source = {
    scheme: group.scheme,
    mode: 'relay',
    // The vectors are about verification, and some tolerances are too wide for replays.
    replays: 'suppress',
    secrets: group.keys.map((key, i) => ({ binding: `SECRET_${index}_${i}`, id: key.id, ...window(key) })),
    ...(group.toleranceSeconds === undefined ? {} : { toleranceSeconds: group.toleranceSeconds }),
    ...(group.allowWeakSecret ? { allowWeakSecret: true } : {}),
    ...(group.timestampFormat ? { timestamp: group.timestampFormat } : {}),
  };
  return { group, name, path: `/${name}`, source, secrets, taken };
}

function secretText(scheme, { secret, secretHex }) {
  if (secret !== undefined) return secret;
  const bytes = Buffer.from(secretHex, 'hex');
  if (scheme === 'standard-webhooks') return `whsec_${bytes.toString('base64')}`;
  const text = bytes.toString('utf8');
  // As text, white space at an end is a mistake; as bytes it is not.
  return Buffer.from(text, 'utf8').equals(bytes) && text === text.trim() && !/\0|\ufeff/.test(text) ? text : null;
}

/** The key's bytes in hex. HMAC fills short keys up with zeros, so those at the end make no difference. */
function keyBytes(scheme, text) {
  const bytes = scheme === 'standard-webhooks' ? Buffer.from(text.replace(/^whsec_/, ''), 'base64') : Buffer.from(text);
  return bytes.toString('hex').replace(/(00)+$/, '');
}

const window = ({ notBefore, notAfter }) => ({
  ...(notBefore === undefined ? {} : { notBefore: new Date(notBefore).toISOString() }),
  ...(notAfter === undefined ? {} : { notAfter: new Date(notAfter).toISOString() }),
});

/** A gateway refuses two sources with one secret, so groups that share one go to different gateways. */
function batches(groups) {
  const list = [];
  for (const group of groups) {
    const free = list.find((batch) => !group.taken.some((key) => batch.taken.has(key)));
    const batch = free ?? { groups: [], taken: new Set() };
    if (!free) list.push(batch);
    batch.groups.push(group);
    group.taken.forEach((key) => batch.taken.add(key));
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
    const run = { gateway, origin, failures: [], logged: [], now: null };
    for (const group of groups) await runGroup(run, group);
    for (const { group, vector, check } of run.logged) await collect(run, group, vector, check);
    await gateway.close();
    assert.deepEqual(run.failures, []);
  });
}

async function runGroup(run, group) {
  const { keysResult } = group.group;
  const tests = (group.group.tests ?? []).filter(isSendable);
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

/** NUL, CR and LF don't arrive, or arrive as something else; the suites about headers send them. */
const isSendable = ({ headers }) => !headers.some(([, value]) => /[\0\r\n]/.test(value));

function bodyOf({ body, bodyHex, bodyRepeat }) {
  if (bodyRepeat) return toBytes(bodyRepeat.text.repeat(bodyRepeat.count));
  return bodyHex === undefined ? toBytes(body) : Buffer.from(bodyHex, 'hex');
}

const hasKeyAt = ({ keys }, now) => keys.some(({ notBefore = -Infinity, notAfter = Infinity }) => notBefore <= now && now < notAfter);

async function post(run, { name }, vector) {
  if (run.now !== vector.now) await run.gateway.clockAt(vector.now);
  run.now = vector.now;
  return run.gateway.post(name, { headers: vector.headers, body: bodyOf(vector) });
}

/** Looks at the log line at the end, when all of them have arrived. */
function whenLogged({ gateway, logged }, group, vector, answer, check) {
  logged.push({ group, vector, check: async () => check(await gateway.logLine(answer)) });
}

async function outOfService({ gateway }, { name }) {
  const answer = await gateway.post(name, { headers: [], body: '{}' });
  assert.equal(answer.status, 503, answer.body);
}

async function refused(run, group, vector) {
  const answer = await post(run, group, vector);
  // Whether the source has a key is judged before anything in the request.
  if (!hasKeyAt(group.group, vector.now)) return void assert.equal(answer.status, 503, answer.body);
  assert.deepEqual([answer.status, answer.body], [401, UNAUTHORIZED]);
  whenLogged(run, group, vector, answer, ({ reason }) => assert.equal(reason, vector.code));
}

async function untouched({ gateway, origin }, { path }) {
  const { counters, kv } = await gateway.state();
  assert.deepEqual([counters.get, counters.put, counters.fetches, kv, origin.at(path)], [0, 0, 0, [], []]);
}

async function delivered(run, group, vector) {
  const answer = await post(run, group, vector);
  const { kv } = await run.gateway.clear();
  assert.equal(answer.status, 200, answer.body);
  assert.equal(JSON.parse(answer.body).status, 'delivered');
  const request = run.origin.last(group.path);
  assert.ok(request.body.equals(bodyOf(vector)), 'other bytes arrived');
  assert.equal(received(request, 'countersign-event-type'), vector.type ?? undefined);
  assert.deepEqual(kv.map(({ name }) => name), [`seen/${group.name}/${vector.dedupeKey}`]);
  whenLogged(run, group, vector, answer, ({ keyId, eventType = null, typeSigned = false, typeConflict = false }) => {
    const { keyId: key, type = null, typeSigned: isSigned = false, typeConflict: isConflict = false } = vector;
    assert.deepEqual([keyId, eventType, typeSigned, typeConflict], [key, type, isSigned, isConflict]);
  });
}

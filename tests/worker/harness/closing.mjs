// What every gateway is checked for when a test file is done with it, whatever the file is about.

import assert from 'node:assert/strict';
import { findSecrets } from './canary.mjs';
import { BODY_CANARY } from './providers.mjs';
import { toBytes } from './raw.mjs';

export function closingChecks({ secrets, logs, answers, sent, kv, stored = [], origins }) {
  noSecretShown(secrets, { logs, answers, kv, stored, origins });
  noBodyLogged(logs);
  nothingLost(sent, stored, origins);
}

/** No secret is in a log line, an answer, the store, or what the destination received. */
function noSecretShown(secrets, { logs, answers, kv, stored, origins }) {
  const places = {
    log: logs.map(({ message }) => message).join('\n'),
    answers: answers.map((raw) => raw.toString('latin1')).join('\n'),
    store: JSON.stringify(kv),
    inbox: JSON.stringify(stored),
    origin: JSON.stringify(origins.flatMap(({ requests }) => requests.map(({ path, headers }) => [path, headers]))),
  };
  for (const [place, text] of Object.entries(places)) {
    assert.deepEqual(findSecrets(text, searchable(secrets)), [], `a secret shows in the ${place}`);
  }
}

// A secret that is wrong on purpose is too short, or padded: what is left of it must be worth searching.
function searchable(secrets) {
  return secrets.filter((secret) => typeof secret === 'string').map((secret) => secret.trim()).filter((secret) => secret.length >= 8);
}

function noBodyLogged(logs) {
  const line = logs.find(({ message }) => message.includes(BODY_CANARY));
  assert.equal(line, undefined, 'a body shows in the log');
}

/**
 * Every event that was answered "delivered", "duplicate" or "accepted" was accepted by a destination, or is in the
 * inbox and has not arrived yet.
 */
function nothingLost(sent, stored, origins) {
  if (origins.length === 0) return;
  for (const { request, answer } of sent) {
    if (!acknowledged(answer)) continue;
    const body = toBytes(request.body ?? '');
    assert.ok(
      origins.some((origin) => origin.accepted(body)) || stored.some((event) => waits(event, body)),
      `answered ${answer.body}, but no destination accepted it, and it does not wait: ${body.toString('latin1').slice(0, 120)}`,
    );
  }
}

/** Whether a row of the inbox is this event, with a delivery that has not arrived. A body in the bucket may be any. */
function waits({ body, body_at: bodyAt, states }, bytes) {
  const isOpen = (states ?? '').split(',').some((state) => /^(pending|leased|dead)$/.test(state));
  return isOpen && (bodyAt !== null || body.hex === bytes.toString('hex'));
}

function acknowledged({ status, body }) {
  return status >= 200 && status < 300 && /"status":"(delivered|duplicate|accepted)"/.test(body);
}

// What every gateway is checked for when a test file is done with it, whatever the file is about.

import assert from 'node:assert/strict';
import { findSecrets } from './canary.mjs';
import { BODY_CANARY } from './providers.mjs';
import { toBytes } from './raw.mjs';

export function closingChecks({ secrets, logs, answers, sent, kv, origins }) {
  noSecretShown(secrets, { logs, answers, kv, origins });
  noBodyLogged(logs);
  nothingLost(sent, origins);
}

/** No secret is in a log line, an answer, the store, or what the destination received. */
function noSecretShown(secrets, { logs, answers, kv, origins }) {
  const places = {
    log: logs.map(({ message }) => message).join('\n'),
    answers: answers.map((raw) => raw.toString('latin1')).join('\n'),
    store: JSON.stringify(kv),
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

/** Every event that was answered "delivered" or "duplicate" was accepted by a destination. */
function nothingLost(sent, origins) {
  if (origins.length === 0) return;
  for (const { request, answer } of sent) {
    if (!acknowledged(answer)) continue;
    const body = toBytes(request.body ?? '');
    assert.ok(
      origins.some((origin) => origin.accepted(body)),
      `answered ${answer.body}, but no destination accepted it: ${body.toString('latin1').slice(0, 120)}`,
    );
  }
}

function acknowledged({ status, body }) {
  return status >= 200 && status < 300 && /"status":"(delivered|duplicate|accepted)"/.test(body);
}

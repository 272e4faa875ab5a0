// What somebody writes who has measured: the key is made once, names are looked up in lower case first, as every server
// hands them over, and the digest is compared as hex without another Buffer.

import { createHmac, createSecretKey } from 'node:crypto';

const TOLERANCE_SECONDS = 300;
const TIMESTAMP = /^\d{1,11}$/;
const ID = /^[A-Za-z0-9_-]{1,255}$/;

export function make({ secret }) {
  const key = createSecretKey(secret, 'utf8');
  return (body, headers) => {
    const timestamp = headers['peeker-timestamp'] ?? inAnyCase(headers, 'peeker-timestamp');
    const id = headers['peeker-event-id'] ?? inAnyCase(headers, 'peeker-event-id');
    const signature = headers['peeker-signature'] ?? inAnyCase(headers, 'peeker-signature');
    if (timestamp === undefined || id === undefined || signature === undefined) return false;
    if (!TIMESTAMP.test(timestamp) || !ID.test(id)) return false;
    if (Math.abs(Date.now() / 1000 - timestamp) > TOLERANCE_SECONDS) return false;
    const expected = createHmac('sha256', key).update(`${timestamp}.${id}.`).update(body).digest('hex');
    if (signature.length === 67) return isVersion1(signature, expected);
    return signature.split(',').some((entry) => isVersion1(entry.trim(), expected));
  };
}

/** Whether an entry is `v1=` and this digest; takes as long whichever character differs. */
function isVersion1(entry, expected) {
  if (entry.length !== 67 || !entry.startsWith('v1=')) return false;
  let difference = 0;
  for (let at = 0; at < 64; at++) difference |= entry.charCodeAt(at + 3) ^ expected.charCodeAt(at);
  return difference === 0;
}

function inAnyCase(headers, wanted) {
  return headers[Object.keys(headers).find((name) => name.toLowerCase() === wanted)];
}

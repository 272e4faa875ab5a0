// The events that the providers send, each with a body that no other has.

import { createHash, randomInt } from 'node:crypto';
import { boateros, freshId, peeker } from '../worker/harness/providers.mjs';

/** Each source's destinations that want an event: what the gateway is told, said once more. */
export const DESTINATIONS = {
  peeker: () => ['app'],
  boateros: (type) => (type === 'hull.sold' ? ['app', 'audit'] : ['app']),
};

export const SOURCES = Object.keys(DESTINATIONS);

const TYPES = {
  peeker: ['order.completed', 'order.failed', 'domain.connected'],
  boateros: ['hull.created', 'hull.updated', 'hull.price_changed', 'hull.sold'],
};

const SIGN = {
  peeker: ({ id, body }, secret) => peeker({ secret, id, body }),
  boateros: ({ type, body }, secret) => boateros({ secret, type, body }),
};

// What bodies are filled up with: decoded and encoded again, it would be something else.
const PIECES = ['é', '\\u00e9', ' ', '1.0', '/', '\\/', '\\"', '🛥'];
const FILLER = Array.from({ length: 2000 }, () => PIECES[randomInt(PIECES.length)]);
const LARGE = FILLER.join('').repeat(16);

export function freshEvent(source) {
  const type = TYPES[source][randomInt(TYPES[source].length)];
  const id = freshId(source);
  const body = Buffer.from(`{"type":"${type}",  "data":{"id":"${id}","n":1.0,"filler":"${filler()}"}}\n`);
  return { source, type, id, body, hash: createHash('sha256').update(body).digest('hex') };
}

/** The request, signed at this moment. */
export const sign = (event, secret) => SIGN[event.source](event, secret);

// Most events are small; one in a hundred is not.
const filler = () => (randomInt(100) === 0 ? LARGE : FILLER.slice(randomInt(FILLER.length)).join(''));

// How the gateway is configured for this, and what follows from it.

import { DESTINATIONS, SOURCES } from './events.mjs';

const SHARDS = 4;
const TIMEOUT_SECONDS = 2;
const RETRIES = 40;
// A lease is this much longer than the destination's timeout.
const LEASE_SLACK_MS = 10_000;
const JITTER = 0.1;
// A request may reach the origin so much later than it was leased for: the first ones of a gateway
// that has just started do.
const START_MS = 1500;
// By so much later may the origin have noticed a request than it came.
const NOTICE_MS = 150;

const BREAKERS = {
  // With 85 % of all attempts taken in, it does not.
  neverOpens: { failingSeconds: 600, attempts: 1000, probeSeconds: 1 },
  opens: { failingSeconds: 1, attempts: 3, probeSeconds: 1 },
};

export function gatewaySetup({ worker, sabotage, outage, secrets, storage, origin }) {
  const sources = Object.fromEntries(SOURCES.map((name) => [name, source(name, origin, outage)]));
  return {
    worker,
    storage,
    bindings: {
      SOURCES: sources,
      ALLOW_INSECURE_DESTINATIONS: 'true',
      PEEKER_SECRET: secrets.peeker,
      BOATEROS_SECRET: secrets.boateros,
      ORIGIN_SECRET: secrets.origin,
      ...(sabotage ? { SABOTAGE: sabotage } : {}),
    },
  };
}

function source(name, origin, outage) {
  const destination = (to) => ({
    name: to,
    url: `${origin}/${name}/${to}`,
    timeoutSeconds: TIMEOUT_SECONDS,
    signingSecret: 'ORIGIN_SECRET',
    ...(to === 'audit' ? { events: ['hull.sold'] } : {}),
  });
  return {
    scheme: name,
    mode: 'inbox',
    secrets: [`${name.toUpperCase()}_SECRET`],
    retrySchedule: Array(RETRIES).fill(1),
    shards: SHARDS,
    drainPerSecond: 2000,
    breaker: outage ? BREAKERS.opens : BREAKERS.neverOpens,
    destinations: DESTINATIONS[name]('hull.sold').map(destination),
  };
}

/** What the observer holds the gateway to. A breaker that closes makes everything due at once. */
export const rulesOf = ({ outage }) => ({
  shards: SHARDS * SOURCES.length,
  retryMs: outage ? null : 1000 * (1 - JITTER) - NOTICE_MS,
  leaseMs: TIMEOUT_SECONDS * 1000 + LEASE_SLACK_MS - START_MS,
});

// The gateway most suites use: one source for each provider, one destination, a stopped clock.

import { startGateway } from './gateway.mjs';
import { startOrigin } from './origin.mjs';
import { boateros, freshId, freshSecret, freshWebhookSecret, jsonBody, peeker, standardWebhooks } from './providers.mjs';
import { hostileSuite } from './refused.mjs';

/** A moment with nothing special about it: 2025-11-21T16:00:00.000Z. */
export const NOW = Date.UTC(2025, 10, 21, 16);
export const NOW_SECONDS = String(NOW / 1000);

export const relay = (scheme, secrets, url, { destination = {}, ...more } = {}) => ({
  scheme,
  mode: 'relay',
  secrets: [secrets].flat(),
  destinations: [{ name: 'app', url, ...destination }],
  ...more,
});

/**
 * Starts it. `sources` and `secrets` are added to the three that are always there, and `each` is
 * merged into every one of those three.
 */
export async function startSuite({ sources = () => ({}), secrets = {}, each = {}, now = NOW, ...options } = {}) {
  const origin = await startOrigin();
  const own = {
    PEEKER_SECRET: freshSecret('peeker'),
    BOATEROS_SECRET: freshSecret('boateros'),
    WEBHOOKS_SECRET: freshWebhookSecret(),
  };
  const gateway = await closingOnFailure(() => origin.close(), () => startGateway({
    sources: {
      peeker: relay('peeker', 'PEEKER_SECRET', origin.url('/peeker'), each),
      boateros: relay('boateros', 'BOATEROS_SECRET', origin.url('/boateros'), each),
      webhooks: relay('standard-webhooks', 'WEBHOOKS_SECRET', origin.url('/webhooks'), each),
      ...sources(origin),
    },
    secrets: { ...own, ...secrets },
    origins: [origin],
    ...options,
  }));
  if (now !== null) await gateway.clockAt(now);

  const clock = { now };
  const nowMs = () => clock.now ?? Date.now();
  const sign = {
    peeker: (more = {}) => peeker({ secret: own.PEEKER_SECRET, nowMs: nowMs(), body: jsonBody('order.completed', { n: freshId() }), ...more }),
    boateros: (more = {}) => boateros({ secret: own.BOATEROS_SECRET, type: 'hull.created', nowMs: nowMs(), body: jsonBody('hull.created', { n: freshId() }), ...more }),
    webhooks: (more = {}) => standardWebhooks({ secret: own.WEBHOOKS_SECRET, nowMs: nowMs(), body: jsonBody('thing.done', { n: freshId() }), ...more }),
  };

  return {
    origin,
    gateway,
    sign,
    secrets: own,
    /** Moves the Worker's clock and the signers' with it. */
    async setClock(ms) {
      clock.now = ms;
      await gateway.clockAt(ms);
    },
    good: () => gateway.post('peeker', sign.peeker()),
    async close() {
      try {
        await gateway.close();
      } finally {
        await origin.close();
      }
    },
  };
}

/** The same with the checker for hostile requests. */
export async function startHostileSuite(options) {
  const suite = await startSuite(options);
  const forged = () => suite.gateway.post('peeker', suite.sign.peeker({ secret: 'not the secret of this source' }));
  const checker = await closingOnFailure(suite.close, () =>
    hostileSuite({ gateway: suite.gateway, origins: [suite.origin], good: suite.good, forged }));
  return { ...suite, ...checker };
}

/** A server that nobody closes would keep the test runner waiting for ever. */
async function closingOnFailure(close, start) {
  try {
    return await start();
  } catch (error) {
    await close().catch(() => {});
    throw error;
  }
}

// The test Worker: the built Worker behind a settable clock and a KV binding that can misbehave.
//
// It runs inside workerd in front of the product, which never learns of it. The harness talks to it
// under /__test/, a path that the product is never asked for.

import product from './product/index.js';

const MISS_CACHED_MS = 60_000;

const clock = { frozenAt: null };
const faults = { get: 'ok', put: 'ok', staleMisses: false };
const misses = new Map();
const counters = {};
const pending = { requests: 0, background: 0, generation: 0 };

installClock();
installFetchCounter();
resetCounters();

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname.startsWith('/__test/')) return control(request, env);
    return serve(request, env, ctx);
  },
};

async function serve(request, env, ctx) {
  const { generation } = pending;
  counters.requests += 1;
  pending.requests += 1;
  try {
    return await product.fetch(request, wrapEnvironment(env), wrapContext(ctx));
  } finally {
    if (generation === pending.generation) pending.requests -= 1;
  }
}

// --- the clock -------------------------------------------------------------------------------

function installClock() {
  const RealDate = Date;
  const now = () => clock.frozenAt ?? RealDate.now();
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(now());
      else super(...parts);
    }
    static now() {
      return now();
    }
  };
}

// --- the store -------------------------------------------------------------------------------

const wrapEnvironment = (env) => (env.SEEN === undefined ? env : { ...env, SEEN: wrapStore(env.SEEN) });

function wrapStore(store) {
  const read = (name) => async (key, ...options) => {
    counters.get += 1;
    await misbehave('get', 'KV GET failed: 500 Internal Server Error');
    if (servesCachedMiss(key)) return name === 'get' ? null : { value: null, metadata: null, cacheStatus: null };
    const found = await store[name](key, ...options);
    rememberMiss(key, name === 'get' ? found : found.value);
    return found;
  };
  return {
    get: read('get'),
    getWithMetadata: read('getWithMetadata'),
    async put(key, value, options) {
      counters.put += 1;
      // Work that no waitUntil holds is cut off in production when the client hangs up.
      if (pending.background === 0) counters.putsUnheld += 1;
      await misbehave('put', 'KV PUT failed: 429 Too Many Requests');
      return store.put(key, value, options);
    },
    async list(options) {
      counters.list += 1;
      return store.list(options);
    },
    async delete(key) {
      counters.delete += 1;
      return store.delete(key);
    },
  };
}

async function misbehave(operation, message) {
  if (faults[operation] === 'ok') return;
  while (faults[operation] === 'hang') await scheduler.wait(20);
  throw new Error(message);
}

// Real KV remembers for a minute, per location, that a key was not there.
function servesCachedMiss(key) {
  return faults.staleMisses && Date.now() < (misses.get(key) ?? -Infinity);
}

function rememberMiss(key, value) {
  if (value === null) misses.set(key, Date.now() + MISS_CACHED_MS);
}

// --- what the product does besides -----------------------------------------------------------

function wrapContext(ctx) {
  return {
    props: ctx.props,
    passThroughOnException: () => ctx.passThroughOnException(),
    waitUntil(promise) {
      counters.waitUntil += 1;
      pending.background += 1;
      const settled = () => {
        pending.background -= 1;
      };
      Promise.resolve(promise).then(settled, settled);
      ctx.waitUntil(promise);
    },
  };
}

function installFetchCounter() {
  const realFetch = globalThis.fetch;
  globalThis.fetch = (...args) => {
    counters.fetches += 1;
    // A turn later: waitUntil may be called just after fetch.
    scheduler.wait(0).then(() => {
      if (pending.background === 0) counters.fetchesUnheld += 1;
    });
    return realFetch(...args);
  };
}

function resetCounters() {
  for (const name of ['requests', 'get', 'put', 'list', 'delete', 'putsUnheld', 'waitUntil', 'fetches', 'fetchesUnheld']) {
    counters[name] = 0;
  }
}

// --- the harness's side ----------------------------------------------------------------------

async function control(request, env) {
  const order = await request.json();
  if (order.clock) Object.assign(clock, order.clock);
  if (order.faults) Object.assign(faults, { get: 'ok', put: 'ok', staleMisses: false }, order.faults);
  // The runtime drops the handler of a client that is gone: it neither returns nor throws.
  if (order.forget) Object.assign(pending, { requests: 0, generation: pending.generation + 1 });
  const state = { counters: { ...counters }, pending, kv: order.dump && env.SEEN ? await dump(env.SEEN) : [] };
  if (order.clear) await clear(env.SEEN);
  if (order.seed) for (const [key, value] of Object.entries(order.seed)) await env.SEEN.put(key, value);
  return Response.json(state);
}

async function clear(store) {
  misses.clear();
  resetCounters();
  for (const key of await keysOf(store)) await store.delete(key.name);
}

async function dump(store) {
  const keys = await keysOf(store);
  return Promise.all(keys.map(async (key) => ({ ...key, value: await store.get(key.name) })));
}

async function keysOf(store) {
  const keys = [];
  let cursor;
  do {
    const page = await store.list({ cursor });
    keys.push(...page.keys);
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor !== undefined);
  return keys;
}

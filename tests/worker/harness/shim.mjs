// The test Worker: the built Worker behind a settable clock and a KV binding that can misbehave.
//
// It runs inside workerd in front of the product, which never learns of it. The harness talks to it
// under /__test/, a path that the product is never asked for. The inbox's objects live in the same
// isolate, so that the clock is theirs too.

import product, { Inbox as ProductInbox } from './product/index.js';

const MISS_CACHED_MS = 60_000;

const NEVER_MS = 24 * 3_600_000;

const RealDate = Date;
// `shift` moves the clock, `frozenAt` stops it.
const clock = { frozenAt: null, shift: 0 };
const NO_FAULTS = {
  get: 'ok', put: 'ok', staleMisses: false, accept: 'ok', acceptMs: 0, sql: 'ok', trap: null, bucketGet: 'ok', bucketPut: 'ok',
};
// Whether WebAssembly fails when it next asks for the time.
const trap = { isSet: false };
const faults = { ...NO_FAULTS };
const misses = new Map();
const counters = {};
const pending = { requests: 0, background: 0, alarms: 0, generation: 0, traps: 0 };
const objects = new Set();

installClock();
installFetchCounter();
resetCounters();

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname.startsWith('/__test/')) return control(request, env);
    return serve(request, env, ctx);
  },
  scheduled: (controller, env, ctx) => product.scheduled(controller, wrapEnvironment(env), ctx),
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
  const now = () => {
    springTrap();
    return clock.frozenAt ?? RealDate.now() + clock.shift;
  };
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

/** To the WebAssembly in the middle of which it happens, an exception is a trap. `faults.trap` says in which method. */
function setTrap(method) {
  if (faults.trap !== method) return;
  faults.trap = null;
  trap.isSet = true;
}

function springTrap() {
  if (!trap.isSet) return;
  const { stack } = new Error();
  // The console asks for the time, too.
  if (!stack.includes('wasm') || stack.includes('node-internal')) return;
  trap.isSet = false;
  // What the instance was doing for others never ends now, nor do their promises settle.
  Object.assign(pending, { requests: 0, background: 0, generation: pending.generation + 1, traps: pending.traps + 1 });
  throw new WebAssembly.RuntimeError('unreachable');
}

// --- the inbox -------------------------------------------------------------------------------

/** The product's object, on the settable clock, and with a door for the harness. */
export class Inbox extends ProductInbox {
  #storage;
  // What the alarm is set for by the settable clock, as far as this object knows.
  #alarmAt = null;

  constructor(ctx, env) {
    super(ctx, wrapEnvironment(env));
    this.#storage = ctx.storage;
    this.ctx = { id: ctx.id, storage: this.#wrapStorage() };
    objects.add(String(ctx.id));
  }

  async accept(...entry) {
    while (faults.accept === 'hang') await scheduler.wait(20);
    if (faults.acceptMs > 0) await scheduler.wait(faults.acceptMs);
    if (faults.accept === 'throw') throw new Error('Durable Object is overloaded. Too many requests for the same object within a 10 second window.');
    setTrap('accept');
    return super.accept(...entry);
  }

  async alarm() {
    this.#alarmAt = null;
    counters.alarms += 1;
    pending.alarms += 1;
    setTrap('alarm');
    try {
      await super.alarm();
    } finally {
      pending.alarms -= 1;
    }
  }

  /** Rows of its tables: bytes as `{ hex }`. */
  __query(statement, ...values) {
    const rows = this.#storage.sql.exec(statement, ...values).toArray();
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  }

  /** Sets the alarm by the clock as it stands now. */
  async __clockMoved() {
    // One that was set before a restart was set by a clock that was right.
    const at = this.#alarmAt ?? (await this.#storage.getAlarm());
    if (at !== null) await this.#storage.setAlarm(this.#realTime(at));
  }

  async __loseAlarm() {
    this.#alarmAt = null;
    await this.#storage.deleteAlarm();
  }

  async __alarm() {
    const real = await this.#storage.getAlarm();
    return real === null ? null : (this.#alarmAt ?? real + clock.shift);
  }

  #realTime(time) {
    if (clock.frozenAt === null) return time - clock.shift;
    return time <= clock.frozenAt ? RealDate.now() : RealDate.now() + NEVER_MS;
  }

  #wrapStorage() {
    const storage = this.#storage;
    return {
      sql: {
        exec(...statement) {
          if (faults.sql === 'throw') throw new Error('internal error; reference = 0123456789');
          return storage.sql.exec(...statement);
        },
      },
      transactionSync: (run) => storage.transactionSync(run),
      setAlarm: (time) => {
        this.#alarmAt = time;
        return storage.setAlarm(this.#realTime(time));
      },
      getAlarm: () => this.__alarm(),
      deleteAlarm: () => {
        this.#alarmAt = null;
        return storage.deleteAlarm();
      },
    };
  }
}

const plain = (value) => (value instanceof ArrayBuffer ? { hex: hex(value) } : value);
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function moveClock(order, env) {
  Object.assign(clock, order);
  const ids = [...objects].map((id) => env.INBOX.idFromString(id));
  await Promise.all(ids.map((id) => env.INBOX.get(id).__clockMoved()));
}

// --- the store -------------------------------------------------------------------------------

const wrapEnvironment = (env) => ({
  ...env,
  ...(env.SEEN && { SEEN: wrapStore(env.SEEN) }),
  ...(env.BODIES && { BODIES: wrapBucket(env.BODIES) }),
});

const wrapBucket = (bucket) => ({
  async get(key) {
    await misbehave('bucketGet', 'get: Unspecified error (0)');
    return bucket.get(key);
  },
  async put(key, value) {
    await misbehave('bucketPut', 'put: We encountered an internal error. Please try again. (10001)');
    return bucket.put(key, value);
  },
  delete: (keys) => bucket.delete(keys),
});

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
      const { traps } = pending;
      counters.waitUntil += 1;
      pending.background += 1;
      const settled = () => {
        if (traps === pending.traps) pending.background -= 1;
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
      if (pending.background === 0 && pending.alarms === 0) counters.fetchesUnheld += 1;
    });
    return realFetch(...args);
  };
}

function resetCounters() {
  for (const name of ['requests', 'alarms', 'get', 'put', 'list', 'delete', 'putsUnheld', 'waitUntil', 'fetches', 'fetchesUnheld']) {
    counters[name] = 0;
  }
}

// --- the harness's side ----------------------------------------------------------------------

async function control(request, env) {
  const order = await request.json();
  if (order.object) return Response.json(await askObject(order.object, env));
  if (order.sweep) await product.scheduled({}, wrapEnvironment(env));
  if (order.clock) await moveClock(order.clock, env);
  if (order.faults) Object.assign(faults, NO_FAULTS, order.faults);
  // The runtime drops the handler of a client that is gone: it neither returns nor throws.
  if (order.forget) Object.assign(pending, { requests: 0, generation: pending.generation + 1 });
  const state = {
    counters: { ...counters },
    pending,
    kv: order.dump && env.SEEN ? await dump(env.SEEN) : [],
    bucket: order.dump && env.BODIES ? (await env.BODIES.list()).objects.map(({ key, size }) => ({ key, size })) : [],
  };
  if (order.clear) await clear(env.SEEN);
  if (order.seed) for (const [key, value] of Object.entries(order.seed)) await env.SEEN.put(key, value);
  return Response.json(state);
}

/** Calls a method of the object of this name: `{ name, method, values }`. */
async function askObject({ name, method, values = [] }, env) {
  try {
    return { result: (await env.INBOX.getByName(name)[method](...values)) ?? null };
  } catch (error) {
    return { error: error.message };
  }
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

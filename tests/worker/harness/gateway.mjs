// Boots the built Worker in real workerd, with its storage on disk, behind the shim.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { closingChecks } from './closing.mjs';
import { inboxOf } from './inbox.mjs';
import { encodeRequest, exchange } from './raw.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = resolve(process.env.COUNTERSIGN_WORKER_DIR ?? join(HERE, '../../../build/worker'));
const LOG_WAIT_MS = 20_000;
const IDLE_WAIT_MS = 30_000;

/**
 * Starts a gateway.
 *
 * - `sources`: the variable SOURCES, an object or text
 * - `vars`: further variables, `SOURCE_<NAME>` among them
 * - `secrets`: secret bindings by name; their values are the canaries
 * - `origins`: where its events go; at the end nothing answered 2xx may be missing there
 * - `canaries`: further texts that may appear nowhere
 * - `inbox`: binds the Durable Object of inbox mode; `gateway.inbox` looks into it
 * - `r2`: binds the bucket for large bodies
 * - `storage`: the directory of all that is stored, for another gateway to start from; `keepStorage` leaves it there
 * - `worker`: the directory of another build
 */
export async function startGateway({
  sources,
  vars = {},
  secrets = {},
  origins = [],
  canaries = [],
  insecureDestinations = true,
  store = true,
  inbox = false,
  r2 = false,
  storage = mkdtempSync(join(tmpdir(), 'countersign-worker-')),
  keepStorage = false,
  worker = BUILT,
} = {}) {
  const logs = [];
  const lines = [];
  const answers = [];
  const sent = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: modules(worker),
      compatibilityDate: '2026-10-01',
      bindings: {
        ...(sources === undefined ? {} : { SOURCES: sources }),
        ...(insecureDestinations ? { ALLOW_INSECURE_DESTINATIONS: 'true' } : {}),
        ...vars,
        ...secrets,
      },
      kvNamespaces: store ? ['SEEN'] : [],
      durableObjects: inbox ? { INBOX: { className: 'Inbox', useSQLite: true } } : {},
      r2Buckets: r2 ? ['BODIES'] : [],
      resourcePersistencePath: storage,
      handleStructuredLogs: (entry) => {
        logs.push(entry);
        lines.push(...parseJson(entry.message));
      },
      // The requests come straight to the Worker: Miniflare's own entry would rewrite them.
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      cf: false,
      logRequests: false,
      stripCfConnectingIp: false,
    }),
  );
  await miniflare.ready;
  const url = String(await miniflare.unsafeGetDirectURL());
  const host = new URL(url).host;

  async function control(order) {
    const response = await fetch(new URL('/__test/control', url), { method: 'POST', body: JSON.stringify(order) });
    if (!response.ok) throw new Error(`the shim answered ${response.status}: ${await response.text()}`);
    return response.json();
  }

  async function sendBytes(bytes, options) {
    const answer = await exchange(url, bytes, options);
    answers.push(answer.raw);
    if (options?.afterwards === 'hang-up') await forgetClient(control);
    return answer;
  }

  async function send(request) {
    const answer = await sendBytes(encodeRequest({ host, ...request }), request);
    sent.push({ request, answer });
    return answer;
  }

  const gateway = {
    url,
    host,
    logs,
    send,
    /** Bytes as they are; what was sent this way is not followed to the origin. */
    sendBytes,
    post: (source, signed, options = {}) =>
      send({ target: `/hooks/${source}`, headers: signed.headers, body: signed.body, ...options }),
    get: (target) => send({ method: 'GET', target, framing: 'none' }),
    /** Stops the Worker's clock at a moment. The inbox's alarms go by it: what is due by then goes out. */
    clockAt: (ms) => control({ clock: { frozenAt: ms, shift: 0 } }),
    /** Moves the Worker's clock, and with it the alarms; it goes on from there. */
    clockAhead: (ms) => control({ clock: { frozenAt: null, shift: ms } }),
    /** What the cron trigger does. */
    sweep: () => control({ sweep: true }),
    faults: (faults) => control({ faults }),
    /** Empties the store and zeroes the counters, and returns what there was before. */
    clear: () => control({ dump: true, clear: true }),
    seed: (entries) => control({ seed: entries }),
    state: () => control({ dump: true }),
    /** The same, once the Worker has neither a request nor background work left. */
    idle: (order = {}) => untilIdle(control, order),
    /** What the Worker logged as JSON. */
    lines: () => lines,
    logLine: (answer) => findLine(lines, answer.header('countersign-request-id')),
    async close() {
      const { kv, stored } = await lastState(gateway).finally(async () => {
        await miniflare.dispose();
        if (!keepStorage) rmSync(storage, { recursive: true, force: true });
      });
      closingChecks({ secrets: [...Object.values(secrets), ...canaries], logs, answers, sent, kv, stored, origins });
    },
  };
  gateway.inbox = inbox ? inboxOf(gateway, control, sources) : undefined;
  return gateway;
}

function modules(built) {
  return [
    { type: 'ESModule', path: 'shim.mjs', contents: readFileSync(join(HERE, 'shim.mjs'), 'utf8') },
    { type: 'ESModule', path: 'product/index.js', contents: readFileSync(join(built, 'index.js'), 'utf8') },
    { type: 'CompiledWasm', path: 'product/index_bg.wasm', contents: readFileSync(join(built, 'index_bg.wasm')) },
  ];
}

async function lastState(gateway) {
  // What hangs is let go first.
  await gateway.faults({});
  const { kv } = await gateway.idle({ dump: true });
  return { kv, stored: (await gateway.inbox?.stored()) ?? [] };
}

/** Gives the runtime time to notice that a client is gone. */
async function forgetClient(control) {
  await new Promise((done) => setTimeout(done, 100));
  await control({ forget: true });
}

async function untilIdle(control, order) {
  const deadline = performance.now() + IDLE_WAIT_MS;
  for (;;) {
    const state = await control(order);
    if (state.pending.requests === 0 && state.pending.background === 0) return state;
    if (performance.now() > deadline) throw new Error('the Worker never came to rest');
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** The log line with this request id. Logs arrive a little after the answer. */
async function findLine(lines, requestId) {
  if (!requestId) throw new Error('the answer has no countersign-request-id');
  const deadline = performance.now() + LOG_WAIT_MS;
  for (;;) {
    const found = lines.findLast((line) => line.requestId === requestId);
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`no log line for request ${requestId}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** The object that a message is, in a list; an empty list if it is none. */
function parseJson(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    return [];
  }
}

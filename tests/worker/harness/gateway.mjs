// Boots the built Worker in real workerd, with its storage on disk, behind the shim.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { closingChecks } from './closing.mjs';
import { encodeRequest, exchange } from './raw.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = resolve(process.env.COUNTERSIGN_WORKER_DIR ?? join(HERE, '../../../build/worker'));
const LOG_WAIT_MS = 3000;
const IDLE_WAIT_MS = 15_000;

/**
 * Starts a gateway.
 *
 * - `sources`: the variable SOURCES, an object or text
 * - `vars`: further variables, `SOURCE_<NAME>` among them
 * - `secrets`: secret bindings by name; their values are the canaries
 * - `origins`: where its events go; at the end nothing answered 2xx may be missing there
 * - `canaries`: further texts that may appear nowhere
 */
export async function startGateway({
  sources,
  vars = {},
  secrets = {},
  origins = [],
  canaries = [],
  insecureDestinations = true,
  store = true,
} = {}) {
  const storage = mkdtempSync(join(tmpdir(), 'countersign-worker-'));
  const logs = [];
  const lines = [];
  const answers = [];
  const sent = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: modules(),
      compatibilityDate: '2026-10-01',
      bindings: {
        ...(sources === undefined ? {} : { SOURCES: sources }),
        ...(insecureDestinations ? { ALLOW_INSECURE_DESTINATIONS: 'true' } : {}),
        ...vars,
        ...secrets,
      },
      kvNamespaces: store ? ['SEEN'] : [],
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
    /** Stops the Worker's clock at a moment. */
    clockAt: (ms) => control({ clock: { frozenAt: ms } }),
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
      const { kv } = await lastState(control).finally(async () => {
        await miniflare.dispose();
        rmSync(storage, { recursive: true, force: true });
      });
      closingChecks({ secrets: [...Object.values(secrets), ...canaries], logs, answers, sent, kv, origins });
    },
  };
  return gateway;
}

function modules() {
  return [
    { type: 'ESModule', path: 'shim.mjs', contents: readFileSync(join(HERE, 'shim.mjs'), 'utf8') },
    { type: 'ESModule', path: 'product/index.js', contents: readFileSync(join(BUILT, 'index.js'), 'utf8') },
    { type: 'CompiledWasm', path: 'product/index_bg.wasm', contents: readFileSync(join(BUILT, 'index_bg.wasm')) },
  ];
}

async function lastState(control) {
  // What hangs is let go first.
  await control({ faults: {} });
  return untilIdle(control, { dump: true });
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

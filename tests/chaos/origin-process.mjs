// The destination: an HTTP server that nobody kills. It writes down every request that reaches it,
// one line of JSON each:
//
//   {"path", "delivery", "event", "attempt", "hash", "signed", "replay", "at", "end", "what"}
//
// `at` and `end` are when it came and when it was answered, in milliseconds; `what` is in faults.mjs,
// and `gone` if the other side was gone before the answer was written.

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { webhookSignature } from '../worker/harness/providers.mjs';
import { behaviour } from './faults.mjs';

const REPORT_MS = 200;
const state = { seed: '', secret: '', log: null, down: false, requests: 0, lastAt: 0, taken: new Set() };

process.on('disconnect', () => process.exit());
process.on('message', (order) => ORDERS[order.name](order));
if (!process.connected) process.exit();

const ORDERS = {
  start({ seed, secret, log }) {
    Object.assign(state, { seed, secret, log: createWriteStream(log) });
    // Idle connections stay open: one that closes just as workerd takes it up again fails its request.
    const server = createServer({ keepAliveTimeout: 0 }, serve);
    server.on('clientError', (_, socket) => socket.destroy());
    server.listen(0, '127.0.0.1', 1024, () => {
      process.send({ url: `http://127.0.0.1:${server.address().port}` });
      setInterval(report, REPORT_MS);
    });
  },
  /** While it is down, it refuses everything. */
  down: ({ isDown }) => {
    state.down = isDown;
  },
  close: () => state.log.end(() => process.send({ isClosed: true })),
};

function report() {
  process.send({ requests: state.requests, taken: state.taken.size, lastAt: state.lastAt });
}

async function serve(request, response) {
  const at = Date.now();
  const body = await readAll(request).catch(() => null);
  // A request that was cut off in the middle is nothing that a destination could work on.
  if (body === null) return;
  const record = recordOf(request, body, at);
  state.requests += 1;
  state.lastAt = at;
  const what = state.down ? 'down' : behaviour(state.seed, record.delivery, record.attempt);
  response.on('close', () => write(record, what, response.writableFinished));
  await answer(what, response, record);
}

function recordOf(request, body, at) {
  const { headers } = request;
  return {
    path: request.url,
    delivery: headers['countersign-delivery-id'],
    event: headers['countersign-event-id'],
    attempt: Number(headers['countersign-attempt']),
    hash: createHash('sha256').update(body).digest('hex'),
    signed: isSigned(headers, body),
    ...(headers['countersign-replay'] ? { replay: true } : {}),
    at,
  };
}

/** Whether it comes from our gateway: its signature over the delivery's id and the bytes. */
function isSigned(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  return id === headers['countersign-delivery-id'] && signature === webhookSignature(state.secret, id, timestamp, body);
}

async function answer(what, response, { delivery }) {
  const { socket } = response;
  if (what === 'reset') return socket.resetAndDestroy();
  if (what === 'hung') return undefined;
  await pause(1 + Math.random() * 8);
  if (what === 'refused' || what === 'down') return response.writeHead(what === 'down' ? 503 : 500).end('no');
  if (what === 'busy') return response.writeHead(429, { 'retry-after': '2' }).end('later');
  state.taken.add(delivery);
  if (what === 'lost') return socket.resetAndDestroy();
  return response.end('ok');
}

function write(record, what, isAnswered) {
  const isGone = !isAnswered && (what === 'taken' || what === 'refused' || what === 'busy' || what === 'down');
  state.log.write(`${JSON.stringify({ ...record, end: Date.now(), what, ...(isGone ? { gone: true } : {}) })}\n`);
}

async function readAll(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// The provider, in a process of its own: signs events as Peeker does and posts them over connections that stay open.
//
// Takes orders from its parent, and answers each with what came of it:
// { port, source, secret, type, connections, seconds, count, rate, badShare }
// Without `rate`, each connection sends as soon as it has its answer; with it, so many start per second in all, and a
// latency is counted from when the request was due. `count` ends it sooner.

import { createHmac, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { headerOf, reader, statusOf } from './wire.mjs';

const BODY_BYTES = 1024;
const RUN = randomBytes(4).toString('hex');
let made = 0;

process.on('message', async (order) => {
  process.send(await run(order));
});
process.on('disconnect', () => process.exit());

async function run({ connections = 32, seconds, count = Infinity, rate, ...target }) {
  const state = { target, started: performance.now(), until: performance.now() + 1000 * (seconds ?? Infinity), left: count };
  Object.assign(state, { rate, sent: 0, latencies: [], statuses: {}, wrong: 0, broken: 0 });
  await Promise.all(Array.from({ length: connections }, () => lane(state)));
  return summary(state);
}

/** One connection, and after it broke the next one. */
async function lane(state) {
  while (isOpen(state)) {
    const isDone = await new Promise((done) => converse(state, done));
    if (isDone) return;
    state.broken += 1;
    await new Promise((done) => setTimeout(done, 50));
  }
}

function isOpen({ left, until }) {
  return left > 0 && performance.now() < until;
}

function converse(state, done) {
  const socket = connect(state.target.port, '127.0.0.1');
  let current = null;
  const next = () => {
    const due = claim(state);
    if (due === null) return void socket.end(() => done(true));
    const wait = due - performance.now();
    if (wait > 1) return void setTimeout(() => start(due), wait);
    start(due);
  };
  const start = (due) => {
    const isBad = Math.random() < (state.target.badShare ?? 0);
    current = { since: state.rate ? due : performance.now(), isBad };
    socket.write(request(state.target, isBad));
  };
  socket.setNoDelay(true);
  socket.on('connect', next);
  socket.on('data', reader((head) => {
    note(state, current, head);
    current = null;
    next();
  }));
  socket.on('error', () => {});
  socket.on('close', () => done(current === null && !isOpen(state)));
}

/** When the next request is due; null if there is none. */
function claim(state) {
  if (!isOpen(state)) return null;
  const due = state.rate ? state.started + (1000 * state.sent) / state.rate : performance.now();
  if (due >= state.until) return null;
  state.left -= 1;
  state.sent += 1;
  return due;
}

function note(state, { since, isBad }, head) {
  const status = statusOf(head);
  state.statuses[status] = (state.statuses[status] ?? 0) + 1;
  if (isBad !== (status === 401) && status !== 503) state.wrong += 1;
  if (status === 503 && headerOf(head, 'retry-after') === undefined) state.wrong += 1;
  if (!isBad) state.latencies.push(performance.now() - since);
}

function request({ source, secret, type = 'order.created' }, isBad) {
  made += 1;
  const id = `evt_${RUN}_${String(made).padStart(10, '0')}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const start = `{"type":"${type}","id":"${id}","data":"`;
  const body = `${start}${'x'.repeat(BODY_BYTES - start.length - 2)}"}`;
  const mac = createHmac('sha256', isBad ? `not ${secret}` : secret);
  const signature = mac.update(`${timestamp}.${id}.${body}`).digest('hex');
  return (
    `POST /hooks/${source} HTTP/1.1\r\nHost: gateway.test\r\nContent-Type: application/json\r\n` +
    `Peeker-Event-Id: ${id}\r\nPeeker-Timestamp: ${timestamp}\r\nPeeker-Signature: v1=${signature}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

function summary({ started, latencies, statuses, wrong, broken }) {
  const seconds = (performance.now() - started) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const accepted = statuses[202] ?? 0;
  return { seconds, accepted, perSecond: accepted / seconds, p50: at(0.5), p99: at(0.99), worst: at(1), statuses, wrong, broken };
}

// The destination, in a process of its own: answers each request after a while, and counts.
//
// Takes orders from its parent: { delayMs, failShare, hang, reset: true } changes what it does; each is answered with
// { port, arrived, delivered, perSecond, mostAtOnce }.

import { createServer } from 'node:net';
import { reader } from './wire.mjs';

const behaviour = { delayMs: 5, failShare: 0, hang: false };
let counts = fresh();
let atOnce = 0;

function fresh() {
  return { arrived: 0, delivered: 0, perSecond: {}, mostAtOnce: 0 };
}

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', reader(() => serve(socket)));
});

function serve(socket) {
  counts.arrived += 1;
  atOnce += 1;
  counts.mostAtOnce = Math.max(counts.mostAtOnce, atOnce);
  const second = Math.floor(Date.now() / 1000);
  counts.perSecond[second] = (counts.perSecond[second] ?? 0) + 1;
  setTimeout(() => answer(socket), behaviour.delayMs);
}

function answer(socket) {
  atOnce -= 1;
  if (behaviour.hang) return;
  const fails = Math.random() < behaviour.failShare;
  if (!fails) counts.delivered += 1;
  socket.write(`HTTP/1.1 ${fails ? '503 Service Unavailable' : '200 OK'}\r\nContent-Length: 2\r\n\r\nok`);
}

process.on('message', ({ reset, ...changes }) => {
  Object.assign(behaviour, changes);
  process.send({ port: server.address().port, ...counts });
  if (reset) counts = fresh();
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1');

// The destination: a real HTTP server on loopback that records what reached it, byte for byte, and
// behaves per path as it is told.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';

const HEADER_LIMIT = 1 << 20;

/**
 * A behaviour is an object, or a function of (request, how many came to this path before) that
 * returns one: `status`, `headers`, `body`, `delayMs`, `until` (a promise to wait for), or one of
 * - `hang`: reads the request and never answers
 * - `reset`: 'before' the request is read, or 'after' it
 * - `write`: raw text instead of an answer, `thenReset` or `thenHang`
 * - `endless`: a body that goes on up to that many bytes
 * - `dripMs`: one byte of body at a time
 */
export async function startOrigin() {
  const behaviours = new Map();
  const requests = [];
  const streamed = { bytes: 0 };
  // Idle connections stay open: one that closes just as workerd takes it up again fails its request.
  const server = createServer({ maxHeaderSize: HEADER_LIMIT, keepAliveTimeout: 0 });

  server.on('request', async (incoming, response) => {
    const path = incoming.url;
    const before = () => requests.filter((seen) => seen.path === path).length;
    const behaviour = choose(behaviours.get(path), incoming, before);
    const record = { at: Date.now(), path, method: incoming.method, headers: pairs(incoming.rawHeaders), body: null, status: null };
    requests.push(record);
    if (behaviour.reset === 'before') return incoming.socket.resetAndDestroy();
    record.body = await readAll(incoming).catch(() => null);
    if (record.body === null) return undefined;
    return act(behaviour, record, response, streamed);
  });
  server.on('clientError', (_, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${server.address().port}`;

  return {
    base,
    requests,
    streamed,
    url: (path = '/') => base + path,
    on: (path, behaviour) => behaviours.set(path, behaviour),
    at: (path) => requests.filter((seen) => seen.path === path),
    last: (path) => requests.filter((seen) => path === undefined || seen.path === path).at(-1),
    /** Whether a request with exactly this body was answered 2xx. */
    accepted: (body) => requests.some((seen) => seen.status >= 200 && seen.status < 300 && seen.body?.equals(body)),
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function choose(behaviour, incoming, before) {
  return (typeof behaviour === 'function' ? behaviour(incoming, before()) : behaviour) ?? {};
}

async function act(behaviour, record, response, streamed) {
  const { status = 200, headers = {}, body = '', delayMs = 0 } = behaviour;
  if (behaviour.hang) return;
  await behaviour.until;
  if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs));
  if (behaviour.reset === 'after') return response.socket?.resetAndDestroy();
  if (behaviour.write !== undefined) return writeRaw(behaviour, record, response.socket);
  record.status = status;
  response.writeHead(status, headers);
  if (behaviour.endless) return stream(response, behaviour.endless, streamed);
  if (behaviour.dripMs) return drip(response, behaviour.dripMs);
  response.end(body);
}

function writeRaw(behaviour, record, socket) {
  record.status = behaviour.counts ?? null;
  socket.write(behaviour.write, 'latin1', () => {
    if (behaviour.thenReset) setTimeout(() => socket.resetAndDestroy(), 20);
    else if (!behaviour.thenHang) socket.end();
  });
}

async function stream(response, total, streamed) {
  const chunk = Buffer.alloc(64 * 1024, 0x61);
  let gone = false;
  response.setMaxListeners(0);
  response.on('close', () => {
    gone = true;
  });
  for (let sent = 0; sent < total && !gone; sent += chunk.length) {
    streamed.bytes += chunk.length;
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

function drip(response, everyMs) {
  const timer = setInterval(() => response.write('.'), everyMs);
  response.on('close', () => clearInterval(timer));
}

async function readAll(incoming) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pairs(rawHeaders) {
  const list = [];
  for (let i = 0; i < rawHeaders.length; i += 2) list.push([rawHeaders[i], rawHeaders[i + 1]]);
  return list;
}

/** A value of a recorded request's header, or undefined. */
export const received = (request, name) => request.headers.find(([key]) => key.toLowerCase() === name)?.[1];

/** A URL on loopback where nothing listens. */
export async function closedUrl() {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}/`;
}


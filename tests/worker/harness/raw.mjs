// An HTTP/1.1 client that sends exactly the bytes it is given.
//
// fetch and node:http tidy a request before they send it: they trim values, refuse odd bytes,
// repair framing. Here nothing is repaired, and the answer is kept as the bytes that came.

import { connect } from 'node:net';

const ANSWER_TIMEOUT_MS = 15_000;

/** The bytes of a request. Header values are Latin-1: one character is one byte. */
export function encodeRequest({ method = 'POST', target, host, headers = [], body = Buffer.alloc(0), framing = 'length' }) {
  const bytes = toBytes(body);
  const lines = [`${method} ${target} HTTP/1.1`];
  if (host !== null) lines.push(`Host: ${host}`);
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  if (framing === 'length') lines.push(`Content-Length: ${bytes.length}`);
  if (framing === 'chunked') lines.push('Transfer-Encoding: chunked');
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, framing === 'chunked' ? encodeChunks(bytes) : bytes]);
}

/** One chunk with everything, or several of `size` bytes, and the last, empty one. */
export function encodeChunks(bytes, size = bytes.length || 1) {
  const parts = [];
  for (let start = 0; start < bytes.length; start += size) {
    const chunk = bytes.subarray(start, start + size);
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

export function toBytes(body) {
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body);
}

/**
 * Sends `bytes` and returns the first final answer.
 *
 * `bytes` may be an async iterable, for a client that pauses or hangs up in the middle of its body.
 * `afterwards` is what the client does once all is sent: 'wait', 'half-close' (FIN), or 'hang-up'.
 * Without an answer `status` is 0.
 */
export function exchange(url, bytes, { method = 'POST', afterwards = 'wait', timeoutMs = ANSWER_TIMEOUT_MS } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const received = [];
    const started = performance.now();
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...readAnswer(Buffer.concat(received), method), elapsedMs: performance.now() - started });
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer from ${url} within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.on('data', (chunk) => {
      received.push(chunk);
      if (readAnswer(Buffer.concat(received), method).complete) finish();
    });
    // A reset counts as the end: what was received before it is the answer.
    socket.on('error', () => {});
    socket.on('close', finish);
    socket.on('connect', () => transmit(socket, bytes, afterwards).catch(reject));
  });
}

async function transmit(socket, bytes, afterwards) {
  const parts = Buffer.isBuffer(bytes) ? [bytes] : bytes;
  for await (const part of parts) {
    if (socket.destroyed) return;
    await new Promise((done) => {
      socket.write(part, done);
    });
  }
  if (afterwards === 'half-close') socket.end();
  if (afterwards === 'hang-up') socket.resetAndDestroy();
}

/** Parses as much of an answer as there is; `complete` tells whether its body ended. */
export function readAnswer(raw, method) {
  const headEnd = raw.indexOf('\r\n\r\n');
  if (headEnd < 0) return answer({ raw });
  const [statusLine, ...lines] = raw.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const rest = raw.subarray(headEnd + 4);
  if (status >= 100 && status < 200) return readAnswer(rest, method);
  const headers = lines.map((line) => splitOnce(line, ':')).map(([name, value]) => [name.toLowerCase(), value.trim()]);
  return answer({ raw, status, statusLine, headers, ...readBody(rest, headers, status, method) });
}

function answer({ raw, status = 0, statusLine = '', headers = [], body = Buffer.alloc(0), complete = false }) {
  const header = (name) => headers.find(([key]) => key === name)?.[1];
  return { raw, status, statusLine, headers, header, body: body.toString('utf8'), complete };
}

function readBody(rest, headers, status, method) {
  const value = (name) => headers.find(([key]) => key === name)?.[1];
  if (method === 'HEAD' || status === 204 || status === 304) return { body: Buffer.alloc(0), complete: true };
  if (value('transfer-encoding') === 'chunked') return readChunks(rest);
  const length = Number(value('content-length') ?? Infinity);
  return { body: rest.subarray(0, length), complete: rest.length >= length };
}

function readChunks(rest) {
  const parts = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return { body: Buffer.concat(parts), complete: false };
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    if (size === 0) return { body: Buffer.concat(parts), complete: true };
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

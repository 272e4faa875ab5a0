// Many requests over few connections that stay open, each as soon as the one before it is answered.

import { connect } from 'node:net';
import { encodeRequest, readAnswer } from './raw.mjs';

const ANSWER_TIMEOUT_MS = 30_000;

/** One connection. It is opened when it is needed, and again when it was lost. */
export class Line {
  #url;
  #socket = null;
  #received = Buffer.alloc(0);
  #finish = null;

  constructor(url) {
    this.#url = new URL(url);
  }

  /** Sends a request and resolves to its answer; status 0 if there is none. */
  exchange(bytes) {
    const started = performance.now();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#lose(), ANSWER_TIMEOUT_MS);
      this.#received = Buffer.alloc(0);
      this.#finish = (answer) => {
        clearTimeout(timer);
        this.#finish = null;
        resolve({ status: answer.status, body: answer.body, header: answer.header, elapsedMs: performance.now() - started });
      };
      this.#open().write(bytes);
    });
  }

  close() {
    this.#socket?.destroy();
  }

  #open() {
    if (this.#socket !== null) return this.#socket;
    const { hostname, port } = this.#url;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket === socket) this.#lose();
    });
    this.#socket = socket;
    return socket;
  }

  #take(chunk) {
    this.#received = Buffer.concat([this.#received, chunk]);
    const answer = readAnswer(this.#received, 'POST');
    if (answer.complete) this.#finish?.(answer);
  }

  #lose() {
    this.#socket?.destroy();
    this.#socket = null;
    this.#finish?.(readAnswer(Buffer.alloc(0), 'POST'));
  }
}

/** The bytes of a provider's request to a source of this gateway. */
export const encodeHook = (gateway, source, signed) =>
  encodeRequest({ target: `/hooks/${source}`, host: gateway.host, headers: signed.headers, body: signed.body });

/** Sends all requests over so many connections, and returns their answers in the same order. */
export async function flood(gateway, requests, { connections = 32 } = {}) {
  const lines = Array.from({ length: Math.min(connections, requests.length) }, () => new Line(gateway.url));
  const answers = [];
  let next = 0;
  await Promise.all(lines.map(async (line) => {
    while (next < requests.length) {
      const mine = next++;
      answers[mine] = await line.exchange(requests[mine]);
    }
    line.close();
  }));
  return answers;
}

/** Sends `make()` again and again until `until` is resolved. Returns the answers. */
export async function floodUntil(gateway, make, until, { connections = 4 } = {}) {
  const lines = Array.from({ length: connections }, () => new Line(gateway.url));
  const answers = [];
  let isOver = false;
  until.finally(() => {
    isOver = true;
  });
  await Promise.all(lines.map(async (line) => {
    while (!isOver) answers.push(await line.exchange(make()));
    line.close();
  }));
  return answers;
}

/** The value below which so large a part of the values lies. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** How many answers there were of each status. */
export function countStatuses(answers) {
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

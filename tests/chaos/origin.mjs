// The origin's process, from the outside.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('origin-process.mjs', import.meta.url));

export class Origin {
  #child;
  #log;

  /** What it said last: how many requests it had, how many deliveries it took in, when the last request came. */
  seen = { requests: 0, taken: 0, lastAt: 0 };

  static async start({ seed, secret, log }) {
    const origin = new Origin();
    origin.#log = log;
    origin.#child = fork(PROGRAM);
    origin.#child.once('exit', (code) => {
      if (code !== 0) throw new Error('the origin ended');
    });
    origin.#child.send({ name: 'start', seed, secret, log });
    const [{ url }] = await once(origin.#child, 'message');
    origin.url = url;
    origin.#child.on('message', (message) => {
      if (message.requests !== undefined) origin.seen = message;
    });
    return origin;
  }

  down(isDown) {
    this.#child.send({ name: 'down', isDown });
  }

  /** Ends it, and returns the records of all requests in the order in which they came. */
  async close() {
    const isClosed = new Promise((resolve) => {
      this.#child.on('message', (message) => message.isClosed && resolve());
    });
    this.#child.send({ name: 'close' });
    await isClosed;
    this.end();
    const lines = readFileSync(this.#log, 'utf8').trimEnd().split('\n');
    return lines.filter(Boolean).map((line) => JSON.parse(line)).sort((a, b) => a.at - b.at);
  }

  end() {
    if (this.#child.connected) this.#child.disconnect();
  }
}

// The gateway in a process group of its own, so that kill -9 reaches workerd in the same moment as
// the process that started it. It never gets to say goodbye.

import { fork } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('gateway-process.mjs', import.meta.url));
const BOOT_MS = 30_000;
const DEATH_MS = 5000;

export class Gateway {
  #options;
  #child = null;
  #members = [];

  /** Where it listens; null while it is down. */
  url = null;

  /** `setup` goes to the process; what workerd says is appended to the file `log`. */
  constructor({ setup, log }) {
    this.#options = { setup, log };
  }

  async start() {
    const { setup, log } = this.#options;
    const output = openSync(log, 'a');
    this.#child = fork(PROGRAM, { detached: true, stdio: ['ignore', output, output, 'ipc'] });
    closeSync(output);
    this.#child.send({ ...setup, log });
    this.url = await ready(this.#child);
    this.#members = groupOf(this.#child.pid);
    if (!this.#members.some(({ name }) => name === 'workerd')) throw new Error(`no workerd: ${shown(this.#members)}`);
  }

  /** Returns when the kill began. */
  async kill() {
    const { pid } = this.#child;
    const url = this.url;
    const alive = shown(groupOf(pid));
    if (alive !== shown(this.#members)) throw new Error(`before the kill, ${shown(this.#members)} had become ${alive || 'nobody'}`);
    const from = Date.now();
    process.kill(-pid, 'SIGKILL');
    this.url = null;
    this.#child = null;
    await death(pid);
    if (await answers(url)) throw new Error(`somebody still listens at ${url}`);
    return from;
  }

  /** Whatever it is doing. */
  end() {
    if (this.#child !== null && groupOf(this.#child.pid).length > 0) process.kill(-this.#child.pid, 'SIGKILL');
  }
}

function ready(child) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the gateway did not start in time')), BOOT_MS);
    child.once('message', ({ url }) => {
      clearTimeout(late);
      resolve(url);
    });
    child.once('exit', (code, signal) => reject(new Error(`the gateway ended: ${signal ?? code}`)));
  });
}

/** Two of them must never have the same storage. */
async function death(group) {
  const deadline = performance.now() + DEATH_MS;
  while (groupOf(group).length > 0) {
    if (performance.now() > deadline) throw new Error(`outlives SIGKILL: ${shown(groupOf(group))}`);
    await pause(5);
  }
}

/** The processes of a group that are alive. */
function groupOf(group) {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.map(stat).filter((it) => it.group === group && !['Z', 'X'].includes(it.state));
}

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const [state, , group] = text.slice(end + 2).split(' ');
    return { pid, name: text.slice(text.indexOf('(') + 1, end), state, group: Number(group) };
  } catch {
    // It has just ended.
    return {};
  }
}

const shown = (processes) => processes.map(({ pid, name }) => `${name} ${pid}`).join(', ');

function answers(url) {
  return fetch(url, { signal: AbortSignal.timeout(1000) }).then(() => true, () => false);
}

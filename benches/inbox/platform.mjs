// What workerd keeps of what a Durable Object does, with as little JavaScript as does it, after garbage collection.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { memoryBytes } from './machine.mjs';
import { heading, row } from './print.mjs';
import { startWorkerd } from './workerd.mjs';

const PER_REQUEST = 5000;
const WARM_UP_REQUESTS = 4;

const PROBES = {
  'a timer that goes off': 'await new Promise((done) => setTimeout(done, 0));',
  'a timer that is cleared': 'clearTimeout(setTimeout(() => {}, 60_000));',
  'an alarm': 'const fired = new Promise((done) => (this.fired = done)); await this.ctx.storage.setAlarm(Date.now()); await fired;',
  'a row that is written': 'this.ctx.storage.sql.exec("INSERT INTO t (n) VALUES (?)", n); await null;',
};

const worker = (probe) => `
import { DurableObject } from 'cloudflare:workers';
export class Inbox extends DurableObject {
  async repeat(count) {
    this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS t (n INTEGER)');
    for (let n = 0; n < count; n += 1) {
      ${probe}
      if (n % 50 === 0) await new Promise((done) => setTimeout(done, 0));
    }
  }
  alarm() {
    this.fired();
  }
}
export default {
  async fetch(request, env) {
    await env.INBOX.getByName('one').repeat(${PER_REQUEST});
    for (let n = 0; n < 3; n += 1) {
      gc();
      await new Promise((done) => setTimeout(done, 50));
    }
    return new Response();
  },
};
`;

export async function platform(directory, { rounds }) {
  heading(`platform: what workerd keeps in memory of each, of ${rounds * PER_REQUEST}`);
  row('', 'bytes each');
  for (const [number, [name, probe]] of Object.entries(PROBES).entries()) {
    const module = join(directory, `probe-${number}.mjs`);
    writeFileSync(module, worker(probe));
    const place = join(directory, `probe-${number}`);
    const party = await startWorkerd({ directory: place, modules: [module], object: 'Inbox', v8Flags: ['--expose-gc'] });
    try {
      for (let n = 0; n < WARM_UP_REQUESTS; n += 1) await repeat(party);
      const before = memoryBytes(party.pid);
      for (let n = 0; n < rounds; n += 1) await repeat(party);
      row(name, ((memoryBytes(party.pid) - before) / (rounds * PER_REQUEST)).toFixed(0));
    } finally {
      await party.stop();
    }
  }
}

async function repeat({ port }) {
  const response = await fetch(`http://127.0.0.1:${port}/`);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`the probe was answered ${response.status}`);
}

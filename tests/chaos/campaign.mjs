// One run: load from the providers, kills, a restart after each, and then rest until all is drained.

import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freshSecret, freshWebhookSecret } from '../worker/harness/providers.mjs';
import { Gateway } from './gateway.mjs';
import { judge } from './judge.mjs';
import { readLog } from './log.mjs';
import { Origin } from './origin.mjs';
import { cpuPressure, Progress } from './progress.mjs';
import { Provider } from './provider.mjs';
import { gatewaySetup, rulesOf } from './setup.mjs';
import { findDamage, readAttempts, readTables } from './tables.mjs';

const CONNECTIONS = 32;
// What waits has to be drained in time after the last kill: with so many deliveries, few are added.
const MOST_WAITING = 8000;
// A kill comes so long after the first answer; some come so long after the start, answer or not.
const UP_MS = [300, 1200];
const EARLY = 0.2;
const FIRST_ANSWER_MS = 30_000;
const DRAIN_MS = 120_000;
// The tables are looked at when the origin has heard nothing for so long.
const QUIET_MS = 1000;
// An outage lasts at least so long, and until the origin has refused so many requests.
const OUTAGE_MS = 6000;
const REFUSALS = 150;

/**
 * - `worker`: the directory of the built Worker; `sabotage`: the mistake that it is to make
 * - `kills`, `events`: how many there are to be at least
 * - `outage`: whether the origin is down for some seconds, and the breakers open
 * - `directory`: where everything that happens is written; `storage`: the gateway's storage; both are
 *   emptied first
 */
export async function run(options) {
  const campaign = new Campaign(options);
  try {
    return await campaign.run();
  } catch (error) {
    throw new Error(`${error.message}; what happened is in ${options.directory}`, { cause: error });
  } finally {
    campaign.end();
  }
}

class Campaign {
  #options;
  #secrets = { peeker: freshSecret('peeker'), boateros: freshSecret('boateros'), origin: freshWebhookSecret() };
  #origin = null;
  #gateway = null;
  #provider = null;
  #progress = null;
  #kills = [];
  #upMs = 0;
  #downMs = 0;

  constructor(options) {
    this.#options = options;
  }

  async run() {
    const pressure = cpuPressure();
    await this.#start();
    const started = Date.now();
    const outage = this.#options.outage ? this.#outage() : null;
    while (!this.#isEnough()) await this.#killOnce();
    const loadMs = Date.now() - started;
    await Promise.all([this.#provider.close(), outage]);
    await this.#drain();
    const drainMs = Date.now() - this.#kills.at(-1).from;
    // In the middle of nothing, once more; what it has stored is all that is left of it.
    await this.#gateway.kill();
    return this.#judged({ loadMs, drainMs, pressure: pressure() });
  }

  /** Nothing that was started stays behind. */
  end() {
    this.#progress?.end();
    this.#gateway?.end();
    this.#origin?.end();
  }

  async #start() {
    for (const path of [this.#options.directory, this.#options.storage]) rmSync(path, { recursive: true, force: true });
    mkdirSync(this.#path('scratch'), { recursive: true });
    // Somebody may build another one meanwhile.
    cpSync(this.#options.worker, this.#path('worker'), { recursive: true });
    this.#origin = await Origin.start({ seed: randomBytes(8).toString('hex'), secret: this.#secrets.origin, log: this.#path('origin.jsonl') });
    this.#gateway = new Gateway({ setup: this.#setup(), log: this.#path('gateway.log') });
    this.#provider = new Provider({ address: () => this.#gateway.url, secrets: this.#secrets, isHeld: () => this.#waiting() > MOST_WAITING });
    this.#progress = new Progress(() => this.#counts());
    await this.#gateway.start();
    this.#provider.open(CONNECTIONS);
  }

  #setup() {
    const worker = this.#path('worker');
    return gatewaySetup({ ...this.#options, worker, secrets: this.#secrets, origin: this.#origin.url });
  }

  #path(name) {
    return join(this.#options.directory, name);
  }

  // --- while it runs -------------------------------------------------------------------------

  #isEnough() {
    const { kills, events } = this.#options;
    return this.#kills.length >= kills && this.#provider.acknowledged.size >= events;
  }

  async #killOnce() {
    const [least, most] = UP_MS;
    const started = Date.now();
    if (Math.random() > EARLY) await this.#firstAnswer();
    await pause(least + Math.random() * (most - least));
    const from = await this.#gateway.kill();
    const restart = Date.now();
    this.#kills.push({ from, restart });
    await this.#gateway.start();
    this.#upMs += from - started;
    this.#downMs += Date.now() - from;
  }

  async #firstAnswer() {
    const before = this.#provider.served;
    const deadline = Date.now() + FIRST_ANSWER_MS;
    while (this.#provider.served === before) {
      if (Date.now() > deadline) throw new Error(`no event was accepted in ${FIRST_ANSWER_MS / 1000} s`);
      await pause(5);
    }
  }

  /** Begins at the second kill. */
  async #outage() {
    while (this.#kills.length < 2) await pause(50);
    const [started, before] = [Date.now(), this.#origin.seen.requests];
    this.#origin.down(true);
    while (Date.now() < started + OUTAGE_MS || this.#origin.seen.requests < before + REFUSALS) await pause(50);
    this.#origin.down(false);
  }

  #waiting() {
    return this.#provider.wanted - this.#origin.seen.taken;
  }

  #counts() {
    const { requests } = this.#origin.seen;
    return { kills: this.#kills.length, acknowledged: this.#provider.acknowledged.size, waiting: this.#waiting(), requests };
  }

  /** Waits until nothing is under way any more, or for as long as that may take. */
  async #drain() {
    const deadline = this.#kills.at(-1).from + DRAIN_MS;
    while (Date.now() < deadline) {
      await pause(250);
      if (Date.now() - this.#origin.seen.lastAt < QUIET_MS) continue;
      const tables = this.#tablesMeanwhile();
      if (tables !== null && tables.pending + tables.leased === 0) return;
    }
  }

  #tables() {
    return readTables(this.#options.storage, this.#path('scratch'));
  }

  /** While workerd writes, a copy may be torn: then there is `null`, and the next one may be good. */
  #tablesMeanwhile() {
    try {
      return this.#tables();
    } catch {
      return null;
    }
  }

  // --- when it is over -----------------------------------------------------------------------

  async #judged({ drainMs, ...figures }) {
    const { acknowledged, sent, forged, wrong, answers, forgeryAnswers } = this.#provider;
    const kills = this.#kills;
    writeFileSync(this.#path('run.json'), JSON.stringify({ kills, acknowledged: [...acknowledged] }));
    const { storage } = this.#options;
    const tables = this.#tables();
    const attempts = readAttempts(storage, this.#path('scratch'));
    const damaged = findDamage(storage, this.#path('scratch'));
    const records = await this.#origin.close();
    const log = await readLog(this.#path('gateway.log'));
    const rules = rulesOf(this.#options);
    const verdict = judge({ acknowledged, sent, forged, wrong, records, kills, tables, attempts, damaged, rules });
    if (drainMs >= DRAIN_MS) verdict.findings.push(`not drained ${DRAIN_MS / 1000} s after the last kill`);
    if (this.#options.outage && log.opened * log.closed === 0) verdict.findings.push('no breaker has opened and closed again');
    return {
      ...verdict,
      ...figures,
      drainMs,
      kills: kills.length,
      upMs: this.#upMs,
      downMs: this.#downMs,
      acknowledged: acknowledged.size,
      requests: records.length,
      answers,
      forgeryAnswers,
      tables,
      log,
    };
  }
}

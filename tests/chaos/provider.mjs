// Both providers at once: so many connections, each of which sends an event again and again, signed
// anew, until it is answered 2xx, and only then sends the next one.

import { randomInt } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { DESTINATIONS, freshEvent, sign, SOURCES } from './events.mjs';

const ANSWER_MS = 10_000;
const FEW = 4;
const UNSIGNED = 'not the secret of this source';

export class Provider {
  #address;
  #secrets;
  #agent = new Agent({ keepAlive: true });
  #isOpen = true;
  #isHeld = () => false;
  #lines = [];

  /** Every event that was answered 2xx, by the hash of its body: what must not be lost. */
  acknowledged = new Map();
  /** How many deliveries that is. */
  wanted = 0;
  /** How many answers have been 2xx. */
  served = 0;
  /** The hashes of all bodies that were sent under a genuine signature. */
  sent = new Set();
  /** The hashes of the bodies of forgeries. */
  forged = new Set();
  /** How many answers there were with each status; `none` is no answer. Forgeries are not among them. */
  answers = {};
  /** The same of the forgeries. */
  forgeryAnswers = {};
  /** What no gateway may answer. */
  wrong = [];

  /** `address()` is the gateway's URL, or null while it is down; while `isHeld()`, few new events are sent. */
  constructor({ address, secrets, isHeld }) {
    this.#address = address;
    this.#secrets = secrets;
    this.#isHeld = isHeld;
  }

  open(lines) {
    this.#lines = Array.from({ length: lines }, (_, number) => this.#line(number));
  }

  /** No new events. Resolves when all that were sent are answered 2xx. */
  async close() {
    this.#isOpen = false;
    await Promise.all(this.#lines);
    this.#agent.destroy();
  }

  async #line(number) {
    while (this.#isOpen) {
      if (number >= FEW && this.#isHeld()) await pause(50);
      else await this.#play(freshEvent(SOURCES[randomInt(SOURCES.length)]));
    }
  }

  /** Mostly one copy; sometimes two at once, or another one because the answer got lost, or a forgery. */
  async #play(event) {
    const chance = randomInt(100);
    if (chance < 2) return this.#forge(event);
    this.sent.add(event.hash);
    if (chance < 4) await Promise.all([this.#insist(event), this.#insist(event)]);
    else await this.#insist(event);
    if (chance >= 4 && chance < 7) await this.#insist(event);
  }

  async #insist(event) {
    for (let copies = 1; ; copies += 1) {
      const answer = await this.#post(event, this.#secrets[event.source], this.answers);
      if (answer.status >= 200 && answer.status < 300) return this.#note(event, answer, copies);
      if (answer.status !== 'none' && answer.status < 500) this.wrong.push(`a genuine event was answered ${answer.status} ${answer.body}`);
      await pause(20 + randomInt(60));
    }
  }

  #note({ source, type, id, hash }, { body }, copies) {
    this.served += 1;
    if (!/"status":"(accepted|duplicate)"/.test(body)) this.wrong.push(`answered 2xx ${body}`);
    if (this.acknowledged.has(hash)) return;
    this.acknowledged.set(hash, { source, type, id, copies, at: Date.now() });
    this.wanted += DESTINATIONS[source](type).length;
  }

  async #forge(event) {
    this.forged.add(event.hash);
    const { status, body } = await this.#post(event, UNSIGNED, this.forgeryAnswers);
    if (status !== 401 && status !== 'none' && status < 500) this.wrong.push(`a forgery was answered ${status} ${body}`);
  }

  async #post(event, secret, answers) {
    const url = this.#address();
    if (url === null) return { status: 'none' };
    const answer = await this.#exchange(url, event.source, sign(event, secret));
    answers[answer.status] = (answers[answer.status] ?? 0) + 1;
    return answer;
  }

  #exchange(url, source, { headers, body }) {
    return new Promise((resolve) => {
      const none = () => resolve({ status: 'none' });
      const options = { method: 'POST', agent: this.#agent, headers: Object.fromEntries(headers), timeout: ANSWER_MS };
      const outgoing = request(new URL(`/hooks/${source}`, url), options, (incoming) => {
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('end', () => resolve({ status: incoming.statusCode, body: Buffer.concat(chunks).toString('utf8') }));
        incoming.on('error', none);
      });
      outgoing.on('error', none);
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.end(body);
    });
  }
}

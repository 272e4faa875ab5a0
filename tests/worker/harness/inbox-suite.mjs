// A gateway with inboxes: sources that sign with secrets of their own, and what became of their events.

import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from './gateway.mjs';
import { encodeHook } from './inbox-load.mjs';
import { until } from './inbox-outage.mjs';
import { received, startOrigin } from './origin.mjs';
import { boateros, freshId, freshSecret, freshWebhookSecret, jsonBody, peeker, standardWebhooks } from './providers.mjs';

const PROVIDERS = { peeker, boateros, 'standard-webhooks': standardWebhooks };
const TYPES = { peeker: 'order.completed', boateros: 'hull.created', 'standard-webhooks': 'thing.done' };
const PATIENCE_MS = 60_000;

/**
 * Starts it. `sources(to)` are the settings of each source by its name, without what they have in common; `to(path)` is a
 * destination. A source without destinations has one, at the path of its name.
 */
export async function startInboxes({ sources, secrets = {}, ...options }) {
  const origin = await startOrigin();
  const suite = new Inboxes({ origin, secrets });
  try {
    await suite.start({ sources, ...options });
    return suite;
  } catch (error) {
    await origin.close();
    throw error;
  }
}

/** A directory for a gateway's storage that survives it. */
export const storageOnDisk = () => mkdtempSync(join(tmpdir(), 'countersign-inbox-'));

/** The same in files that no disk has to confirm, where there are such: for tests that count and don't kill. */
export const storageInMemory = () => mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'countersign-inbox-'));

const secretName = (source) => `${source.toUpperCase().replaceAll('-', '_')}_KEY`;
const freshKey = (name, scheme) => (scheme === 'standard-webhooks' ? freshWebhookSecret() : freshSecret(name));

class Inboxes {
  #secrets;
  #keys = {};
  #sources = {};
  #ahead = 0;

  constructor({ origin, secrets }) {
    this.origin = origin;
    this.#secrets = secrets;
  }

  async start({ sources, ...options }) {
    const to = (path, more = {}) => ({ name: path, url: this.origin.url(`/${path}`), signingSecret: false, ...more });
    for (const [name, source] of Object.entries(sources(to))) this.#configure(name, source, to);
    this.gateway = await startGateway({
      inbox: true,
      sources: this.#sources,
      secrets: { ...this.#keys, ...this.#secrets },
      origins: [this.origin],
      ...options,
    });
    this.inbox = this.gateway.inbox;
    if (this.#ahead !== 0) await this.gateway.clockAhead(this.#ahead);
  }

  #configure(name, { scheme = 'peeker', mode = 'inbox', ...source }, to) {
    this.#keys[secretName(name)] ??= freshKey(name, scheme);
    const common = { scheme, mode, secrets: [secretName(name)], destinations: [to(name)] };
    const inbox = mode === 'inbox' ? { shards: 1, retrySchedule: [1, 1] } : {};
    this.#sources[name] = { ...common, ...inbox, ...source };
  }

  /** The secrets of its sources. */
  keys() {
    return Object.values(this.#keys);
  }

  /** Closes the gateway, and starts another over the same storage. It has to be started with `storage`. */
  async restart(options) {
    await this.gateway.close();
    await this.start(options);
  }

  /** Moves the Worker's clock and the signers' with it; both go on. */
  async clockAhead(ms) {
    this.#ahead = ms;
    await this.gateway.clockAhead(ms);
  }

  /** A new event of a source, or a copy of one: `more` is its id, its body. */
  sign(source, more = {}) {
    const { scheme } = this.#sources[source];
    const type = more.type ?? TYPES[scheme];
    const nowMs = Date.now() + this.#ahead;
    return PROVIDERS[scheme]({ secret: this.#keys[secretName(source)], nowMs, type, body: jsonBody(type, { n: freshId() }), ...more });
  }

  /** The bytes of such a request, for many of them. */
  encode(source, signed = this.sign(source)) {
    return encodeHook(this.gateway, source, signed);
  }

  /** Sends one, and returns it with its answer. */
  async send(source, more = {}) {
    const signed = this.sign(source, more);
    return { signed, ...(await this.#post(source, signed)) };
  }

  /** Sends another copy, signed anew. */
  async copy(source, { id, body, type }) {
    return this.#post(source, this.sign(source, { body, ...(id === undefined ? {} : { id }), ...(type === undefined ? {} : { type }) }));
  }

  async #post(source, signed) {
    const answer = await this.gateway.post(source, signed);
    return { answer, status: answer.status, json: JSON.parse(answer.body) };
  }

  at(path) {
    return this.origin.at(`/${path}`);
  }

  /** Waits until so many requests have come to a path, and returns all that have. */
  async arrived(path, count = 1) {
    const complete = () => this.at(path).filter(({ body }) => body !== null);
    await until(() => complete().length >= count, PATIENCE_MS, `${count} requests have come to /${path}`);
    return complete();
  }

  /** Waits until nothing of a source is open, and returns how many deliveries are in which state. */
  async settled(source) {
    const isSettled = async () => {
      const { pending = 0, leased = 0 } = await this.inbox.states(source);
      return pending + leased === 0;
    };
    await until(isSettled, PATIENCE_MS, `nothing of ${source} is open`);
    return this.inbox.states(source);
  }

  async close() {
    try {
      await this.gateway.close();
    } finally {
      await this.origin.close();
    }
  }
}

/** What is to be compared of recorded requests. */
export const valuesOf = (requests, name) => requests.map((request) => received(request, name));

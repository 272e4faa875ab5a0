// The providers, as they sign: written from their documents with node:crypto, and sharing nothing
// with the Rust code, so that each checks the other.

import { createHash, createHmac, randomBytes } from 'node:crypto';
import { toBytes } from './raw.mjs';

export const sha256Hex = (body) => createHash('sha256').update(toBytes(body)).digest('hex');

export function hmac(secret, ...parts) {
  const mac = createHmac('sha256', secret);
  for (const part of parts) mac.update(toBytes(part));
  return mac.digest();
}

let lastId = 0;
/** An event id that no other test uses. */
export const freshId = (prefix = 'evt') => `${prefix}_${(lastId += 1)}_${randomBytes(6).toString('hex')}`;

/** A text secret that is easy to find wherever it should not be. */
export const freshSecret = (name = 'secret') => `canary-${name}-${randomBytes(12).toString('hex')}`;

/** A secret in the form Standard Webhooks gives out. */
export const freshWebhookSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

/** What no log line may hold: every body made here carries it. */
export const BODY_CANARY = 'body-canary-5f1c2a90d7e3';

export const jsonBody = (type, data = {}) => JSON.stringify({ type, data: { note: BODY_CANARY, ...data } });

const seconds = (nowMs) => String(Math.floor(nowMs / 1000));

/** `v1=<hex>` over `<unix seconds>.<event id>.<body>`; several secrets give several entries. */
export function peeker({ secret, secrets = [secret], id = freshId(), nowMs = Date.now(), timestamp = seconds(nowMs), body }) {
  const bytes = toBytes(body);
  const entries = secrets.map((key) => `v1=${hmac(key, `${timestamp}.${id}.`, bytes).toString('hex')}`);
  const headers = [
    ['Content-Type', 'application/json'],
    ['Peeker-Event-Id', id],
    ['Peeker-Timestamp', timestamp],
    ['Peeker-Signature', entries.join(',')],
  ];
  return { id, timestamp, headers, body: bytes };
}

/** Bare hex over `<ISO 8601>.<body>`; the event's name goes beside it, unsigned. */
export function boateros({ secret, type, nowMs = Date.now(), timestamp = new Date(nowMs).toISOString(), body }) {
  const bytes = toBytes(body);
  const headers = [
    ['Content-Type', 'application/json'],
    ['Boateros-Timestamp', timestamp],
    ...(type === undefined ? [] : [['Boateros-Event', type]]),
    ['Boateros-Signature', hmac(secret, `${timestamp}.`, bytes).toString('hex')],
  ];
  return { type, timestamp, headers, body: bytes };
}

/** `v1,<base64>` over `<id>.<unix seconds>.<body>`. */
export function standardWebhooks({ secret, id = freshId('msg'), nowMs = Date.now(), timestamp = seconds(nowMs), body }) {
  const bytes = toBytes(body);
  const headers = [
    ['Content-Type', 'application/json'],
    ['webhook-id', id],
    ['webhook-timestamp', timestamp],
    ['webhook-signature', webhookSignature(secret, id, timestamp, bytes)],
  ];
  return { id, timestamp, headers, body: bytes };
}

export function webhookSignature(secret, id, timestamp, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${hmac(key, `${id}.${timestamp}.`, body).toString('base64')}`;
}

/**
 * The same request with headers changed: a string replaces the value, null takes the header away,
 * an array sends it once for each of its values. New names are appended.
 */
export function withHeaders(signed, changes) {
  const wanted = new Map(Object.entries(changes).map(([name, value]) => [name.toLowerCase(), { name, value }]));
  const lines = ({ name, value }) => (value === null ? [] : [value].flat().map((one) => [name, one]));
  const kept = signed.headers.flatMap(([name, value]) => {
    const change = wanted.get(name.toLowerCase());
    wanted.delete(name.toLowerCase());
    return change ? lines(change) : [[name, value]];
  });
  return { ...signed, headers: [...kept, ...[...wanted.values()].flatMap(lines)] };
}

export const headerOf = (signed, name) =>
  signed.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

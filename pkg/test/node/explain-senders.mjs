// Providers that sign with node:crypto, independently of the package, and that can be told to sign wrongly.

import { createHmac } from "node:crypto";

/** When everything here happens: 2025-11-21T16:00:00Z. */
export const NOW = 1_763_740_800_000;

/** Every body holds this, and no explanation may. */
export const BODY_MARK = "HIN-48213";

/** Secrets as each provider shows them, and the bytes that they are. */
export const SECRETS = {
  boateros: "canary-boateros-endpoint-7d1f",
  peeker: "canary-peeker-listener-93ab",
  "standard-webhooks": "whsec_Y2FuYXJ5LXN0YW5kYXJkLWtleS0yNGJ5",
};

export const keyOf = (scheme, secret = SECRETS[scheme]) =>
  scheme === "standard-webhooks"
    ? Buffer.from(secret.replace(/^whsec_/, ""), "base64")
    : Buffer.from(secret);

const seconds = (at) => String(Math.floor(at / 1000));
const hex = (tag) => tag.toString("hex");

const SENDERS = {
  boateros: {
    timestamp: (at) => new Date(at).toISOString(),
    parts: ({ timestamp }) => [timestamp],
    headers: ({ timestamp, tag }) => ({
      "Boateros-Timestamp": timestamp,
      "Boateros-Event": "hull.price_changed",
      "Boateros-Signature": hex(tag),
    }),
  },
  peeker: {
    timestamp: seconds,
    parts: ({ timestamp, id }) => [timestamp, id],
    headers: ({ timestamp, id, tag }) => ({
      "Peeker-Timestamp": timestamp,
      "Peeker-Event-Id": id,
      "Peeker-Signature": `v1=${hex(tag)}`,
    }),
  },
  "standard-webhooks": {
    timestamp: seconds,
    parts: ({ timestamp, id }) => [id, timestamp],
    headers: ({ timestamp, id, tag }) => ({
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${tag.toString("base64")}`,
    }),
  },
};

export const SCHEMES = Object.keys(SENDERS);

/**
 * The headers that `scheme` sends with `body`, and the tag in them. `key` is bytes; `timestamp` is
 * text to send and sign in place of the right one; `separator` is what stands between the parts.
 */
export const send = (
  scheme,
  body,
  { key = keyOf(scheme), at = NOW, timestamp, id = "evt_01HZX", separator = "." } = {},
) => {
  const sender = SENDERS[scheme];
  const message = { timestamp: timestamp ?? sender.timestamp(at), id };
  const hmac = createHmac("sha256", key);
  for (const part of sender.parts(message)) hmac.update(part + separator);
  const tag = hmac.update(body).digest();
  return { headers: sender.headers({ ...message, tag }), tag };
};

export const BOATEROS = "boateros";
export const PEEKER = "peeker";
export const STANDARD = "standard-webhooks";

/** A body as most send it. */
export const EVENT = {
  type: "order.completed",
  data: { hull: BODY_MARK, price: 184000.5, 10: "a", 9: [] },
};
export const COMPACT = JSON.stringify(EVENT);
export const PRETTY = JSON.stringify(EVENT, null, 2);

/**
 * A mistake of kind `id`. `signed` is what the provider signs, `got` what the verifier is given; `sender` says how it
 * signs, `headers` what becomes of the headers, `options` how the verifier is set up.
 *
 * Then what is expected. `first`: it is the first hint; `alone`: the only one. `proved`: the signature proves it. `also`: other kinds that may
 * be named as certain; all further kinds at most as possible.
 */
export const mistake = (
  id,
  name,
  scheme,
  { signed = COMPACT, sender, headers = (sent) => sent, options, ...rest } = {},
) => {
  const sent = send(scheme, signed, sender);
  const { proved = true, first = true, alone = false, also = [] } = rest;
  return {
    id,
    name: `${name} (${scheme})`,
    scheme,
    options: { secrets: SECRETS[scheme], now: () => new Date(NOW), ...options },
    body: "got" in rest ? rest.got : signed,
    headers: headers(sent.headers),
    canaries: { key: sender?.key ?? keyOf(scheme), tag: sent.tag },
    expected: { proved, first, alone, also },
  };
};

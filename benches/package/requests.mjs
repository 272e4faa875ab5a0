// Genuine requests of each scheme, and those that every verifier has to refuse.

import { createHmac } from 'node:crypto';

const TEXT_SECRET = 'whsec_of-the-benchmark-0123456789';
const BASE64_SECRET = `whsec_${Buffer.from('a key of the benchmark, 32 bytes').toString('base64')}`;
const RAW_SECRET = Buffer.from('a key of the benchmark, 32 bytes');

const hmac = (secret, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha256', secret));

/** By scheme: its secret, and how it signs. */
export const SCHEMES = {
  peeker: {
    secret: TEXT_SECRET,
    signature: 'peeker-signature',
    sign: (body, { id, seconds }) => ({
      'peeker-event-id': id,
      'peeker-timestamp': `${seconds}`,
      'peeker-signature': `v1=${hmac(TEXT_SECRET, `${seconds}.${id}.`, body).digest('hex')}`,
    }),
  },
  boateros: {
    secret: TEXT_SECRET,
    signature: 'boateros-signature',
    sign(body, { seconds }) {
      const timestamp = new Date(seconds * 1000).toISOString();
      return {
        'boateros-event': 'deal.funded',
        'boateros-timestamp': timestamp,
        'boateros-signature': hmac(TEXT_SECRET, `${timestamp}.`, body).digest('hex'),
      };
    },
  },
  'standard-webhooks': {
    secret: BASE64_SECRET,
    signature: 'webhook-signature',
    sign: (body, { id, seconds }) => ({
      'webhook-id': id,
      'webhook-timestamp': `${seconds}`,
      'webhook-signature': `v1,${hmac(RAW_SECRET, `${id}.${seconds}.`, body).digest('base64')}`,
    }),
  },
  stripe: {
    secret: TEXT_SECRET,
    signature: 'stripe-signature',
    sign: (body, { seconds }) => ({
      'stripe-signature': `t=${seconds},v1=${hmac(TEXT_SECRET, `${seconds}.`, body).digest('hex')}`,
    }),
  },
  github: {
    secret: TEXT_SECRET,
    signature: 'x-hub-signature-256',
    hasTimestamp: false,
    sign: (body) => ({ 'x-hub-signature-256': `sha256=${hmac(TEXT_SECRET, body).digest('hex')}` }),
  },
};

/** So many genuine sets of headers for a body, each with another id and timestamp, all of them of now. */
export function headersOf(scheme, body, count) {
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, at) =>
    SCHEMES[scheme].sign(body, { id: `evt_${(0x5eed0000 + at).toString(36)}Zq8-k2P`, seconds: now - at }),
  );
}

/** Other forms of the same headers. */
export const ARRANGEMENTS = {
  headers: (headers) => new Headers(headers),
  /** As Node's `req.headers` has them behind a proxy. */
  eleven: (headers) => ({
    host: 'hooks.example.com',
    'user-agent': 'Peeker-Webhooks/2.1',
    accept: '*/*',
    'accept-encoding': 'gzip, deflate',
    'content-type': 'application/json',
    'content-length': '1024',
    ...headers,
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
  }),
  /** With another digest than the right one. */
  forged: (headers) => ({
    ...headers,
    'peeker-signature': headers['peeker-signature'].replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
  }),
};

/** Requests that are not genuine, by what is wrong: `[body, headers]`. */
export function forgeries(scheme, body) {
  const { sign, signature, hasTimestamp = true } = SCHEMES[scheme];
  const seconds = Math.floor(Date.now() / 1000);
  const headers = sign(body, { id: 'evt_forged', seconds });
  // Not `slice`: a Buffer's shares its bytes.
  const changed = Buffer.from(body);
  changed[changed.length >> 1] ^= 1;
  const { [signature]: _, ...unsigned } = headers;
  return {
    'a changed body': [changed, headers],
    'no signature': [body, unsigned],
    ...(hasTimestamp && { 'an old timestamp': [body, sign(body, { id: 'evt_old', seconds: seconds - 400 })] }),
  };
}

// What people write with node:crypto, made correct: header names in any case, timestamp and id looked at, each `v1`
// entry tried, compared in constant time.

import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 300;

export function make({ secret }) {
  return (body, headers) => {
    const timestamp = header(headers, 'peeker-timestamp');
    const id = header(headers, 'peeker-event-id');
    const signature = header(headers, 'peeker-signature');
    if (!timestamp || !id || !signature) return false;
    if (!/^\d{1,11}$/.test(timestamp) || !/^[A-Za-z0-9_-]{1,255}$/.test(id)) return false;
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
    const expected = createHmac('sha256', secret).update(`${timestamp}.${id}.`).update(body).digest();
    return signature.split(',').some((entry) => {
      const [version, hex] = entry.trim().split('=');
      if (version !== 'v1' || !/^[0-9a-f]{64}$/i.test(hex)) return false;
      return timingSafeEqual(Buffer.from(hex, 'hex'), expected);
    });
  };
}

function header(headers, wanted) {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === wanted) return headers[name];
  }
  return undefined;
}

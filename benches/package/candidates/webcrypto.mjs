// What people write where there is WebCrypto only, with the key imported once.

const TOLERANCE_SECONDS = 300;
const encoder = new TextEncoder();

export async function make({ secret }) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['verify']);
  return async (body, headers) => {
    const timestamp = header(headers, 'peeker-timestamp');
    const id = header(headers, 'peeker-event-id');
    const signature = header(headers, 'peeker-signature');
    if (!timestamp || !id || !signature) return false;
    if (!/^\d{1,11}$/.test(timestamp) || !/^[A-Za-z0-9_-]{1,255}$/.test(id)) return false;
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
    const signed = joined(encoder.encode(`${timestamp}.${id}.`), body);
    for (const entry of signature.split(',')) {
      const [version, hex] = entry.trim().split('=');
      if (version !== 'v1' || !/^[0-9a-f]{64}$/i.test(hex)) continue;
      if (await crypto.subtle.verify('HMAC', key, bytesOf(hex), signed)) return true;
    }
    return false;
  };
}

function joined(prefix, body) {
  const bytes = new Uint8Array(prefix.length + body.length);
  bytes.set(prefix);
  bytes.set(body, prefix.length);
  return bytes;
}

function bytesOf(hex) {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

function header(headers, wanted) {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === wanted) return headers[name];
  }
  return undefined;
}

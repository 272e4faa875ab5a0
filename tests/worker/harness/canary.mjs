// Looks for secrets in text where none may be: as they are, in hex, and in base64.
//
// A leak need not be whole: pieces of 12 bytes are looked for, one from every fourth byte on, so that
// any run of 15 is found.

const WINDOW = 12;
const STEP = 4;

/** Where `text` shows a part of one of `secrets`: a list of findings, empty when it shows none. */
export function findSecrets(text, secrets) {
  const lower = text.toLowerCase();
  return secrets.flatMap((secret) => findOne(text, lower, secret));
}

function findOne(text, lower, secret) {
  for (const part of windows(Buffer.from(secret, 'utf8'))) {
    const found = forms(part).find(({ needle, fold }) => (fold ? lower : text).includes(needle));
    if (found) return [{ form: found.form, near: excerpt(text, lower, found) }];
  }
  return [];
}

function windows(bytes) {
  const size = Math.min(WINDOW, bytes.length);
  const last = bytes.length - size;
  const starts = Array.from({ length: Math.ceil(last / STEP) }, (_, i) => i * STEP);
  return [...starts, last].map((start) => bytes.subarray(start, start + size));
}

function forms(part) {
  const plain = { form: 'text', needle: part.toString('utf8') };
  const escaped = { form: 'JSON text', needle: JSON.stringify(part.toString('utf8')).slice(1, -1) };
  const hex = { form: 'hex', needle: part.toString('hex'), fold: true };
  const base64 = [0, 1, 2].flatMap((shift) => [
    { form: `base64 shifted by ${shift}`, needle: innerBase64(part, shift, 'base64') },
    { form: `base64url shifted by ${shift}`, needle: innerBase64(part, shift, 'base64url') },
  ]);
  return [plain, escaped, hex, ...base64];
}

/** What base64 of any text that holds `part` at offset `shift` (mod 3) must contain. */
export function innerBase64(part, shift, encoding) {
  const encoded = Buffer.concat([Buffer.alloc(shift), part]).toString(encoding).replace(/=+$/, '');
  const head = [0, 2, 3][shift];
  // The last character also holds bits of whatever comes next, unless the bytes fill it.
  const tail = (part.length + shift) % 3 === 0 ? 0 : 1;
  return encoded.slice(head, encoded.length - tail);
}

function excerpt(text, lower, { needle, fold }) {
  const at = (fold ? lower : text).indexOf(needle);
  return text.slice(Math.max(0, at - 60), at + needle.length + 60);
}

// Who is measured beside whom.
//
// - `module`: in this directory
// - `scheme`: which requests it gets
// - `against`: the row that its ratio refers to: ours, with the scheme that needs the same work
// - `differs`: what it does more or less than that row
// - `arranged`: how its requests are changed before they are measured, one of `ARRANGEMENTS` in requests.mjs
// - `body`: one of `BODIES` in body.mjs; without it an order

/** Ours as people call it: `verifier.verify(bytes, plainHeaders)`. */
export const BASELINE = 'countersign';

export const PEERS = [
  { name: BASELINE, module: 'countersign', scheme: 'peeker' },
  { name: 'countersign, Standard Webhooks', module: 'countersign', scheme: 'standard-webhooks', against: BASELINE },
  { name: 'by hand', module: 'by-hand', scheme: 'peeker', against: BASELINE },
  { name: 'expert', module: 'expert', scheme: 'peeker', against: BASELINE },
  { name: 'WebCrypto, cached key', module: 'webcrypto', scheme: 'peeker', against: BASELINE },
  {
    name: 'octokit',
    module: 'octokit',
    scheme: 'github',
    against: BASELINE,
    differs: 'looks at no timestamp and no id; takes text, so the bytes are decoded for it',
  },
  {
    name: 'octokit, text given',
    module: 'octokit',
    scheme: 'github',
    options: { isDecoded: true },
    against: BASELINE,
    differs: 'the same; decoding is not timed',
  },
  {
    name: 'stripe verifyHeader',
    module: 'stripe',
    scheme: 'stripe',
    against: BASELINE,
    differs: 'looks at one header, has no id',
  },
  {
    name: 'standardwebhooks',
    module: 'standardwebhooks',
    scheme: 'standard-webhooks',
    against: 'countersign, Standard Webhooks',
    differs: 'called with `jsonParse: false`',
  },
  { name: 'svix', module: 'svix', scheme: 'standard-webhooks', against: 'countersign, Standard Webhooks' },
  {
    name: 'tern',
    module: 'tern',
    scheme: 'standard-webhooks',
    against: 'countersign, Standard Webhooks',
    differs: 'needs a `Request`, and parses the JSON',
  },
  {
    name: 'hash alone',
    module: 'hash',
    scheme: 'peeker',
    against: BASELINE,
    differs: 'SHA-256 of the body, no verdict',
    isFloor: true,
  },
];

/** Ours called in other ways, each against the plain call. */
export const OWN = [
  own('verify', 'verify', { against: undefined }),
  own('with `Headers`', 'verify', { arranged: 'headers' }),
  own('with 11 headers', 'verify', { arranged: 'eleven' }),
  own('`safeVerify`', 'safeVerify'),
  own('`safeVerify`, forged', 'refuse', { arranged: 'forged' }),
  own('`digest: "wasm"`', 'verify', { options: { call: 'verify', digest: 'wasm' } }),
  own('fields read, Peeker', 'fields'),
  own('fields read, Peeker, one long string', 'fields', { body: 'letter' }),
  own('verify, Boateros', 'verify', { scheme: 'boateros' }),
  own('fields read, Boateros', 'fields', { scheme: 'boateros', against: 'verify, Boateros' }),
  own('fields read, Boateros, one long string', 'fields', {
    scheme: 'boateros',
    body: 'letter',
    against: 'verify, Boateros',
  }),
];

/** Who is measured together; the first of each is the plain call. */
export const GROUPS = [PEERS, OWN];

function own(name, call, more) {
  return { name, module: 'own', scheme: 'peeker', options: { call }, against: 'verify', ...more };
}

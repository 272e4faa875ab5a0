// Who is measured beside whom.
//
// - `module`: in this directory
// - `scheme`: which requests it gets
// - `against`: the row that its ratio refers to: ours, with the scheme that needs the same work
// - `differs`: what it does more or less than that row
// - `only`: the runtimes where people would use it; without it, all

export const BASELINE = 'countersign';

export const CANDIDATES = [
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
    differs: 'the same, and nobody counts the decoding',
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
    differs: 'without its `JSON.parse`',
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
    differs: 'the floor: SHA-256 of the body, no verdict',
    isFloor: true,
  },
];

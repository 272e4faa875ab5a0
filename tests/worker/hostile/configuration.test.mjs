// Secrets that are wrong, and every other mistake that a configuration can hold: the source is out
// of service until it is mended, and its neighbours serve on.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { freshSecret, freshWebhookSecret } from '../harness/providers.mjs';
import { relay, startHostileSuite } from '../harness/suite.mjs';

const OUT_OF_SERVICE = { status: 503, headers: { 'retry-after': '60' } };

const PASTED = freshSecret('pasted');
const PASSWORD = freshSecret('password');
const GOOD = 'GOOD_SECRET';

// What each secret holds, and the scheme that is to use it.
const BAD_SECRETS = {
  'empty': ['', 'peeker'],
  'white-space': ['   \t', 'peeker'],
  'with-newline': [`${freshSecret()}\n`, 'peeker'],
  'with-return': [`${freshSecret()}\r\n`, 'peeker'],
  'with-space-in-front': [` ${freshSecret()}`, 'boateros'],
  'with-tab-behind': [`${freshSecret()}\t`, 'boateros'],
  'with-nul': [`${freshSecret()}\0`, 'peeker'],
  'with-byte-order-mark': [`\ufeff${freshSecret()}`, 'boateros'],
  'with-wide-space': [`${freshSecret()}\u3000`, 'peeker'],
  'fifteen-bytes': ['only15byteslong', 'peeker'],
  'not-base64': [`whsec_${freshSecret()}`, 'standard-webhooks'],
  'unpadded-base64': [`whsec_${Buffer.alloc(25, 7).toString('base64').replace(/=+$/, '')}`, 'standard-webhooks'],
  'url-safe-base64': [`whsec_${Buffer.alloc(24, 255).toString('base64url')}`, 'standard-webhooks'],
  'only-the-prefix': ['whsec_', 'standard-webhooks'],
  'fifteen-bytes-in-base64': [`whsec_${Buffer.alloc(15, 9).toString('base64')}`, 'standard-webhooks'],
};

// What is wrong with the source, and where the log says that it is.
const BAD_SOURCES = {
  'secret-not-set': [{ secrets: ['NOT_SET_YET'] }, 'secrets[0]'],
  'second-secret-not-set': [{ secrets: [GOOD, 'NOT_SET_YET'] }, 'secrets[1]'],
  'no-secrets': [{ secrets: [] }, 'secrets'],
  'secrets-missing': [{ secrets: undefined }, 'secrets'],
  'secrets-a-number': [{ secrets: 5 }, 'secrets'],
  'secret-a-number': [{ secrets: [5] }, 'secrets[0]'],
  'secret-in-place-of-its-name': [{ secrets: [PASTED] }, 'secrets[0]'],
  'secret-in-place-of-a-binding': [{ secrets: [{ binding: PASTED }] }, 'secrets[0]'],
  'secret-as-a-setting': [{ secret: PASTED }, 'secret'],
  'secret-for-a-table': [{ secrets: { PEEKER_SECRET: PASTED } }, 'secrets.PEEKER_SECRET'],
  'secret-for-a-scheme': [{ scheme: PASTED }, 'scheme'],
  'secret-for-a-mode': [{ mode: PASTED }, 'mode'],
  'secret-for-a-number': [{ toleranceSeconds: PASTED }, 'toleranceSeconds'],
  'secret-for-a-date': [{ secrets: [{ binding: GOOD, notAfter: PASTED }] }, 'secrets[0].notAfter'],
  'secret-for-a-pointer': [{ dedupe: { id: PASTED } }, 'dedupe.id'],
  'same-secret-twice': [{ secrets: [GOOD, 'GOOD_AGAIN'] }, 'secrets'],
  'same-id-twice': [{ secrets: [{ binding: GOOD, id: 'one' }, { binding: 'OTHER_SECRET', id: 'one' }] }, 'secrets'],
  'window-that-ends-before-it-begins': [{ secrets: [{ binding: GOOD, notBefore: '2026-01-02T00:00:00Z', notAfter: '2026-01-01T00:00:00Z' }] }, 'secrets'],
  'window-of-no-length': [{ secrets: [{ binding: GOOD, notBefore: '2026-01-01T00:00:00Z', notAfter: '2026-01-01T00:00:00Z' }] }, 'secrets'],
  'window-without-a-zone': [{ secrets: [{ binding: GOOD, notAfter: '2026-01-01T00:00:00' }] }, 'secrets[0].notAfter'],
  'window-that-is-a-day': [{ secrets: [{ binding: GOOD, notAfter: '2026-01-01' }] }, 'secrets[0].notAfter'],
  'window-that-is-a-number': [{ secrets: [{ binding: GOOD, notAfter: 1_800_000_000 }] }, 'secrets[0].notAfter'],
  'misspelt-window': [{ secrets: [{ binding: GOOD, notafter: '2026-01-01T00:00:00Z' }] }, 'secrets[0].notafter'],
  'no-scheme': [{ scheme: undefined }, 'scheme'],
  'unknown-scheme': [{ scheme: 'stripe' }, 'scheme'],
  'scheme-in-capitals': [{ scheme: 'Peeker' }, 'scheme'],
  'no-mode': [{ mode: undefined }, 'mode'],
  'unknown-mode': [{ mode: 'proxy' }, 'mode'],
  'inbox-mode-and-no-durable-object': [{ mode: 'inbox' }, 'mode'],
  'inbox-that-says-nothing-of-signing': [{ mode: 'inbox' }, 'destinations[0].signingSecret'],
  'inbox-of-no-shards': [{ mode: 'inbox', shards: 0 }, 'shards'],
  'inbox-of-too-many-shards': [{ mode: 'inbox', shards: 257 }, 'shards'],
  'inbox-that-never-retries': [{ mode: 'inbox', retrySchedule: [] }, 'retrySchedule'],
  'inbox-that-retries-at-once': [{ mode: 'inbox', retrySchedule: [60, 0] }, 'retrySchedule[1]'],
  'inbox-with-a-schedule-in-words': [{ mode: 'inbox', retrySchedule: ['1m'] }, 'retrySchedule[0]'],
  'inbox-with-a-secret-for-a-schedule': [{ mode: 'inbox', retrySchedule: PASTED }, 'retrySchedule'],
  'inbox-that-forgets-before-the-window-ends': [{ mode: 'inbox', retentionDays: 1 }, 'retentionDays'],
  'inbox-with-too-many-at-once': [{ mode: 'inbox', maxInFlight: 7 }, 'maxInFlight'],
  'inbox-that-never-drains': [{ mode: 'inbox', drainPerSecond: 0 }, 'drainPerSecond'],
  'inbox-with-a-breaker-switched-off': [{ mode: 'inbox', breaker: false }, 'breaker'],
  'inbox-with-a-breaker-misspelt': [{ mode: 'inbox', breaker: { attempt: 5 } }, 'breaker.attempt'],
  'inbox-with-a-window-of-a-year': [{ mode: 'inbox', dedupeWindowSeconds: 31_536_000 }, 'dedupeWindowSeconds'],
  'unknown-setting': [{ verify: false }, 'verify'],
  'tolerance-nought': [{ toleranceSeconds: 0 }, 'toleranceSeconds'],
  'tolerance-negative': [{ toleranceSeconds: -1 }, 'toleranceSeconds'],
  'tolerance-over-a-day': [{ toleranceSeconds: 86_401 }, 'toleranceSeconds'],
  'tolerance-a-text': [{ toleranceSeconds: '300' }, 'toleranceSeconds'],
  'tolerance-a-fraction': [{ toleranceSeconds: 1.5 }, 'toleranceSeconds'],
  'tolerance-null': [{ toleranceSeconds: null }, 'toleranceSeconds'],
  'tolerance-false': [{ toleranceSeconds: false }, 'toleranceSeconds'],
  'weak-secret-a-text': [{ allowWeakSecret: 'true' }, 'allowWeakSecret'],
  'cap-nought': [{ maxBodyBytes: 0 }, 'maxBodyBytes'],
  'cap-enormous': [{ maxBodyBytes: 1 << 30 }, 'maxBodyBytes'],
  'zone-unknown': [{ scheme: 'boateros', timestamp: { zone: 'utc', fractionDigits: 3 } }, 'timestamp.zone'],
  'zone-without-digits': [{ scheme: 'boateros', timestamp: { zone: 'none' } }, 'timestamp.fractionDigits'],
  'zone-for-unix-seconds': [{ timestamp: { zone: 'none', fractionDigits: 3 } }, 'timestamp'],
  'dedupe-a-text': [{ dedupe: 'no' }, 'dedupe'],
  'dedupe-pointer-without-slash': [{ dedupe: { id: 'id' } }, 'dedupe.id'],
  'replays-unknown': [{ replays: 'maybe' }, 'replays'],
  'replay-within-two-tolerances': [{ scheme: 'boateros', replayAfterSeconds: 600 }, 'replayAfterSeconds'],
  'no-destination': [{ destinations: [] }, 'destinations'],
  'destinations-missing': [{ destinations: undefined }, 'destinations'],
};

const badDestinations = (url) => ({
  'two-destinations': [[{ name: 'a', url }, { name: 'b', url }], 'destinations'],
  'no-url': [[{ name: 'app' }], 'destinations[0].url'],
  'url-empty': [[{ name: 'app', url: '' }], 'destinations[0].url'],
  'url-of-no-scheme': [[{ name: 'app', url: 'app.example.com/in' }], 'destinations[0].url'],
  'url-of-another-scheme': [[{ name: 'app', url: 'ftp://app.example.com/' }], 'destinations[0].url'],
  'url-with-a-password': [[{ name: 'app', url: `https://user:${PASSWORD}@app.example.com/` }], 'destinations[0].url'],
  'url-with-a-secret-and-a-fragment': [[{ name: 'app', url: `${url}/${PASSWORD}#part` }], 'destinations[0].url'],
  'url-that-is-a-secret': [[{ name: 'app', url: PASTED }], 'destinations[0].url'],
  'name-that-is-a-secret': [[{ name: `${PASTED}!`, url }], 'destinations[0].name'],
  'event-that-is-a-secret': [[{ name: 'app', url, events: [PASTED] }], 'destinations[0].events[0]'],
  'signing-secret-in-place-of-its-name': [[{ name: 'app', url, signingSecret: PASTED }], 'destinations[0].signingSecret'],
  'url-with-a-fragment': [[{ name: 'app', url: `${url}#part` }], 'destinations[0].url'],
  'url-with-a-backslash': [[{ name: 'app', url: 'https://app.example.com\\@evil.example.com/' }], 'destinations[0].url'],
  'name-with-a-slash': [[{ name: 'a/b', url }], 'destinations[0].name'],
  'timeout-nought': [[{ name: 'app', url, timeoutSeconds: 0 }], 'destinations[0].timeoutSeconds'],
  'no-events': [[{ name: 'app', url, events: [] }], 'destinations[0].events'],
  'star-in-a-word': [[{ name: 'app', url, events: ['order*'] }], 'destinations[0].events[0]'],
  'two-stars': [[{ name: 'app', url, events: ['order.completed', 'order.**'] }], 'destinations[0].events[1]'],
  'event-in-capitals': [[{ name: 'app', url, events: ['Order.Completed'] }], 'destinations[0].events[0]'],
  'two-signing-secrets-that-are-one': [[{ name: 'app', url, signingSecret: ['SIGNING_SECRET', 'SIGNING_SECRET'] }], 'destinations[0].signingSecret'],
  'three-signing-secrets': [[{ name: 'app', url, signingSecret: ['SIGNING_SECRET', 'A', 'B'] }], 'destinations[0].signingSecret'],
  'second-signing-secret-in-place-of-its-name': [[{ name: 'app', url, signingSecret: ['SIGNING_SECRET', PASTED] }], 'destinations[0].signingSecret[1]'],
  'signing-secret-not-set': [[{ name: 'app', url, signingSecret: 'NOT_SET_EITHER' }], 'destinations[0].signingSecret'],
  'signing-secret-no-base64': [[{ name: 'app', url, signingSecret: 'NO_BASE64' }], 'destinations[0].signingSecret'],
});

const GOOD_SECRET = freshSecret('good');
const binding = (name) => name.toUpperCase().replaceAll('-', '_');

let suite;
before(async () => {
  suite = await startHostileSuite({
    secrets: {
      [GOOD]: GOOD_SECRET,
      GOOD_AGAIN: GOOD_SECRET,
      OTHER_SECRET: freshSecret('other'),
      NO_BASE64: freshSecret('nobase64'),
      WEAK_SECRET: 'only15-bytes-w.',
      SIGNING_SECRET: freshWebhookSecret(),
      ...Object.fromEntries(Object.entries(BAD_SECRETS).map(([name, [value]]) => [binding(name), value])),
    },
    sources: (origin) => {
      const url = origin.url('/bad');
      const merge = (changes) => JSON.parse(JSON.stringify({ ...relay('peeker', GOOD, url), ...changes }));
      return {
        ...mapValues(BAD_SECRETS, ([, scheme], name) => relay(scheme, binding(name), url)),
        ...mapValues(BAD_SOURCES, ([changes]) => merge(changes)),
        ...mapValues(badDestinations(url), ([destinations]) => merge({ destinations })),
        'Capitals': merge({}),
        '-hyphen': merge({}),
        'a-text': 'peeker',
        'a-null': null,
        'weak-but-allowed': relay('peeker', 'WEAK_SECRET', origin.url('/weak'), { allowWeakSecret: true }),
        // Of two sources with one secret the later one is refused.
        'shares-a-secret': relay('peeker', 'PEEKER_SECRET', url),
        'shares-a-secret-elsewhere': relay('boateros', ['OTHER_SECRET', 'BOATEROS_SECRET'], url),
      };
    },
    vars: {
      SOURCE_BROKEN_JSON: '{"scheme": "peeker"',
      SOURCE_A_SECRET: PASTED,
      SOURCE_A_LIST: '[]',
    },
    canaries: [PASTED, PASSWORD],
  });
});
after(() => suite?.close());

/** Genuine for whatever the secret would have been, so that nothing but the configuration is in the way. */
const post = (source, secret) => suite.gateway.post(source, secret ? suite.sign.peeker({ secret }) : suite.sign.peeker());

describe('a secret that is', () => {
  for (const [name, [secret]] of Object.entries(BAD_SECRETS)) {
    test(name.replaceAll('-', ' '), async () => {
      await suite.refused({ send: () => post(name, secret), ...OUT_OF_SERVICE, reason: 'misconfigured' });
      mistakeAt(`SOURCES.${name}.secrets[0]`);
    });
  }
});

describe('a source with', () => {
  for (const [name, [, path]] of [...Object.entries(BAD_SOURCES), ...Object.entries(badDestinations(''))]) {
    test(name.replaceAll('-', ' '), async () => {
      await suite.refused({ send: () => post(name), ...OUT_OF_SERVICE });
      mistakeAt(`SOURCES.${name}.${path}`);
    });
  }

  for (const [name, path] of [
    ['Capitals', 'SOURCES.Capitals'],
    ['-hyphen', 'SOURCES.-hyphen'],
    ['a-text', 'SOURCES.a-text'],
    ['a-null', 'SOURCES.a-null'],
    ['broken-json', 'SOURCE_BROKEN_JSON'],
    ['a-list', 'SOURCE_A_LIST'],
    ['a-secret', 'SOURCE_A_SECRET'],
    ['shares-a-secret', 'SOURCES.shares-a-secret.secrets'],
    ['shares-a-secret-elsewhere', 'SOURCES.shares-a-secret-elsewhere.secrets'],
  ]) {
    test(`the mistake ${name}`, async () => {
      await suite.refused({ send: () => post(name), ...OUT_OF_SERVICE });
      mistakeAt(path);
    });
  }
});

test('the mistakes were all logged at once, at the first request', () => {
  const lines = configurationLines();
  assert.equal(lines.length, 1);
  assert.ok(lines[0].mistakes.length >= Object.keys(BAD_SOURCES).length);
});

test('the sources without a mistake serve on, and so does the first of two that share a secret', async () => {
  for (const source of ['peeker', 'boateros', 'webhooks']) {
    const answer = await suite.gateway.post(source, suite.sign[source]());
    assert.equal(answer.status, 200, `${source}: ${answer.body}`);
  }
});

test('a weak secret is taken where that is allowed', async () => {
  const answer = await suite.gateway.post('weak-but-allowed', suite.sign.peeker({ secret: 'only15-bytes-w.' }));
  assert.equal(answer.status, 200, answer.body);
});

test('the health check says that something is wrong, and not what', async () => {
  const answer = await suite.gateway.get('/healthz');
  assert.equal(answer.status, 503);
  assert.equal(answer.body, 'misconfigured');
});

const configurationLines = () => suite.gateway.lines().filter(({ message }) => message === 'configuration');

function mistakeAt(path) {
  const [{ mistakes }] = configurationLines();
  const found = mistakes.filter((mistake) => mistake.path === path && mistake.severity === 'error');
  assert.ok(found.length > 0, `no mistake at ${path}: ${mistakes.filter((one) => one.path.startsWith(path.split('.')[0])).length} mistakes`);
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

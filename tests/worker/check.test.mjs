// What the check of a wrangler.toml says about its settings, the Worker says too, at its first request: wrangler itself
// reads the file here, and real workerd runs the Worker. The cases are those of tests/deployment/mistakes.txt.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { unstable_readConfig } from 'wrangler';
import { startGateway } from './harness/gateway.mjs';
import { freshSecret } from './harness/providers.mjs';

const HERE = new URL('../deployment/', import.meta.url);
const BASE = readFileSync(new URL('wrangler.toml', HERE), 'utf8');
const CASES = readFileSync(new URL('mistakes.txt', HERE), 'utf8').split('\n# In the file.\n')[0].split('\n## ').slice(1);
const folder = mkdtempSync(join(tmpdir(), 'countersign-check-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const base64 = (name) => `whsec_${Buffer.from(freshSecret(name)).toString('base64')}`;
const SECRETS = {
  PEEKER_SECRET: freshSecret('peeker'),
  PEEKER_SECRET_OLD: freshSecret('old'),
  OTHER_SECRET: freshSecret('other'),
  BILLING_SECRET: base64('billing'),
  APP_SIGNING_SECRET: base64('app'),
};

/** The file of a case, and what the check says about its top level. */
function read(title) {
  const [, ...rest] = CASES.find((it) => it.startsWith(`${title}\n`)).split('\n');
  const lines = BASE.split('\n');
  let at = lines.findIndex((line) => line.startsWith('['));
  for (const edit of rest.filter((line) => !line.startsWith(' '))) {
    if (edit.startsWith('- ')) lines.splice((at = lines.indexOf(edit.slice(2))), 1);
    if (edit.startsWith('+ ')) lines.splice(at++, 0, edit.slice(2).replace('BIG', Array(500).fill('"order.completed"').join(', ')));
  }
  const found = rest.filter((line) => line.startsWith('    '));
  return { text: lines.join('\n'), found: found.map((line) => line.trim().replace(/^(\d+: )?(error|warning): /, '')) };
}

/** What the Worker logs about the configuration that wrangler reads from this text. */
async function logged(text) {
  const config = join(folder, 'wrangler.toml');
  writeFileSync(config, text);
  const { vars, kv_namespaces: kv, durable_objects: objects } = unstable_readConfig({ config }, { hideWarnings: true });
  const gateway = await startGateway({
    vars,
    secrets: SECRETS,
    insecureDestinations: false,
    store: kv.some(({ binding }) => binding === 'SEEN'),
    inbox: objects.bindings.some(({ name }) => name === 'INBOX'),
    sources: vars.SOURCES,
  });
  try {
    await gateway.get('/healthz');
    for (let left = 300; left > 0; left -= 1) {
      const line = gateway.lines().find(({ message }) => message === 'configuration');
      if (line) return line.mistakes.map(({ path, message }) => `${path}: ${message}`);
      await new Promise((done) => setTimeout(done, 10));
    }
    throw new Error('nothing was logged about the configuration');
  } finally {
    await gateway.close();
  }
}

test('nothing is said about the file without mistakes', async () => {
  assert.deepEqual(await logged(BASE), []);
});

for (const title of [
  'a setting with a typing error',
  'no mode',
  'a key that ends on a day without a time',
  'one secret for two sources',
  'an event that the provider does not have',
  'a destination over http',
  'two destinations of a relay',
  'an inbox that does not say how it signs',
  'a variable that is nearly SOURCE_SHOP',
  'a variable over 5 KB',
  'EXPLAIN in what is deployed',
  'no KV namespace',
  'an inbox without its Durable Object',
]) {
  test(`the Worker says the same about ${title}`, async () => {
    const { text, found } = read(title);
    assert.ok(text !== BASE && found.length > 0);
    assert.deepEqual((await logged(text)).sort(), found.sort());
  });
}

test("it knows the names of wrangler's settings", () => {
  const schema = JSON.parse(readFileSync(new URL('../../node_modules/wrangler/config-schema.json', import.meta.url), 'utf8'));
  const source = readFileSync(new URL('../../src/gateway/deployment/known.rs', import.meta.url), 'utf8');
  const [, list] = /SETTINGS: \[&str; \d+\] = \[([^\]]*)\]/.exec(source);
  const names = [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(names, Object.keys(schema.definitions.RawConfig.properties).sort());
});

// The corpus through the gateway. A new scheme's vectors need not be named anywhere.

import { readFileSync, readdirSync } from 'node:fs';
import { runCorpus } from './harness/corpus.mjs';

const VECTORS = new URL('../vectors/', import.meta.url);

/** The scheme of the published HMAC vectors exists in tests of the core only. */
const isForGateways = (file) =>
  JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8')).testGroups.every(({ scheme }) => scheme !== 'body-hmac');

readdirSync(VECTORS)
  .filter((file) => file.endsWith('.json') && isForGateways(file))
  .forEach(runCorpus);

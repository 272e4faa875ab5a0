import { runCorpus } from '../harness/corpus.mjs';

runCorpus('standard_webhooks.json');

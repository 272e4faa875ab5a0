import { runCorpus } from '../harness/corpus.mjs';

runCorpus('peeker.json');

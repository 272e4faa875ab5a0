import { runCorpus } from '../harness/corpus.mjs';

runCorpus('boateros.json');

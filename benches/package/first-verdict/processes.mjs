// A fresh process for each figure, the candidates in turns.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { order } from '../body.mjs';
import { headersOf, SCHEMES } from '../requests.mjs';
import { shuffled } from '../rounds.mjs';
import { median, ratios, spread } from '../statistics.mjs';

const VERIFY = join(import.meta.dirname, 'verify.mjs');
const BODY = order(1024);
/** By the name of the row: the candidate's module and what it is sent. */
const CANDIDATES = {
  countersign: ['countersign', 'peeker'],
  'by hand': ['by-hand', 'peeker'],
  octokit: ['octokit', 'github'],
  standardwebhooks: ['standardwebhooks', 'standard-webhooks'],
  svix: ['svix', 'standard-webhooks'],
};
const AGAINST = 'by hand';

/** The time of each by that of the one by hand, out of so many processes each. */
export async function firstVerdicts({ node, directory, processes }) {
  const names = Object.keys(CANDIDATES);
  const taken = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < processes; round++) {
    for (const name of shuffled(names)) taken.get(name).push(await millisecondsOf(node, directory, name));
  }
  return names.map((name) => ({
    name,
    ratio: { ...spread(ratios(taken.get(name), taken.get(AGAINST))), ofMedians: ofMedians(taken, name) },
    milliseconds: spread(taken.get(name)),
  }));
}

const ofMedians = (taken, name) => median(taken.get(name)) / median(taken.get(AGAINST));

async function millisecondsOf(node, directory, name) {
  const [module, scheme] = CANDIDATES[name];
  const [headers] = headersOf(scheme, BODY, 1);
  const words = [VERIFY, module, directory, BODY, JSON.stringify(headers), SCHEMES[scheme].secret];
  const { stdout } = await promisify(execFile)(node, words);
  return Number(stdout);
}

// The Worker that is measured: does one thing so many times within a request, and nothing else.

import * as countersign from 'countersign';
import { OWN, PEERS } from '../candidates/index.mjs';
import { taskOf } from '../verifying.mjs';

const CANDIDATES = [...PEERS, ...OWN];
const tasks = new Map();

export default {
  async fetch(request) {
    const { prepare, name, size, calls } = await request.json();
    const key = `${name}, ${size}`;
    try {
      if (prepare) tasks.set(key, await taskOf(CANDIDATES.find((one) => one.name === name), countersign, size));
      else if (calls > 0) await tasks.get(key).run(calls);
      return new Response('done');
    } catch (error) {
      return new Response(`${key}: ${error.stack}`, { status: 500 });
    }
  },
};

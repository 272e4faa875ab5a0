// The Worker that is measured: does one thing so many times within a request, and nothing else.

import * as countersign from 'countersign';
import { GROUPS } from '../candidates/index.mjs';
import { taskOf } from '../verifying.mjs';

const CANDIDATES = GROUPS.flat();
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

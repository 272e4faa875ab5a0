// What a hostile request must come to: the expected answer, and nothing else anywhere.

import assert from 'node:assert/strict';

export const UNAUTHORIZED = '{"error":"unauthorized"}';

const BODIES = {
  401: UNAUTHORIZED,
  404: '{"error":"not_found"}',
  405: '{"error":"method_not_allowed"}',
  408: '{"error":"timeout"}',
  413: '{"error":"too_large"}',
  415: '{"error":"unsupported_encoding"}',
  503: '{"error":"misconfigured"}',
};

/**
 * Makes the checker of one suite.
 *
 * `good()` sends a genuine event and returns its answer. `origins` are all places that could be reached.
 */
export async function hostileSuite({ gateway, origins, good, forged }) {
  const reference = comparable(await forged());
  assert.match(reference, /^HTTP\/1\.1 401 /, 'the reference for all refusals is a 401');
  const reached = () => origins.map((origin) => origin.requests.length);

  /** Sends it and returns the answer, once it is certain that nothing came of it. */
  async function untouched(send) {
    const before = { state: await fewKeys(gateway, good), reached: reached() };
    const answer = await send();
    const after = { state: await settled(gateway), reached: reached() };
    assert.deepEqual(after.reached, before.reached, 'something reached the origin');
    assert.equal(after.state.counters.fetches, before.state.counters.fetches, 'something was fetched');
    assert.deepEqual(after.state.kv, before.state.kv, 'the store changed');
    assert.deepEqual(storeOperations(after), storeOperations(before), 'the store was asked');
    return answer;
  }

  return {
    untouched,
    /**
     * One hostile request: `send` sends it; `status`, `body`, `headers` are the answer; `reason` is
     * what the log says.
     */
    async refused({ send, status = 401, body = BODIES[status], headers = {}, reason }) {
      const answer = await untouched(send);
      assert.equal(answer.status, status, `answered ${answer.statusLine} ${answer.body}`);
      if (body !== undefined) assert.equal(answer.body, body);
      if (status === 401) assert.equal(comparable(answer), reference, 'one 401 differs from another');
      for (const [name, value] of Object.entries(headers)) assert.equal(answer.header(name), value, name);
      if (reason !== undefined) await saysWhy(gateway, answer, reason);
      await servesOn(good);
      return answer;
    },
    /** One that the runtime itself refuses, or drops (status 0): the Worker never sees it. */
    async refusedByRuntime({ send, status = 400 }) {
      const answer = await untouched(send);
      assert.equal(answer.status, status, `answered ${answer.statusLine} ${answer.body}`);
      assert.equal(answer.header('countersign-request-id'), undefined, 'the Worker answered it');
      await servesOn(good);
    },
  };
}

/** The next good request is served. */
export async function servesOn(good) {
  const answer = await good();
  assert.equal(answer.status, 200, `the next good request was answered ${answer.statusLine} ${answer.body}`);
  assert.match(answer.body, /"status":"delivered"/);
}

/** The state at rest. There is always something in the store that could be changed, and never much. */
async function fewKeys(gateway, good) {
  const state = await settled(gateway);
  if (state.kv.length > 0 && state.kv.length <= 8) return state;
  await gateway.clear();
  await servesOn(good);
  return settled(gateway);
}

const settled = (gateway) => gateway.idle({ dump: true });

const storeOperations = ({ state: { counters } }) => {
  const { get, put, list, delete: removed } = counters;
  return { get, put, list, removed };
};

async function saysWhy(gateway, answer, reason) {
  const line = await gateway.logLine(answer);
  assert.equal(line.reason, reason, `logged ${JSON.stringify(line)}`);
}

/** The bytes of an answer, with what must differ between two of them blotted out. */
export function comparable(answer) {
  return answer.raw
    .toString('latin1')
    .replace(/^(countersign-request-id|date):.*$/gim, '$1: *');
}

// A candidate at one size: checked, and made a task that can be measured.

import { BODIES } from './body.mjs';
import { ARRANGEMENTS, forgeries, headersOf, SCHEMES } from './requests.mjs';

/** As many different requests go round, so that nothing is fast because it was seen just before. */
const REQUESTS = 8;
const REFUSED = 'refused while it was measured';

/** Makes a candidate's verifier, checks it with a body of this size, and returns its task. */
export async function taskOf(candidate, countersign, size) {
  const { name, scheme, arranged, isFloor } = candidate;
  const verify = await verifierOf(candidate, countersign);
  const text = BODIES[candidate.body ?? 'order'](size);
  const body = bytesOf(text);
  const arrange = ARRANGEMENTS[arranged] ?? ((headers) => headers);
  const requests = headersOf(scheme, body, REQUESTS).map(arrange);
  const isAsync = verify(body, requests[0], text) instanceof Promise;
  if (!isFloor) await check(candidate, verify, body, requests);
  return { name, run: isAsync ? inTurn(verify, body, requests, text) : atOnce(verify, body, requests, text) };
}

async function verifierOf({ module, scheme, options, delayNs = 0 }, countersign) {
  const { make } = await import(`./candidates/${module}.mjs`);
  const verify = await make({ countersign, scheme, secret: SCHEMES[scheme].secret, options });
  return delayNs > 0 ? delayed(verify, delayNs) : verify;
}

/** As the runtime's servers hand a body over. */
function bytesOf(text) {
  return globalThis.Deno || globalThis.WebSocketPair ? new TextEncoder().encode(text) : Buffer.from(text);
}

/** Accepts what is genuine, and refuses the rest, or it is not measured. */
async function check({ name, scheme, arranged }, verify, body, requests) {
  const judge = async (bytes, headers) => verify(bytes, headers, new TextDecoder().decode(bytes));
  for (const headers of requests) {
    if (!(await judge(body, headers))) throw new Error(`${name} fails with a right request of ${body.length} bytes`);
  }
  for (const [what, [bytes, headers]] of Object.entries(wrong(scheme, arranged, body))) {
    const isTaken = await judge(bytes, headers).catch(() => false);
    if (isTaken) throw new Error(`${name} accepts ${what}, ${body.length} bytes`);
  }
}

/** What must not pass: forgeries, and of a row about forgeries a genuine request. */
function wrong(scheme, arranged, body) {
  if (arranged === 'forged') return { 'a genuine request': [body, headersOf(scheme, body, 1)[0]] };
  const arrange = ARRANGEMENTS[arranged] ?? ((headers) => headers);
  const pairs = Object.entries(forgeries(scheme, body));
  return Object.fromEntries(pairs.map(([what, [bytes, headers]]) => [what, [bytes, arrange(headers)]]));
}

function atOnce(verify, body, requests, text) {
  let next = 0;
  return (times) => {
    for (let call = 0; call < times; call++) {
      if (!verify(body, requests[next++ & (REQUESTS - 1)], text)) throw new Error(REFUSED);
    }
  };
}

function inTurn(verify, body, requests, text) {
  let next = 0;
  return async (times) => {
    for (let call = 0; call < times; call++) {
      if (!(await verify(body, requests[next++ & (REQUESTS - 1)], text))) throw new Error(REFUSED);
    }
  };
}

/** The same verifier, slower by so much: to see that the benchmark notices. */
function delayed(verify, delayNs) {
  return (...request) => {
    const end = performance.now() + delayNs / 1e6;
    while (performance.now() < end);
    return verify(...request);
  };
}

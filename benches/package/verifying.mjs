// A candidate at one size: checked, and made a task that can be measured.

import { forgeries, headersOf, SCHEMES } from './requests.mjs';

/** As many different requests go round, so that nothing is fast because it was seen just before. */
const REQUESTS = 8;

/** Makes a candidate's verifier, checks it with this body, and returns its task. */
export async function taskOf({ name, module, scheme, options, isFloor, delayNs = 0 }, countersign, body) {
  const { make } = await import(`./candidates/${module}.mjs`);
  const made = await make({ countersign, scheme, secret: SCHEMES[scheme].secret, options });
  const verify = delayNs > 0 ? delayed(made, delayNs) : made;
  const text = new TextDecoder().decode(body);
  const requests = headersOf(scheme, body, REQUESTS);
  const isAsync = verify(body, requests[0], text) instanceof Promise;
  if (!isFloor) await check(name, scheme, verify, body, requests);
  return { name, run: isAsync ? inTurn(verify, body, requests, text) : atOnce(verify, body, requests, text) };
}

/** Accepts what is genuine, and refuses the rest, or it is not measured. */
async function check(name, scheme, verify, body, requests) {
  const judge = async (bytes, headers) => verify(bytes, headers, new TextDecoder().decode(bytes));
  for (const headers of requests) {
    if (!(await judge(body, headers))) throw new Error(`${name} refuses a genuine request of ${body.length} bytes`);
  }
  for (const [what, [bytes, headers]] of Object.entries(forgeries(scheme, body))) {
    const isTaken = await judge(bytes, headers).catch(() => false);
    if (isTaken) throw new Error(`${name} accepts ${what}, ${body.length} bytes`);
  }
}

function atOnce(verify, body, requests, text) {
  let next = 0;
  return (times) => {
    for (let call = 0; call < times; call++) {
      if (!verify(body, requests[next++ & (REQUESTS - 1)], text)) throw new Error('refused while it was measured');
    }
  };
}

function inTurn(verify, body, requests, text) {
  let next = 0;
  return async (times) => {
    for (let call = 0; call < times; call++) {
      if (!(await verify(body, requests[next++ & (REQUESTS - 1)], text))) throw new Error('refused while it was measured');
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

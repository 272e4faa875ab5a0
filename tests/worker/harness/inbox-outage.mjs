// A destination that was down while events came in, and is up again: how fast what was held for it drains, and what that
// does to new events. The tests play it small, `cargo xtask bench` at full size.

import { countStatuses, encodeHook, flood, floodUntil, quantile } from './inbox-load.mjs';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Plays it, and returns the figures.
 *
 * - `gateway`, `origin`, `source`, `path`: the source's only destination is `origin` at `path`
 * - `sign()`: a new event, signed
 * - `events`: how many wait when the destination is up again
 * - `measureMs`: for how long accepting is measured, before the outage and while it drains
 * - `isHeld()`: whether the breakers of all shards are open
 */
export async function playOutage({ gateway, origin, source, path, sign, events, measureMs, isHeld, connections = 4, patienceMs = 600_000 }) {
  const next = () => encodeHook(gateway, source, sign());
  const measure = () => floodUntil(gateway, next, pause(measureMs), { connections });
  const arrivals = () => origin.at(path).filter(({ status }) => status === 200);

  const before = await measure();
  await until(() => arrivals().length >= before.length, patienceMs, 'the first events have arrived');
  origin.on(path, { status: 503 });
  const held = await flood(gateway, Array.from({ length: events }, next), { connections: 32 });
  await until(isHeld, patienceMs, 'the breakers are open');

  const upAt = Date.now();
  origin.on(path, {});
  await until(() => arrivals().length > before.length, patienceMs, 'the first event has drained');
  const during = await measure();
  const all = before.length + held.length + during.length;
  await until(() => arrivals().length >= all, patienceMs, 'everything has drained');

  const drained = arrivals().slice(before.length).map(({ at }) => at);
  return {
    waiting: held.length,
    statuses: countStatuses([...before, ...held, ...during]),
    arrived: arrivals().length,
    drainMs: Math.max(...drained.slice(0, held.length)) - upAt,
    allMs: Math.max(...drained) - upAt,
    drained: drained.sort((a, b) => a - b),
    before: accepting(before, measureMs),
    during: accepting(during, measureMs),
  };
}

const accepting = (answers, ms) => ({
  perSecond: Math.round((answers.length * 1000) / ms),
  p50Ms: quantile(answers.map(({ elapsedMs }) => elapsedMs), 0.5),
  p99Ms: quantile(answers.map(({ elapsedMs }) => elapsedMs), 0.99),
});

/** Waits until `isSo()` holds, or fails. */
export async function until(isSo, patienceMs, what) {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it took longer than ${patienceMs} ms until ${what}`);
    await pause(20);
  }
}

/**
 * By how much the arrivals (times in ms, in order) exceed a ramp of `perSecond`, which doubles each minute: in any
 * window of a second, as a factor. 1 is exactly the ramp.
 */
export function worstExcess(arrivals, perSecond) {
  const [start] = arrivals;
  let worst = 0;
  let first = 0;
  for (const [last, at] of arrivals.entries()) {
    while (at - arrivals[first] >= 1000) first += 1;
    const allowed = perSecond * 2 ** Math.floor((at - start) / 60_000);
    worst = Math.max(worst, (last - first + 1) / allowed);
  }
  return worst;
}

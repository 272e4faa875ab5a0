// Short slices of every task in each round, in an order that is drawn anew: what the machine does meanwhile hits all of
// them alike, and a ratio is taken within a round.

const WARM_UP_MS = 40;
/** The first time, until the runtime has compiled it as well as it can. */
const FIRST_WARM_UP_MS = 250;
/** Milliseconds of a slice. Of long bodies it takes more for the garbage that a call leaves to be collected in it. */
const SLICE_MS = 1.5;
const LONG_SLICE_MS = 10;
const LONG_BODY = 65_536;

/** How long a slice with bodies of this size is. */
export const sliceOf = (size) => (size < LONG_BODY ? SLICE_MS : LONG_SLICE_MS);

const isWarm = new Set();

const nanoseconds = () => Number(process.hrtime.bigint());

/**
 * Measures tasks: `{ name, run(times) }`, where `run` may return a promise.
 *
 * @returns by name the nanoseconds of one call, one for each round
 */
export async function measure(tasks, rounds, sliceMs) {
  const times = new Map();
  for (const task of tasks) times.set(task, await callsIn(task, sliceMs));
  const taken = new Map(tasks.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const task of shuffled(tasks)) {
      taken.get(task.name).push(await slice(task, times.get(task)));
    }
  }
  return taken;
}

/** How many calls fill a slice. Finding out warms it up. */
async function callsIn(task, sliceMs) {
  const end = nanoseconds() + (isWarm.has(task.name) ? WARM_UP_MS : FIRST_WARM_UP_MS) * 1e6;
  isWarm.add(task.name);
  let times = 1;
  while (nanoseconds() < end) {
    const each = await slice(task, times);
    times = Math.max(1, Math.min(4 * times, Math.round((sliceMs * 1e6) / Math.max(each, 1))));
  }
  return times;
}

async function slice(task, times) {
  const start = nanoseconds();
  const pending = task.run(times);
  if (pending !== undefined) await pending;
  return (nanoseconds() - start) / times;
}

export function shuffled(tasks) {
  const order = [...tasks];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

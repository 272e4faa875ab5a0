// What the origin does with an attempt: 15 % fail, 5 % are done and their answer is lost.

import { createHash } from 'node:crypto';

/** Per thousand attempts. The rest is answered 200. */
const SHARES = [
  ['refused', 90],
  ['busy', 20],
  ['reset', 30],
  ['hung', 10],
  ['lost', 50],
];

/** Those of them after which the event has not been taken in. */
export const FAILURES = ['refused', 'busy', 'reset', 'hung', 'down'];

/** Another draw for each attempt of each delivery, and the same in every run with this seed. */
export function behaviour(seed, delivery, attempt) {
  const digest = createHash('sha256').update(`${seed}:${delivery}:${attempt}`).digest();
  let draw = digest.readUInt32BE() % 1000;
  for (const [name, share] of SHARES) {
    if (draw < share) return name;
    draw -= share;
  }
  return 'taken';
}

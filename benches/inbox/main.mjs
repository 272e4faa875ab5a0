// node benches/inbox/main.mjs [accepts|end-to-end|latency|deliveries|drain|platform|soak] [--name=value …]
//
// `cargo xtask bench inbox` and `cargo xtask soak` build the Worker and run this.

import { parseArgs } from 'node:util';
import { accepts, endToEnd } from './accepts.mjs';
import { deliveries } from './deliveries.mjs';
import { drain } from './drain.mjs';
import { latency } from './latency.mjs';
import { together } from './parties.mjs';
import { platform } from './platform.mjs';
import { soak } from './soak.mjs';

const PARTS = { accepts, 'end-to-end': endToEnd, latency, deliveries, drain, platform };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    backlog: { type: 'string', default: '10000' },
    events: { type: 'string', default: '20000' },
    minutes: { type: 'string', default: '60' },
  },
});
const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));

try {
  for (const part of chosen(positionals)) await together((directory) => part(directory, options));
} catch (error) {
  console.error(`\nerror: ${error.message}`);
  process.exitCode = 1;
}

function chosen(names) {
  if (names.length === 0) return Object.values(PARTS);
  const known = { ...PARTS, soak };
  const unknown = names.find((name) => !(name in known));
  if (unknown) throw new Error(`there is no \`${unknown}\`: ${Object.keys(known).join(', ')}`);
  return names.map((name) => known[name]);
}

// The kill test: real workerd is killed with SIGKILL under load, again and again. `cargo xtask chaos`
// builds what it needs and calls it.
//
//   node tests/chaos/main.mjs --worker DIR --sabotaged DIR --output DIR [--storage DIR] [--kills N] [--events N]
//                             [--outage] [--control] [--bug NAME]

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './campaign.mjs';
import { print } from './figures.mjs';

const SHORT_KILLS = 15;
const CONTROL_KILLS = 6;

const { values } = parseArgs({
  options: {
    worker: { type: 'string' },
    sabotaged: { type: 'string' },
    output: { type: 'string' },
    storage: { type: 'string' },
    kills: { type: 'string', default: String(SHORT_KILLS) },
    events: { type: 'string', default: '1' },
    outage: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
    bug: { type: 'string', default: 'acknowledge-before-store' },
  },
});

const [kills, events] = ['kills', 'events'].map(atLeastOne);
const isControlled = await control();
const isClean = values.control || (await test());
process.exit(isControlled && isClean ? 0 : 1);

async function test() {
  const { outage, worker } = values;
  console.log(`\n== ${kills} kills${events > 1 ? ` and ${events} events` : ''} at least${outage ? ', the origin is down for a while' : ''}`);
  const result = await run({ worker, kills, events, outage, ...places('test') });
  print(result, places('test').directory);
  return tidied('test', result.findings.length === 0);
}

/** The same with a gateway that acknowledges before it stores: what does not see it lose events sees nothing. */
async function control() {
  const sabotage = values.bug;
  console.log(`\n== control: ${CONTROL_KILLS} kills of a gateway with the bug ${sabotage}`);
  const result = await run({ worker: values.sabotaged, sabotage, kills: CONTROL_KILLS, events: 1, ...places('control') });
  console.log(`   ${result.acknowledged} events acknowledged, ${result.lost} lost`);
  if (result.lost === 0) console.log('   FAILED: the control has lost nothing, so this test would not see a loss');
  return tidied('control', result.lost > 0);
}

/** With none there is nothing to see, and a run without an end to wait for. */
function atLeastOne(name) {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= 1) return number;
  console.error(`--${name} ${values[name]}: it has to be a number from 1 on`);
  process.exit(2);
}

/** Where a run writes what happens, and where the gateway has its storage. */
function places(name) {
  const directory = join(values.output, name);
  return { directory, storage: values.storage ? join(values.storage, name) : join(directory, 'storage') };
}

/** What a run that went well has written is of no more use. */
function tidied(name, isGood) {
  if (isGood) for (const path of Object.values(places(name))) rmSync(path, { recursive: true, force: true });
  return isGood;
}

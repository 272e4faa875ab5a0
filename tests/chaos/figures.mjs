// What a run came to, for people.

/** Of each kind of finding. */
const SHOWN = 3;

export function print(result, directory) {
  for (const [name, value] of lines(result)) console.log(`   ${`${name}:`.padEnd(26)} ${value}`);
  for (const line of result.log.errors) console.log(`   logged: ${line}`);
  for (const found of Map.groupBy(result.findings, kindOf).values()) show(found);
  if (result.findings.length > 0) console.log(`   All that happened is in ${directory}`);
}

const kindOf = (finding) => finding.split(':')[0].replaceAll(/\d+/g, 'n');

function show(found) {
  for (const finding of found.slice(0, SHOWN)) console.log(`   FAILED: ${finding}`);
  if (found.length > SHOWN) console.log(`   … and ${found.length - SHOWN} more of this kind`);
}

function lines(result) {
  const { tables } = result;
  return [
    ['kills', `${result.kills}; up for ${seconds(result.upMs / result.kills)} between two, then down for ${seconds(result.downMs / result.kills)}, on average`],
    ['events acknowledged', `${result.acknowledged}, answers: ${counts(result.answers)}`],
    ['lost', result.lost],
    ['deliveries', `${result.deliveries}, in ${result.requests} requests`],
    ['repeats', `${counts(result.repeats)}; at most ${result.mostForOneKill} for one kill`],
    ['forgeries sent', `${total(result.forgeryAnswers)}, answers: ${counts(result.forgeryAnswers)}; ${result.letThrough} at the origin`],
    ['tables', `${tables.events} events; ${tables.delivered} delivered, ${tables.dead} dead, ${tables.pending} pending, ${tables.leased} leased, in ${tables.shards} shards`],
    ['breakers', `${result.log.opened} opened, ${result.log.closed} closed`],
    ['time to drain', `${seconds(result.drainMs)} after the last kill`],
    ['accepts per second', `${rate(result.acknowledged, result.upMs)} while up, ${rate(result.acknowledged, result.loadMs)} with the time it was down`],
    ['CPU pressure', result.pressure === null ? 'unknown' : `${result.pressure.toFixed(0)} %`],
  ];
}

const counts = (object) => Object.entries(object).map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
const total = (object) => Object.values(object).reduce((sum, count) => sum + count, 0);
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const rate = (count, ms) => Math.round((count * 1000) / ms);

// What is to be said of a run, by one who saw both ends and knows nothing of what is between them.

import { DESTINATIONS } from './events.mjs';
import { FAILURES } from './faults.mjs';

// How long the gateway may take to write down what came of a request: the timeout, and what a busy
// machine adds.
const NOT_YET_WRITTEN_MS = 5000;
// No gateway sends anything so soon after its process has been started.
const BOOT_MS = 200;
/** How many connections one shard may have open. */
const LANES = 6;

/**
 * - `acknowledged`, `sent`, `forged`, `wrong`: of the provider
 * - `records`: of the origin
 * - `kills`: when each began, `from`, and when the gateway was started again, `restart`
 * - `tables`, `attempts`, `damaged`: of the storage, at the end
 * - `rules`: `shards` in all; `retryMs` and `leaseMs`, the shortest pauses after a failure and after a
 *   kill; null if an open breaker may shorten them
 */
export function judge(run) {
  const deliveries = Map.groupBy(run.records, (record) => record.delivery);
  const repeats = repeatsOf(deliveries, run);
  const lost = lostOf(run);
  const findings = [
    ...run.wrong,
    ...run.records.flatMap((record) => strange(record, run)),
    ...[...deliveries.values()].flatMap(inconsistent),
    ...deliveredTwice(deliveries),
    ...lost,
    ...untrue(run),
    ...repeats.findings,
    ...tooManyFor(repeats.byKill, run.rules),
    ...unbalanced(run, deliveries),
    ...run.damaged.map((text) => `the storage is damaged: ${text}`),
  ];
  return {
    lost: lost.length,
    letThrough: letThrough(run),
    deliveries: deliveries.size,
    repeats: repeats.causes,
    mostForOneKill: repeats.most,
    findings,
  };
}

// --- one request -----------------------------------------------------------------------------

/** Why a request should never have come. */
function strange(record, { sent, forged, acknowledged }) {
  const { path, hash, signed, replay } = record;
  const event = acknowledged.get(hash);
  const reasons = [
    [forged.has(hash), 'is a forgery'],
    [!forged.has(hash) && !sent.has(hash), 'has bytes that nobody sent'],
    [!signed, 'is not signed by the gateway'],
    [replay, 'claims to be a replay'],
    [event && !pathsOf(event).includes(path), 'goes where nobody wants it'],
  ];
  return reasons.filter(([holds]) => holds).map(([, reason]) => `a request ${reason}: ${JSON.stringify(record)}`);
}

/** How many forgeries have reached the origin. */
const letThrough = ({ records, forged }) => new Set(records.map(({ hash }) => hash).filter((hash) => forged.has(hash))).size;

const pathsOf = ({ source, type }) => DESTINATIONS[source](type).map((name) => `/${source}/${name}`);

// --- one delivery ----------------------------------------------------------------------------

/** The same path and bytes under one delivery id, and numbers of attempts that only rise. */
function inconsistent(records) {
  const [first] = records;
  const differs = ({ path, hash, event }) => path !== first.path || hash !== first.hash || event !== first.event;
  const found = records.filter(differs).map((record) => `another event under one delivery id: ${JSON.stringify(record)}`);
  const numbers = pairs(records).filter(([one, next]) => next.attempt <= one.attempt);
  return [...found, ...numbers.map((pair) => `the number of the attempt does not rise: ${JSON.stringify(pair)}`)];
}

const pairs = (list) => list.slice(1).map((next, i) => [list[i], next]);

function deliveredTwice(deliveries) {
  const byEvent = Map.groupBy(deliveries.values(), ([{ path, hash }]) => `${path} ${hash}`);
  const several = [...byEvent.values()].filter((list) => list.length > 1);
  return several.map((list) => `one event under ${list.length} delivery ids: ${JSON.stringify(list.map(([first]) => first))}`);
}

// --- repeats ---------------------------------------------------------------------------------

/** Why each request came that was not the first of its delivery. */
function repeatsOf(deliveries, { kills, attempts, rules }) {
  const causes = {};
  const byKill = new Map();
  const findings = [];
  for (const [one, next] of [...deliveries.values()].flatMap(pairs)) {
    const kill = killOf(one, kills);
    const cause = causeOf(one, kill, attempts);
    causes[cause] = (causes[cause] ?? 0) + 1;
    if (cause === 'kill') byKill.set(kill, (byKill.get(kill) ?? 0) + 1);
    const reason = cause === 'unexplained' ? 'is unexplained' : tooSoon(one, next, cause, rules);
    if (reason) findings.push(`a repeat ${reason}: ${JSON.stringify([one, next])}`);
  }
  return { causes, byKill, findings, most: Math.max(0, ...byKill.values()) };
}

function causeOf(one, kill, attempts) {
  if (FAILURES.includes(one.what) || one.what === 'lost') return one.what;
  const written = attempts.get(keyOf(one));
  // On a machine that is busy an answer may come too late, although the origin was quick.
  if (written === 'destination_timeout') return 'late';
  return written === undefined && kill !== undefined ? 'kill' : 'unexplained';
}

/**
 * The kill that kept the gateway from writing down what came of a request, if there was one: the end
 * of the life in which it was sent. What was in the air then may reach the origin a little later.
 */
function killOf({ at }, kills) {
  const next = kills.find(({ restart }) => restart + BOOT_MS >= at);
  return next !== undefined && next.from <= at + NOT_YET_WRITTEN_MS ? next : undefined;
}

/** What names an attempt in the tables and at the origin. */
export const keyOf = ({ event, path, attempt }) => `${event} ${path} ${attempt}`;

/** After a failure the schedule says when; after a kill the lease has to run out first. */
function tooSoon(one, next, cause, { retryMs, leaseMs }) {
  if (retryMs === null) return null;
  const least = cause === 'kill' ? leaseMs : retryMs;
  return next.at - one.at < least ? `came after ${next.at - one.at} ms, sooner than ${least}` : null;
}

/** A kill cuts off what is in the air, and nothing else. */
function tooManyFor(byKill, { shards }) {
  const most = shards * LANES;
  const many = [...byKill].filter(([, count]) => count > most);
  return many.map(([kill, count]) => `one kill, at ${kill.from}, is to blame for ${count} repeats, more than ${most}`);
}

// --- all of them -----------------------------------------------------------------------------

/** What was acknowledged and did not arrive, byte for byte, wherever it is wanted. */
function lostOf({ acknowledged, records, kills }) {
  const arrived = new Set(records.filter(({ what }) => what === 'taken' || what === 'lost').map(({ path, hash }) => `${path} ${hash}`));
  return [...acknowledged].flatMap(([hash, event]) => {
    const missing = pathsOf(event).filter((path) => !arrived.has(`${path} ${hash}`));
    return missing.map((path) => `lost: ${JSON.stringify({ path, hash, ...event, beforeKillMs: untilKill(event.at, kills) })}`);
  });
}

const untilKill = (at, kills) => kills.map(({ from }) => from - at).find((ms) => ms >= 0) ?? null;

/** What the gateway wrote down as delivered and the origin did not take in. */
function untrue({ attempts, records }) {
  const taken = new Set(records.filter(({ what }) => what === 'taken').map(keyOf));
  const claimed = [...attempts].filter(([, outcome]) => outcome === 'delivered').map(([key]) => key);
  return claimed.filter((key) => !taken.has(key)).map((key) => `written down as delivered, but not so: ${key}`);
}

/** In the tables: accepted = delivered + dead, and nothing is under way. */
function unbalanced({ acknowledged, tables }, deliveries) {
  const wanted = [...acknowledged.values()].flatMap(pathsOf).length;
  const is = [
    ['events stored', tables.events, 'acknowledged', acknowledged.size],
    ['deliveries stored', tables.delivered + tables.dead, 'wanted', wanted],
    ['deliveries stored', tables.delivered + tables.dead, 'seen at the origin', deliveries.size],
    ['pending', tables.pending, 'allowed', 0],
    ['leased', tables.leased, 'allowed', 0],
    ['dead', tables.dead, 'allowed', 0],
  ];
  return is.filter(([, left, , right]) => left !== right).map(([what, left, other, right]) => `${left} ${what}, ${right} ${other}`);
}

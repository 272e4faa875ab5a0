// The observer sees what is wrong, and nothing else: a run in which all is well, and what each
// mistake makes of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './judge.mjs';

const RULES = { shards: 2, retryMs: 850, leaseMs: 11_850 };

const event = (source, type, hash) => [hash, { source, type, id: `evt_${hash}`, copies: 1, at: 1000 }];

const request = (delivery, path, hash, attempt, at, what = 'taken') => ({
  path,
  delivery,
  event: `evt_${hash}`,
  attempt,
  hash,
  signed: true,
  at,
  end: at + 5,
  what,
});

/** Three events: one refused and one cut off by a kill at first, one for two destinations. */
function wellDone() {
  return {
    acknowledged: new Map([
      event('peeker', 'order.completed', 'aa'),
      event('peeker', 'order.failed', 'bb'),
      event('boateros', 'hull.sold', 'cc'),
    ]),
    sent: new Set(['aa', 'bb', 'cc']),
    forged: new Set(['ff']),
    wrong: [],
    records: [
      request('dlv_a', '/peeker/app', 'aa', 1, 2000, 'refused'),
      request('dlv_b', '/peeker/app', 'bb', 1, 4998),
      request('dlv_c', '/boateros/app', 'cc', 1, 2000, 'lost'),
      request('dlv_d', '/boateros/audit', 'cc', 1, 2000),
      request('dlv_a', '/peeker/app', 'aa', 2, 2900),
      request('dlv_c', '/boateros/app', 'cc', 2, 3100),
      request('dlv_b', '/peeker/app', 'bb', 2, 16_998),
    ],
    kills: [{ from: 5000, restart: 5050 }],
    attempts: new Map([
      ['evt_aa /peeker/app 1', 'destination_refused'],
      ['evt_aa /peeker/app 2', 'delivered'],
      ['evt_bb /peeker/app 2', 'delivered'],
      ['evt_cc /boateros/app 1', 'destination_unreachable'],
      ['evt_cc /boateros/app 2', 'delivered'],
      ['evt_cc /boateros/audit 1', 'delivered'],
    ]),
    tables: { shards: 2, events: 3, pending: 0, leased: 0, delivered: 4, dead: 0 },
    damaged: [],
    rules: RULES,
  };
}

/** Judges the good run after `change` has changed it; the findings without what they show. */
function findings(change) {
  const run = wellDone();
  change(run);
  return judge(run).findings.map((text) => text.split(':')[0]);
}

const record = (run, delivery, attempt) => run.records.find((it) => it.delivery === delivery && it.attempt === attempt);

test('a run in which all is well', () => {
  const { lost, deliveries, repeats, mostForOneKill, findings: found } = judge(wellDone());
  assert.deepEqual(found, []);
  assert.deepEqual({ lost, deliveries, repeats, mostForOneKill }, {
    lost: 0,
    deliveries: 4,
    repeats: { refused: 1, kill: 1, lost: 1 },
    mostForOneKill: 1,
  });
});

test('an acknowledged event that never arrives is lost', () => {
  const run = wellDone();
  run.records = run.records.filter(({ delivery }) => delivery !== 'dlv_d');
  const verdict = judge(run);
  assert.equal(verdict.lost, 1);
  assert.match(verdict.findings[0], /^lost: .*"\/boateros\/audit".*"beforeKillMs":4000/);
});

test('one that was only ever refused is lost', () => {
  assert.deepEqual(findings((run) => { record(run, 'dlv_a', 2).what = 'refused'; }), [
    'lost',
    'written down as delivered, but not so',
  ]);
});

test('other bytes are not the event', () => {
  const found = findings((run) => { record(run, 'dlv_d', 1).hash = 'dd'; });
  assert.deepEqual(found, ['a request has bytes that nobody sent', 'lost']);
});

test('a forgery, and what the gateway did not sign', () => {
  const forgery = { ...request('dlv_f', '/peeker/app', 'ff', 1, 3000), signed: false };
  const found = findings((run) => run.records.push(forgery));
  assert.deepEqual(found.slice(0, 2), ['a request is a forgery', 'a request is not signed by the gateway']);
  const run = wellDone();
  run.records.push(forgery, { ...forgery, attempt: 2 });
  assert.deepEqual([judge(wellDone()).letThrough, judge(run).letThrough], [0, 1]);
});

test('an event goes nowhere but where it is wanted', () => {
  const found = findings((run) => run.records.push(request('dlv_e', '/boateros/audit', 'aa', 1, 3000)));
  assert.ok(found.includes('a request goes where nobody wants it'), found);
});

test('nothing claims to be a replay', () => {
  assert.deepEqual(findings((run) => { record(run, 'dlv_d', 1).replay = true; }), ['a request claims to be a replay']);
});

test('a repeat after an answer that arrived is unexplained', () => {
  const found = findings((run) => run.records.push(request('dlv_d', '/boateros/audit', 'cc', 2, 40_000)));
  assert.deepEqual(found, ['a repeat is unexplained']);
});

test('a kill long after the request explains nothing', () => {
  assert.deepEqual(findings((run) => { run.kills = [{ from: 10_500, restart: 10_501 }]; }), ['a repeat is unexplained']);
});

test('a request that was in the air at a kill may arrive after it, but not after the next life has begun', () => {
  assert.deepEqual(findings((run) => { Object.assign(record(run, 'dlv_b', 1), { at: 5200 }); record(run, 'dlv_b', 2).at = 17_200; }), []);
  assert.deepEqual(findings((run) => { record(run, 'dlv_b', 1).at = 5300; }), ['a repeat is unexplained']);
});

test('a kill explains nothing if what came of the request was written down before', () => {
  const found = findings((run) => run.attempts.set('evt_bb /peeker/app 1', 'delivered'));
  assert.deepEqual(found, ['a repeat is unexplained']);
});

test('what is written down as delivered was taken in', () => {
  const found = findings((run) => run.attempts.set('evt_aa /peeker/app 1', 'delivered'));
  assert.deepEqual(found, ['written down as delivered, but not so']);
});

test('an answer that the gateway got too late explains the repeat', () => {
  const run = wellDone();
  run.kills = [];
  run.attempts.set('evt_bb /peeker/app 1', 'destination_timeout');
  const { repeats, findings: found } = judge(run);
  assert.deepEqual([repeats, found], [{ refused: 1, late: 1, lost: 1 }, []]);
});

test('a repeat before its time', () => {
  assert.match(findings((run) => { record(run, 'dlv_a', 2).at = 2400; })[0], /^a repeat came after 400 ms, sooner than 850/);
  assert.match(findings((run) => { record(run, 'dlv_b', 2).at = 8000; })[0], /^a repeat came after 3002 ms, sooner than 11850/);
  assert.deepEqual(findings((run) => {
    record(run, 'dlv_a', 2).at = 2400;
    run.rules = { ...RULES, retryMs: null };
  }), []);
});

test('an attempt is made once', () => {
  const found = findings((run) => { record(run, 'dlv_a', 2).attempt = 1; });
  assert.ok(found.includes('the number of the attempt does not rise'), found);
});

test('a delivery id stands for one event, and an event has one for each destination', () => {
  assert.ok(findings((run) => { record(run, 'dlv_a', 2).hash = 'bb'; }).includes('another event under one delivery id'));
  const found = findings((run) => run.records.push(request('dlv_x', '/peeker/app', 'aa', 1, 9000)));
  assert.ok(found.includes('one event under 2 delivery ids'), found);
});

test('one kill cuts off no more than is in the air', () => {
  const found = findings((run) => {
    for (let n = 0; n < 13; n += 1) {
      const hash = `n${n}`;
      run.acknowledged.set(...event('peeker', 'order.completed', hash));
      run.sent.add(hash);
      run.records.push(request(`dlv_${hash}`, '/peeker/app', hash, 1, 4998), request(`dlv_${hash}`, '/peeker/app', hash, 2, 17_000));
    }
    Object.assign(run.tables, { events: 16, delivered: 17 });
  });
  assert.deepEqual(found, ['one kill, at 5000, is to blame for 14 repeats, more than 12']);
});

test('the tables balance', () => {
  assert.deepEqual(findings((run) => { run.tables.events = 2; }), ['2 events stored, 3 acknowledged']);
  assert.deepEqual(findings((run) => { Object.assign(run.tables, { delivered: 3, leased: 1 }); }), [
    '3 deliveries stored, 4 wanted',
    '3 deliveries stored, 4 seen at the origin',
    '1 leased, 0 allowed',
  ]);
  assert.deepEqual(findings((run) => { Object.assign(run.tables, { delivered: 3, dead: 1 }); }), ['1 dead, 0 allowed']);
  assert.deepEqual(findings((run) => run.damaged.push('a page')), ['the storage is damaged']);
});

test('an answer that no provider should get', () => {
  assert.deepEqual(findings((run) => run.wrong.push('a forgery was answered 202')), ['a forgery was answered 202']);
});

// What every store has to do, whatever it is made of. Runs in Node.js, Deno and workerd.
//
// A rig has the package; `open()`, which gives a handle on the one database; and `advance(ms)`, by
// which the time of that database passes.

import assert from "node:assert/strict";

const LEASE = 30_000;
const WINDOW = 3_600;
const OPTIONS = { windowSeconds: WINDOW, renewForMs: 0 };
let keys = 0;

/** An event that nobody has seen. */
const fresh = () => ({ key: `dlv_${Date.now().toString(36)}_${(keys += 1)}` });
const never = () => assert.fail("the handler has run");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A handler that waits to be told, and tells when it has begun. */
function held() {
  const begun = Promise.withResolvers();
  const end = Promise.withResolvers();
  const handler = (claim) => {
    begun.resolve(claim);
    return end.promise;
  };
  return { handler, begun: begun.promise, finish: end.resolve, fail: end.reject };
}

/** Somebody who claims an event and is never heard of again. */
async function crashed(rig, event, options = OPTIONS) {
  const { handler, begun } = held();
  rig.once(await rig.open(), event, handler, options).catch(() => {});
  await begun;
}

export const CONTRACT = {
  async "the first copy runs, with its value; later ones are duplicates"(rig) {
    const event = fresh();
    const work = async ({ key, token, windowMs, signal }) => [key, typeof token, windowMs, signal.aborted];
    const first = await rig.once(await rig.open(), event, work, OPTIONS);
    const value = [event.key, "string", WINDOW * 1000, false];
    assert.deepEqual(first, { status: "done", value, committed: true });
    for (let copy = 0; copy < 3; copy += 1) {
      const again = await rig.once(await rig.open(), event, never, OPTIONS);
      assert.equal(again.status, "duplicate");
      const left = (again.until - Date.now()) / 1000;
      // The clock of a rig may stand still or run ahead.
      assert.ok(left > WINDOW - 60 && left < WINDOW + 60, `${left} s are left`);
    }
  },

  async "when a handler throws, its error comes out, and the retry runs"(rig) {
    const event = fresh();
    const store = await rig.open();
    const broken = new Error("broken");
    const fail = async () => {
      throw broken;
    };
    const failSynchronously = () => {
      throw broken;
    };
    await assert.rejects(rig.once(store, event, fail, OPTIONS), broken);
    await assert.rejects(rig.once(store, event, failSynchronously, OPTIONS), broken);
    assert.equal((await rig.once(store, event, () => "retried", OPTIONS)).value, "retried");
    assert.equal((await rig.once(store, event, never, OPTIONS)).status, "duplicate");
  },

  async "while one is at work, a copy is busy, with a time to come again"(rig) {
    const event = fresh();
    const work = held();
    const first = rig.once(await rig.open(), event, work.handler, OPTIONS);
    await work.begun;
    const copy = await rig.once(await rig.open(), event, never, OPTIONS);
    assert.equal(copy.status, "busy");
    assert.ok(Number.isInteger(copy.retryAfterSeconds), `${copy.retryAfterSeconds}`);
    assert.ok(copy.retryAfterSeconds >= 1 && copy.retryAfterSeconds <= LEASE / 1000);
    work.finish("worked");
    assert.equal((await first).committed, true);
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "duplicate");
  },

  async "of fifty at once one runs, and none of the others is told that it is done before it is"(rig) {
    const event = fresh();
    const store = await rig.open();
    let runs = 0;
    let isDone = false;
    const work = async () => {
      runs += 1;
      await sleep(20);
      isDone = true;
    };
    const copies = Array.from({ length: 50 }, async () => {
      const { status } = await rig.once(store, event, work, OPTIONS);
      if (status === "duplicate") assert.ok(isDone);
      return status;
    });
    const statuses = await Promise.all(copies);
    assert.equal(runs, 1);
    assert.deepEqual(statuses.filter((status) => status === "done"), ["done"]);
    assert.equal((await rig.once(store, event, never, OPTIONS)).status, "duplicate");
  },

  async "who dies at work keeps others out until the lease runs out"(rig) {
    const event = fresh();
    await crashed(rig, event);
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "busy");
    await rig.advance(LEASE - 5_000);
    const late = await rig.once(await rig.open(), event, never, OPTIONS);
    assert.equal(late.status, "busy");
    assert.ok(late.retryAfterSeconds <= 5, `${late.retryAfterSeconds}`);
    await rig.advance(5_001);
    assert.equal((await rig.once(await rig.open(), event, () => "at last", OPTIONS)).value, "at last");
  },

  async "who has lost the lease can't commit over another's claim"(rig) {
    const event = fresh();
    const slow = held();
    const first = rig.once(await rig.open(), event, slow.handler, OPTIONS);
    await slow.begun;
    await rig.advance(LEASE + 1);
    const second = held();
    const other = rig.once(await rig.open(), event, second.handler, OPTIONS);
    await second.begun;
    slow.finish("too late");
    const late = await first;
    assert.deepEqual([late.status, late.value, late.committed], ["done", "too late", false]);
    assert.ok(late.error instanceof rig.DedupeError);
    assert.equal(late.error.code, "lease_lost");
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "busy");
    second.finish("in time");
    assert.deepEqual(await other, { status: "done", value: "in time", committed: true });
  },

  async "who has lost the lease can't release another's claim, nor undo its commit"(rig) {
    const event = fresh();
    const slow = held();
    const first = rig.once(await rig.open(), event, slow.handler, OPTIONS);
    await slow.begun;
    await rig.advance(LEASE + 1);
    const second = held();
    const other = rig.once(await rig.open(), event, second.handler, OPTIONS);
    await second.begun;
    slow.fail(new Error("too late"));
    await assert.rejects(first, /too late/);
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "busy");
    second.finish();
    assert.equal((await other).committed, true);
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "duplicate");
  },

  async "who comes late, and nobody has come in between, commits"(rig) {
    const event = fresh();
    const slow = held();
    const first = rig.once(await rig.open(), event, slow.handler, OPTIONS);
    await slow.begun;
    await rig.advance(LEASE + 1);
    slow.finish("late");
    assert.deepEqual(await first, { status: "done", value: "late", committed: true });
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "duplicate");
  },

  async "a lease is renewed while the handler is at work"(rig) {
    const event = fresh();
    const work = held();
    const claims = [];
    const store = await rig.open();
    const counting = {
      claim: (...words) => {
        claims.push(words[1]);
        return store.claim(...words);
      },
      commit: (...words) => store.commit(...words),
      release: (...words) => store.release(...words),
    };
    const options = { windowSeconds: WINDOW, leaseMs: 1_500 };
    const first = rig.once(counting, event, work.handler, options);
    const { signal } = await work.begun;
    while (claims.length < 3) {
      const before = claims.length;
      while (claims.length === before) await sleep(5);
      await sleep(50);
      await rig.advance(600);
      assert.equal((await rig.once(await rig.open(), event, never, options)).status, "busy");
    }
    assert.equal(new Set(claims).size, 1);
    assert.equal(signal.aborted, false);
    work.finish();
    assert.equal((await first).committed, true);
    const after = claims.length;
    await sleep(600);
    assert.equal(claims.length, after, "it is renewed when all is over");
  },

  async "after the window a copy runs again"(rig) {
    const event = fresh();
    assert.equal((await rig.once(await rig.open(), event, () => 1, OPTIONS)).value, 1);
    await rig.advance(WINDOW * 1000 - 60_000);
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "duplicate");
    await rig.advance(60_001);
    assert.equal((await rig.once(await rig.open(), event, () => 2, OPTIONS)).value, 2);
    assert.equal((await rig.once(await rig.open(), event, never, OPTIONS)).status, "duplicate");
  },

  async "each step can be done again by the same token"(rig) {
    const { key } = fresh();
    const store = await rig.open();
    assert.deepEqual(await store.claim(key, "a", LEASE), { status: "granted" });
    assert.deepEqual(await store.claim(key, "a", LEASE), { status: "granted" });
    assert.equal(await store.commit(key, "a", 60_000), true);
    assert.equal(await store.commit(key, "a", 60_000), true);
    await store.release(key, "a");
    assert.deepEqual(await store.claim(key, "a", LEASE), { status: "granted" });
    const other = await store.claim(key, "b", LEASE);
    assert.equal(other.status, "done", "a commit is not made a claim again");
    assert.ok(other.remainingMs > LEASE && other.remainingMs <= 60_000, `${other.remainingMs}`);
    assert.equal(await store.commit(key, "b", 60_000), false);
    await store.release(key, "b");
    assert.equal((await store.claim(key, "b", LEASE)).status, "done");
  },

  async "a release frees the key at once, and is done again in vain"(rig) {
    const { key } = fresh();
    const store = await rig.open();
    await store.release(key, "a");
    assert.equal((await store.claim(key, "a", LEASE)).status, "granted");
    await store.release(key, "b");
    assert.equal((await store.claim(key, "b", LEASE)).status, "busy");
    await store.release(key, "a");
    await store.release(key, "a");
    assert.equal((await store.claim(key, "b", LEASE)).status, "granted");
  },

  async "keys and scopes don't meet, however odd they are"(rig) {
    const store = await rig.open();
    const { key } = fresh();
    const odd = ["", "'", "\0", "%", "€", "a/b", " ", "x".repeat(3000), "x".repeat(3001), "#0"];
    const events = odd.map((text) => ({ event: { key: key + text }, options: OPTIONS }));
    for (const scope of ["mail", "search"]) events.push({ event: { key }, options: { ...OPTIONS, scope } });
    for (const { event, options } of events) {
      assert.equal((await rig.once(store, event, () => 1, options)).status, "done", event.key);
    }
    for (const { event, options } of events) {
      assert.equal((await rig.once(store, event, never, options)).status, "duplicate", event.key);
    }
  },

  async "Peeker: retries are suppressed for 3 days"(rig) {
    const { copy, run } = source(rig, "peeker");
    const body = '{"type":"order.completed"}';
    const id = fresh().key;
    assert.equal(await run(copy({ id, body }), 0), "done");
    for (const seconds of [60, 3_600, 86_400, 3 * 86_400 - 90_061 - 60]) {
      assert.equal(await run(copy({ id, body }), seconds), "duplicate", `${seconds} s later`);
    }
    assert.equal(await run(copy({ id, body }), 61), "done");
  },

  async "Peeker: one id with another body is another event"(rig) {
    const { copy, run } = source(rig, "peeker");
    const id = fresh().key;
    for (const expected of ["done", "duplicate"]) {
      for (const body of ["{}", "{ }"]) assert.equal(await run(copy({ id, body }), 0), expected);
    }
  },

  async "Boateros: a retry a minute later is suppressed, a replay an hour later runs again"(rig) {
    const { copy, run } = source(rig, "boateros");
    const body = `{"event":"hull.sold","n":"${fresh().key}"}`;
    assert.equal(await run(copy({ body }), 0), "done");
    assert.equal(await run(copy({ body }), 60), "duplicate");
    assert.equal(await run(copy({ body }), 780), "duplicate", "14 minutes after the first");
    assert.equal(await run(copy({ body }), 3_600 - 840), "done", "an hour after the first");
    assert.equal(await run(copy({ body }), 60), "duplicate", "a minute after the replay");
    assert.equal(await run(copy({ body }), 841), "done", "15 minutes after the replay");
  },

  async "Boateros: types that nobody has signed tell events apart, eight of them at most"(rig) {
    const { copy, run } = source(rig, "boateros");
    const body = JSON.stringify({ n: fresh().key });
    const labels = Array.from({ length: 9 }, (_, index) => `crew.n${index}`);
    const results = [];
    for (const type of labels) results.push(await run(copy({ body, type }), 1));
    assert.deepEqual(results, [...Array(8).fill("done"), "duplicate"]);
    for (const type of labels) assert.equal(await run(copy({ body, type }), 1), "duplicate");
    assert.equal(await run(copy({ body, type: "hull.sold" }), 1), "done", "a catalogued type");
    // Those eight may be replayed, but no others join them.
    assert.equal(await run(copy({ body, type: "crew.n1" }), 3_600), "done");
    assert.equal(await run(copy({ body, type: "crew.n8" }), 1), "duplicate");
    assert.equal(await run(copy({ body }), 1), "done", "without a type");
  },
};

/** A provider that signs anew for each attempt, and a receiver that verifies. */
function source(rig, scheme) {
  const secret = "the secret of the first source";
  let nowMs = Date.now();
  const verifier = new rig.Verifier(scheme, { secrets: secret, now: () => new Date(nowMs) });
  return {
    copy: (message) => message,
    async run({ body, ...message }, seconds) {
      nowMs += seconds * 1000;
      await rig.advance(seconds * 1000);
      const headers = rig.sign(scheme, { secret, body, timestamp: new Date(nowMs), ...message });
      const event = verifier.verify(body, headers);
      return (await rig.once(await rig.open(), event, () => {}, { renewForMs: 0 })).status;
    },
  };
}

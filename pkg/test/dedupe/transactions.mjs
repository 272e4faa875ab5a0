// Commits in the transaction of the work: both are there, or neither.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { countersign } from "./installed.mjs";
import { inNode, startChild } from "./processes.mjs";
import { workAndCommit } from "./work.mjs";

const { DedupeError, once } = countersign;
const OPTIONS = { windowSeconds: 3_600, renewForMs: 0 };

/** @param backend one of SQL, whose `transact(work)` makes a transaction of some work */
export function commitsWithWork(name, backend, place) {
  const { open, advance, query, transact } = backend;
  const never = () => assert.fail("the handler has run");
  const works = async (key) =>
    (await query("SELECT name FROM work WHERE name = $1", [key])).length;
  let store;
  let keys = 0;
  const fresh = () => `work-${Date.now()}-${(keys += 1)}`;
  const work = (key, then = () => {}) => async (claim) => {
    await transact((tx) => {
      const done = workAndCommit(store, claim, tx, key);
      return done instanceof Promise ? done.then(then) : then();
    });
    return "worked";
  };
  const run = (key, handler = work(key), options = OPTIONS) => once(store, { key }, handler, options);

  describe(`the work and the commit in one transaction, ${name}`, () => {
    before(async () => {
      await query("CREATE TABLE work (name text)", []);
      store = await open();
    });

    test("both are there, and copies are duplicates", async () => {
      const key = fresh();
      assert.deepEqual(await run(key), { status: "done", value: "worked", committed: true });
      assert.equal((await run(key, never)).status, "duplicate");
      assert.equal(await works(key), 1);
    });

    test("when it is rolled back neither is, and the retry runs", async () => {
      const key = fresh();
      const fail = () => {
        throw new Error("after the commit of the claim");
      };
      await assert.rejects(run(key, work(key, fail)), /after the commit of the claim/);
      assert.equal(await works(key), 0);
      assert.equal((await run(key)).committed, true);
      assert.equal(await works(key), 1);
    });

    test("a handler that fails after its transaction has done its work: copies are duplicates", async () => {
      const key = fresh();
      const handler = async (claim) => {
        await work(key)(claim);
        throw new Error("the answer is lost");
      };
      await assert.rejects(run(key, handler), /the answer is lost/);
      assert.equal((await run(key, never)).status, "duplicate");
    });

    test("who has lost the lease is rolled back", async () => {
      const key = fresh();
      const late = Promise.withResolvers();
      const begun = Promise.withResolvers();
      const first = run(key, (claim) => {
        begun.resolve();
        return late.promise.then(() => work(key)(claim));
      });
      await begun.promise;
      await advance(30_001);
      assert.equal((await run(key)).committed, true);
      late.resolve();
      await assert.rejects(first, (error) => error instanceof DedupeError && error.code === "lease_lost");
      assert.equal(await works(key), 1);
    });

    test("leases that are much too short: several run, one of them to the end", async () => {
      const key = fresh();
      let runs = 0;
      const slow = async (claim) => {
        runs += 1;
        await new Promise((done) => setTimeout(done, 400));
        return work(key)(claim);
      };
      const copies = [];
      for (let copy = 0; copy < 8; copy += 1) {
        copies.push(run(key, slow, { ...OPTIONS, leaseMs: 100 }).then(({ status }) => status, () => "lost"));
        await new Promise((done) => setTimeout(done, 60));
      }
      const ends = await Promise.all(copies);
      assert.ok(runs > 1, `${runs} have run`);
      assert.equal(ends.filter((end) => end === "done").length, 1, ends.join());
      assert.equal(await works(key), 1);
    });

    test("killed before its end: neither is there, and after the lease a copy runs", async () => {
      const key = fresh();
      const child = startChild(inNode, { name: "transact", key, end: false }, place);
      assert.equal(await child.line(), "worked");
      await child.kill();
      assert.equal(await works(key), 0);
      assert.equal((await run(key, never)).status, "busy");
      await advance(30_001);
      assert.equal((await run(key)).committed, true);
      assert.equal(await works(key), 1);
    });

    test("killed right after its end: both are there, and copies are duplicates", async () => {
      const key = fresh();
      const child = startChild(inNode, { name: "transact", key, end: true }, place);
      assert.equal(await child.line(), "worked");
      await child.kill();
      assert.equal((await run(key, never)).status, "duplicate");
      assert.equal(await works(key), 1);
    });
  });
}

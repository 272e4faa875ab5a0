// What `once` does around a store: options, events, the lease, and a store that fails.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { require } from "../node/installed.mjs";
import { countersign, ENTRY } from "./installed.mjs";

const { DedupeError, defineScheme, memoryStore, once, sign, Verifier } = countersign;
const SECRET = "the secret of the first source";
const DAY = 86_400;
const never = () => assert.fail("the handler has run");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** A store that calls `around[method](really, key, token, ms)`, and its calls. */
function wrapped(around = {}) {
  const store = memoryStore();
  const calls = [];
  const method = (name) => async (...words) => {
    calls.push([name, ...words]);
    const really = () => store[name](...words);
    return around[name] === undefined ? really() : around[name](really, ...words);
  };
  return { calls, store, claim: method("claim"), commit: method("commit"), release: method("release") };
}

/** Fails so many times, then no more. */
const failing = (times, error = new Error("the store is down")) => {
  let left = times;
  return (really) => {
    if (left <= 0) return really();
    left -= 1;
    throw error;
  };
};

const verified = (scheme, message) => {
  const headers = sign(scheme, { secret: SECRET, ...message });
  return new Verifier(scheme, { secrets: SECRET }).verify(message.body, headers);
};
const OWN = {
  name: "own",
  signature: { header: "own-signature", syntax: "bare", encoding: "hex" },
  timestamp: { header: "own-timestamp", format: "unix-seconds" },
  signed: ["timestamp", "."],
  secret: "utf8",
};
const own = defineScheme({ ...OWN, type: "own-type" });
const ownWithId = defineScheme({
  ...OWN,
  name: "own-id",
  id: "own-id",
  type: "own-type",
  signed: ["timestamp", ".", "id", "."],
});

describe("policy", () => {
  const windowOf = async (event, options) => {
    const result = await once(memoryStore(), event, ({ windowMs }) => windowMs / 1000, options);
    return result.value;
  };
  const standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const EVENTS = {
    peeker: verified("peeker", { id: "evt_1", body: "{}" }),
    boateros: verified("boateros", { body: "{}", type: "hull.sold" }),
    "standard-webhooks": new Verifier("standard-webhooks", { secrets: standardSecret }).verify(
      "{}",
      sign("standard-webhooks", { secret: standardSecret, id: "msg_1", body: "{}" }),
    ),
    own: verified(own, { body: "{}" }),
    key: { key: "dlv_1" },
  };
  for (const [name, options, seconds] of [
    ["peeker", {}, 3 * DAY],
    ["boateros", {}, 900],
    ["standard-webhooks", {}, 5 * DAY],
    ["own", {}, 3 * DAY],
    ["key", {}, 5 * DAY],
    ["key", { windowSeconds: 45 * DAY }, 45 * DAY],
    ["peeker", { windowSeconds: 600 }, 600],
    ["peeker", { replayAfterSeconds: 900 }, 900],
    ["peeker", { replayAfterSeconds: 900, windowSeconds: 600 }, 600],
    ["boateros", { replayAfterSeconds: false }, 5 * DAY],
    ["boateros", { replayAfterSeconds: 601 }, 601],
    ["boateros", { replayAfterSeconds: undefined, windowSeconds: undefined }, 900],
    ["boateros", { toleranceSeconds: 449 }, 900],
    ["boateros", { toleranceSeconds: 450 }, 901],
    ["boateros", { toleranceSeconds: 86_400 }, 2 * DAY + 1],
    ["boateros", { toleranceSeconds: 10, replayAfterSeconds: 21, windowSeconds: 60 }, 21],
  ]) {
    test(`${name}, ${JSON.stringify(options)}: ${seconds} s`, async () => {
      assert.equal(await windowOf(EVENTS[name], options), seconds);
    });
  }

  for (const options of [
    { windowSeconds: 599 },
    { windowSeconds: 366 * DAY + 1 },
    { windowSeconds: 1000.5 },
    { windowSeconds: "1000" },
    { toleranceSeconds: 10, windowSeconds: 59 },
    { toleranceSeconds: 0 },
    { toleranceSeconds: 86_401 },
    { replayAfterSeconds: 600 },
    { replayAfterSeconds: true },
    { replayAfterSeconds: null },
    { replayAfterSeconds: Number.NaN },
    { toleranceSeconds: 450, replayAfterSeconds: 900 },
    { leaseMs: 99 },
    { leaseMs: 3_600_001 },
    { renewForMs: -1 },
    { renewForMs: Infinity },
    { storeTimeoutMs: 0 },
  ]) {
    test(`out of its limits: ${Object.entries(options)}`, async () => {
      const name = Object.keys(options).at(-1);
      const message = new RegExp(`^${name} must be a whole number from \\d+ to \\d+$`);
      await assert.rejects(once(memoryStore(), { key: "a" }, never, options), {
        code: "invalid_limit",
        message,
      });
    });
  }

  test("an option that there is not", async () => {
    const run = once(memoryStore(), { key: "a" }, never, { windowSecond: 1000 });
    await assert.rejects(run, { code: "unknown_option", message: /no option windowSecond of once/ });
  });

  test("a scope that is none", async () => {
    for (const scope of ["", "a/b", "é", "x".repeat(65), 1, null]) {
      const run = once(memoryStore(), { key: "a" }, never, { scope });
      await assert.rejects(run, { code: "invalid_id" }, `${scope}`);
    }
  });
});

describe("events", () => {
  const keyOf = async (event, options) =>
    (await once(memoryStore(), event, ({ key }) => key, options)).value;

  test("what is no event, and what is no store", async () => {
    const events = [undefined, null, "evt_1", {}, { key: "" }, { key: null }, { key: undefined }];
    for (const event of [...events, { key: 1 }, { dedupeKey: "peeker:evt_1" }]) {
      await assert.rejects(once(memoryStore(), event, never), { code: "invalid_event" });
    }
    for (const store of [undefined, null, {}, new Map(), { claim: never, commit: never }]) {
      await assert.rejects(once(store, { key: "a" }, never), { code: "invalid_store" });
    }
  });

  test("keys say what they stand for, and hold nothing of the body", async () => {
    const body = '{"type":"order.completed","secret":"nobody\'s business"}';
    const key = await keyOf(verified("peeker", { id: "evt_1", body }), { scope: "eu" });
    assert.match(key, /^eu\/peeker:evt_1:[0-9a-f]{64}$/);
    const hull = { body: "{}", type: "hull.sold" };
    assert.match(await keyOf(verified("boateros", hull)), /^boateros:hull\.sold:[0-9a-f]{64}$/);
    const crew = { body: "{}", type: "crew.moved" };
    assert.match(await keyOf(verified("boateros", crew)), /^boateros:-:[0-9a-f]{64}:crew\.moved$/);
  });

  test("a type in the signed body is part of the body, whatever a header says", async () => {
    const body = '{"type":"crew.moved"}';
    const [one, two] = ["crew.moved", "crew.left"].map((type) => verified("boateros", { body, type }));
    assert.equal(await keyOf(one), await keyOf(two));
  });

  test("schemes of one's own: by id and body, or by body; and by a type that is not signed", async () => {
    assert.match(await keyOf(verified(own, { body: "{}" })), /^own:-:[0-9a-f]{64}$/);
    const typed = { body: "{}", type: "crew.moved" };
    assert.match(await keyOf(verified(own, typed)), /^own:-:[0-9a-f]{64}:crew\.moved$/);
    const named = { ...typed, id: "evt_1" };
    assert.match(await keyOf(verified(ownWithId, named)), /^own-id:evt_1:[0-9a-f]{64}:crew\.moved$/);
  });

  test("the longest keys are still keys that every store can take", async () => {
    const name = "n".repeat(64);
    const longest = defineScheme({
      ...{ ...OWN, name, id: "own-id", type: "own-type" },
      signed: ["timestamp", ".", "id", "."],
    });
    const message = { body: "{}", id: "i".repeat(255), type: `a.${"b".repeat(126)}` };
    const key = await keyOf(verified(longest, message), { scope: "s".repeat(64) });
    assert.match(key, /^s{64}\/sha256=[0-9a-f]{64}$/);
    assert.ok((await keyOf({ key: "k".repeat(400) }, { scope: "s".repeat(64) })).length <= 465);
    for (const odd of ["sha256=", "a b", "a/b", "a#0", "k".repeat(401)]) {
      assert.match(await keyOf({ key: odd }), /^sha256=[0-9a-f]{64}$/, odd);
    }
  });

  test("a body in shared memory", async () => {
    const body = new Uint8Array(new SharedArrayBuffer(2));
    body.set([0x7b, 0x7d]);
    assert.match(await keyOf(verified("peeker", { id: "evt_1", body })), /^peeker:evt_1:/);
  });
});

describe("the lease", () => {
  const brief = { leaseMs: 150, renewForMs: 0 };

  test("when it runs out, the handler is told, and may still commit", async () => {
    const result = await once(memoryStore(), { key: "a" }, async ({ signal }) => {
      assert.equal(signal.aborted, false);
      await new Promise((done) => signal.addEventListener("abort", done));
      return signal.reason;
    }, brief);
    assert.ok(result.value instanceof DedupeError);
    assert.equal(result.value.code, "lease_lost");
    assert.equal(result.committed, true);
  });

  test("it counts from when it was asked for, as the store may", async () => {
    const store = wrapped({ claim: (really) => really().then((it) => sleep(800).then(() => it)) });
    const asked = performance.now();
    const aborted = ({ signal }) => new Promise((done) => signal.addEventListener("abort", done));
    await once(store, { key: "a" }, aborted, { leaseMs: 1_000, renewForMs: 0 });
    const held = performance.now() - asked;
    assert.ok(held > 950 && held < 1_500, `${held} ms`);
  });

  test("it is not renewed for longer than it may: a handler that hangs lets others in", async () => {
    const store = wrapped();
    const options = { leaseMs: 300, renewForMs: 500 };
    const run = once(store, { key: "a" }, ({ signal }) =>
      new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason))), options);
    await assert.rejects(run, { code: "lease_lost" });
    const claims = store.calls.filter(([name]) => name === "claim");
    assert.equal(claims.length, 1 + 6, "500 ms in steps of 75");
  });

  test("when somebody else has it, the handler is told at the next renewal", async () => {
    const store = wrapped();
    const result = await once(store, { key: "a" }, async ({ signal, token }) => {
      await store.store.release("a", token);
      await store.store.claim("a", "another", 60_000);
      await new Promise((done) => signal.addEventListener("abort", done));
      return signal.reason.message;
    }, { leaseMs: 300 });
    assert.match(result.value, /somebody else's/);
    assert.deepEqual([result.committed, result.error.code], [false, "lease_lost"]);
  });

  test("a renewal that fails is made again", async () => {
    const down = failing(4);
    let claims = 0;
    const store = wrapped({
      claim: (really) => {
        claims += 1;
        return claims === 1 ? really() : down(really);
      },
    });
    const options = { leaseMs: 3_000 };
    const result = await once(store, { key: "a" }, async ({ signal }) => {
      while (claims < 6 && !signal.aborted) await sleep(20);
      return signal.aborted;
    }, options);
    assert.deepEqual(result, { status: "done", value: false, committed: true });
  });

  test("a renewal that is under way when the handler throws does not claim what was given back", async () => {
    let renewing;
    const begun = new Promise((done) => (renewing = done));
    const store = wrapped({
      claim: async (really) => {
        if (store.calls.filter(([name]) => name === "claim").length === 1) return really();
        renewing();
        await sleep(100);
        return really();
      },
    });
    const fail = async () => {
      await begun;
      throw new Error("the handler's own");
    };
    await assert.rejects(once(store, { key: "a" }, fail, { leaseMs: 1_000 }), /the handler's own/);
    await sleep(200);
    assert.equal((await store.store.claim("a", "another", 1_000)).status, "granted");
  });

  test("a renewal that is granted after the release is given back", async () => {
    let late;
    const granted = new Promise((done) => (late = done));
    const store = wrapped({
      claim: async (really) => {
        if (store.calls.length === 1) return really();
        await sleep(300);
        late();
        return really();
      },
    });
    const fail = () => sleep(200).then(() => Promise.reject(new Error("the handler's own")));
    const options = { leaseMs: 400, storeTimeoutMs: 50 };
    await assert.rejects(once(store, { key: "a" }, fail, options), /the handler's own/);
    await granted;
    await sleep(20);
    assert.equal((await store.store.claim("a", "another", 1_000)).status, "granted");
  });

  test("it does not keep a process alive that has nothing else to do", async () => {
    const script = `import { memoryStore, once } from ${JSON.stringify(ENTRY)};
      once(memoryStore(), { key: "a" }, () => new Promise(() => {}));`;
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
  });
});

describe("a store that fails", () => {
  test("at the claim: its error comes out, and the handler does not run", async () => {
    const error = new Error("the store is down");
    const store = wrapped({ claim: failing(2, error) });
    await assert.rejects(once(store, { key: "a" }, never), error);
    assert.equal((await once(store, { key: "a" }, () => 1)).value, 1);
  });

  test("at the claim, after it was granted: it is given back", async () => {
    let fails = 2;
    const store = wrapped({
      claim: async (really) => {
        const answer = await really();
        if ((fails -= 1) >= 0) throw new Error("the answer is lost");
        return answer;
      },
    });
    await assert.rejects(once(store, { key: "a" }, never), /the answer is lost/);
    await sleep(20);
    assert.equal((await once(store, { key: "a" }, () => 1)).value, 1);
  });

  test("by granting when the lease is over: the handler does not run", async () => {
    const store = wrapped({ claim: (really) => really().then((it) => sleep(200).then(() => it)) });
    const run = once(store, { key: "a" }, never, { leaseMs: 100, storeTimeoutMs: 5_000 });
    await assert.rejects(run, { code: "store_timeout" });
  });

  test("once, at any step: the step is done again", async () => {
    const once2 = { claim: failing(1), commit: failing(1), release: failing(1) };
    const store = wrapped(once2);
    const fail = () => {
      throw new Error("the handler's own");
    };
    await assert.rejects(once(store, { key: "a" }, fail), /the handler's own/);
    assert.equal((await once(store, { key: "a" }, () => 1)).committed, true);
  });

  test("at the commit: done, with the error, and not committed", async () => {
    const error = new Error("the store is down");
    const store = wrapped({ commit: failing(2, error) });
    const result = await once(store, { key: "a" }, () => 1);
    assert.deepEqual(result, { status: "done", value: 1, committed: false, error });
    assert.equal((await once(store, { key: "a" }, never)).status, "busy");
  });

  test("at the release: the handler's error comes out", async () => {
    const store = wrapped({ release: failing(2) });
    const fail = () => {
      throw new Error("the handler's own");
    };
    await assert.rejects(once(store, { key: "a" }, fail), /the handler's own/);
    assert.equal((await once(store, { key: "a" }, never)).status, "busy");
  });

  test("where types are counted: its error comes out, and the claim is given back", async () => {
    const event = verified("boateros", { body: "{}", type: "crew.moved" });
    const isPlace = (key) => key.endsWith("#0");
    for (const method of ["claim", "commit"]) {
      const down = failing(2);
      const store = wrapped({ [method]: (really, key) => (isPlace(key) ? down(really) : really()) });
      await assert.rejects(once(store, event, never), /the store is down/);
      assert.equal((await once(store, event, () => 1)).value, 1);
    }
  });

  test("by not answering: it is given up in time, and what it grants late is given back", async () => {
    let answer;
    const hanging = new Promise((done) => (answer = done));
    const store = wrapped({ claim: (really) => hanging.then(really) });
    const started = performance.now();
    const run = once(store, { key: "a" }, never, { storeTimeoutMs: 50 });
    await assert.rejects(run, (error) => error instanceof DedupeError && error.code === "store_timeout");
    assert.ok(performance.now() - started < 2_000);
    answer();
    await sleep(20);
    assert.equal((await store.store.claim("a", "another", 1_000)).status, "granted");
  });

  test("by not answering at the commit, and at the release", async () => {
    const hang = () => new Promise(() => {});
    const options = { storeTimeoutMs: 50 };
    const result = await once(wrapped({ commit: hang }), { key: "a" }, () => 1, options);
    assert.deepEqual([result.value, result.committed, result.error.code], [1, false, "store_timeout"]);
    const fail = () => {
      throw new Error("the handler's own");
    };
    const run = once(wrapped({ release: hang }), { key: "a" }, fail, options);
    await assert.rejects(run, /the handler's own/);
  });

  test("by not answering where types are counted", async () => {
    const event = verified("boateros", { body: "{}", type: "crew.moved" });
    const hang = (really, key) => (key.endsWith("#0") ? new Promise(() => {}) : really());
    for (const method of ["claim", "commit"]) {
      const store = wrapped({ [method]: hang });
      const run = once(store, event, never, { storeTimeoutMs: 50 });
      await assert.rejects(run, { code: "store_timeout" });
      assert.equal(store.calls.at(-1)[0], "release");
    }
  });

  test("with an answer that is none", async () => {
    for (const answer of [undefined, null, {}, { status: "yes" }, true]) {
      const store = wrapped({ claim: () => answer });
      const result = await once(store, { key: "a" }, never).catch((error) => error);
      assert.ok(result instanceof Error || result.status === "busy", `${answer}`);
    }
  });
});

describe("both builds", () => {
  const cjs = require("countersign/dedupe");

  test("have a class of errors each, and each knows the other's", async () => {
    assert.notEqual(cjs.DedupeError, DedupeError);
    const hang = { ...memoryStore(), claim: () => new Promise(() => {}) };
    for (const build of [cjs, countersign]) {
      const run = build.once(hang, { key: "a" }, never, { storeTimeoutMs: 10 });
      const error = await run.catch((thrown) => thrown);
      for (const { DedupeError: type } of [cjs, countersign]) assert.ok(error instanceof type);
      assert.equal(error.name, "DedupeError");
      assert.ok(!(new Error() instanceof build.DedupeError));
      class Derived extends build.DedupeError {}
      assert.ok(!(error instanceof Derived));
    }
  });

  test("export the same", () => {
    for (const entry of ["dedupe", "dedupe/redis", "dedupe/sql", "dedupe/kv", "dedupe/deno-kv"]) {
      for (const name of Object.keys(require(`countersign/${entry}`))) {
        assert.equal(typeof countersign[name], "function", `${entry}: ${name}`);
      }
    }
  });

  test("take each other's events", async () => {
    const event = verified("peeker", { id: "evt_1", body: "{}" });
    const store = cjs.memoryStore();
    assert.equal((await cjs.once(store, event, () => 1)).value, 1);
    assert.equal((await once(store, event, never)).status, "duplicate");
  });
});

test("SQL: what is no query function, no dialect, no table, no rows", async () => {
  const { createTable, sqlStore } = countersign;
  const query = async () => [];
  assert.throws(() => sqlStore(undefined, { dialect: "sqlite" }), { code: "invalid_store" });
  assert.throws(() => sqlStore(query, { dialect: "mysql" }), { code: "invalid_store" });
  for (const table of ["", "a b", "a;b", "1a", "a.b.c", 'a"', "é"]) {
    assert.throws(() => createTable(table), { code: "invalid_store" }, table);
    assert.throws(() => sqlStore(query, { dialect: "sqlite", table }), { code: "invalid_store" });
  }
  for (const rows of [undefined, null, 1, { changes: 1 }]) {
    const store = sqlStore(() => rows, { dialect: "sqlite" });
    await assert.rejects(once(store, { key: "a" }, never), { code: "invalid_store" });
  }
});

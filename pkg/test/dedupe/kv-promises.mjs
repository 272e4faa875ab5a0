// What the store on Workers KV does and does not do. Runs in workerd.

import assert from "node:assert/strict";

const OPTIONS = { windowSeconds: 3_600 };
let keys = 0;
const fresh = () => ({ key: `kv_${Date.now().toString(36)}_${(keys += 1)}` });
const never = () => assert.fail("the handler has run");

/** The namespace, but for some methods. */
const like = (namespace, methods) => ({
  get: (...words) => namespace.get(...words),
  put: (...words) => namespace.put(...words),
  ...methods,
});

const fails = async () => {
  throw new Error("KV is down");
};

export const KV_PROMISES = {
  async "what one isolate has committed, another recognises"(rig) {
    const event = fresh();
    assert.equal((await rig.once(rig.isolate(), event, () => 1, OPTIONS)).committed, true);
    const other = await rig.once(rig.isolate(), event, never, OPTIONS);
    assert.equal(other.status, "duplicate");
    assert.ok(other.until > Date.now());
    await rig.advance(3_600_001);
    assert.equal((await rig.once(rig.isolate(), event, () => 2, OPTIONS)).value, 2);
  },

  async "two isolates may work at once: it is best effort"(rig) {
    const event = fresh();
    const copy = () => rig.once(rig.isolate(), event, () => "worked", OPTIONS);
    const outer = await rig.once(rig.isolate(), event, copy, OPTIONS);
    assert.equal(outer.value.value, "worked");
    // The other has lost nothing: it says that its work is done.
    assert.equal(outer.status, "done");
    assert.equal((await rig.once(rig.isolate(), event, never, OPTIONS)).status, "duplicate");
  },

  async "what KV does not show yet, the isolate itself remembers"(rig) {
    const event = fresh();
    const stale = like(rig.namespace, { get: async () => null });
    const isolate = rig.isolate(stale);
    await rig.once(isolate, event, () => {}, OPTIONS);
    assert.equal((await rig.once(isolate, event, never, OPTIONS)).status, "duplicate");
    assert.equal((await rig.once(rig.isolate(stale), event, () => {}, OPTIONS)).status, "done");
  },

  async "KV can't be read: the error comes out, nothing runs, and nothing stays claimed"(rig) {
    const event = fresh();
    let isDown = true;
    const get = (key) => (isDown ? fails() : rig.namespace.get(key));
    const isolate = rig.isolate(like(rig.namespace, { get }));
    await assert.rejects(rig.once(isolate, event, never, OPTIONS), /KV is down/);
    isDown = false;
    assert.equal((await rig.once(isolate, event, () => {}, OPTIONS)).committed, true);
  },

  async "KV can't be written: done, not committed, and the isolate remembers"(rig) {
    const event = fresh();
    const isolate = rig.isolate(like(rig.namespace, { put: fails }));
    const result = await rig.once(isolate, event, () => 1, OPTIONS);
    assert.deepEqual([result.status, result.value, result.committed], ["done", 1, false]);
    assert.match(result.error.message, /KV is down/);
    assert.equal((await rig.once(isolate, event, never, OPTIONS)).status, "duplicate");
    assert.equal((await rig.once(rig.isolate(), event, () => {}, OPTIONS)).status, "done");
  },

  async "an event costs one read and one write, a copy one read at most"(rig) {
    const event = fresh();
    const calls = [];
    const counted = like(rig.namespace, {
      get: (key) => {
        calls.push("get");
        return rig.namespace.get(key);
      },
      put: (key, value, options) => {
        calls.push("put", options.expirationTtl);
        return rig.namespace.put(key, value, options);
      },
    });
    const isolate = rig.isolate(counted, { prefix: "app/" });
    await rig.once(isolate, event, () => {}, OPTIONS);
    assert.deepEqual(calls.splice(0), ["get", "put", 3_600]);
    await rig.once(isolate, event, never, OPTIONS);
    assert.deepEqual(calls.splice(0), []);
    await rig.once(rig.isolate(counted, { prefix: "app/" }), event, never, OPTIONS);
    assert.deepEqual(calls, ["get"]);
    assert.notEqual(await rig.namespace.get(`app/${event.key}`), null);
  },

  async "a value of somebody else's is an error, not an event that was seen"(rig) {
    for (const value of ["{}", "null", "seen", '{"token":1,"until":2}']) {
      const event = fresh();
      await rig.namespace.put(`countersign:${event.key}`, value);
      await assert.rejects(rig.once(rig.isolate(), event, never, OPTIONS));
    }
  },

  async "what is no namespace"(rig) {
    for (const namespace of [undefined, null, {}, "SEEN"]) {
      assert.throws(() => rig.isolate(namespace ?? null), { code: "invalid_store" });
    }
  },
};

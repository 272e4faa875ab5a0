// Memory over a million verifications: Node's, and WebAssembly's, which never shrinks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { load, now, SECRET } from "./installed.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

// Instances are made at first use; whoever makes one is overheard.
const instances = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    instances.push(this);
  }
};

const packages = await load();
const { Verifier, sign } = packages.countersign;
const { explain } = packages.explain;

const KIB = 1024;
const MIB = 1024 * KIB;
const MANY = Number(process.env.COUNTERSIGN_VERIFICATIONS ?? 1_000_000);

/** The verifier's memory, and the signer's once something was signed. */
function wasmBytes() {
  assert.ok(instances.length >= 1 && instances.length <= 2, `${instances.length} instances`);
  const memories = instances
    .flatMap(({ exports }) => Object.values(exports))
    .filter((value) => value instanceof WebAssembly.Memory);
  assert.equal(memories.length, instances.length);
  return memories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);
}

/** What is held when nothing that could be let go is. */
async function held() {
  for (let i = 0; i < 3; i += 1) {
    collect();
    await turn();
  }
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers, wasm: wasmBytes() };
}

const LIMITS = {
  rss: 24 * MIB,
  heapUsed: 2 * MIB,
  external: 256 * KIB,
  arrayBuffers: 256 * KIB,
  wasm: 0,
};

/** Runs `step` so often that what it leaves behind adds up; compares the middle with the end. */
async function flat(t, step, times, limits = LIMITS) {
  const batch = Math.ceil(times / 10);
  const readings = [];
  for (let i = 0; i < 10; i += 1) {
    for (let j = 0; j < batch; j += 1) {
      const pending = step(i * batch + j);
      if (pending instanceof Promise) await pending;
    }
    readings.push(await held());
  }
  // The first batches compile, and see every size once.
  const early = readings[2];
  const late = readings.at(-1);
  const grown = Object.fromEntries(
    Object.keys(LIMITS).map((name) => [name, late[name] - early[name]]),
  );
  const shown = Object.entries(grown).map(
    ([name, bytes]) => `${name} ${(bytes / KIB).toFixed(0)} KiB`,
  );
  t.diagnostic(`${times}: ${shown.join(", ")}; wasm ${late.wasm / KIB} KiB in all`);
  for (const [name, limit] of Object.entries(limits)) {
    assert.ok(
      grown[name] <= limit,
      `${name} grew by ${grown[name]} bytes: ${JSON.stringify(readings)}`,
    );
  }
}

/** Sizes by how often they come: mostly small ones, seldom a megabyte. */
function sizeOf(turn) {
  if (turn % 50_000 === 1) return MIB;
  if (turn % 1000 === 2) return 100_000;
  if (turn % 100 === 3) return 5000;
  return [0, 1, 57, 200, 300, 900][turn % 6];
}

const message = (size) => {
  const body = Buffer.alloc(size, "{");
  return { body, headers: sign("peeker", { secret: SECRET, body, id: "evt_1", timestamp: now() }) };
};
const messages = new Map(
  [0, 1, 57, 200, 300, 900, 5000, 100_000, MIB].map((size) => [size, message(size)]),
);
const options = { secrets: [SECRET, `${SECRET}, and another`], now };

for (const digest of ["wasm", "host", "auto"]) {
  test(`${MANY} verifications, ${digest} digests, are flat`, async (t) => {
    const verifier = new Verifier("peeker", { ...options, digest });
    await flat(
      t,
      (turn) => {
        const { body, headers } = messages.get(sizeOf(turn));
        const { event } = verifier.safeVerify(body, headers);
        // Reading what is lazy makes values in the core, too.
        if (event.dedupeKey !== "peeker:evt_1" || event.type !== undefined)
          throw new Error("wrong");
      },
      MANY,
    );
  });

  test(`refusals, ${digest} digests, are flat`, async (t) => {
    const verifier = new Verifier("peeker", { ...options, digest });
    const { headers } = messages.get(57);
    const { timestamp: _, ...rest } = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.slice(7).toLowerCase(), value]),
    );
    const bad = [
      headers,
      {},
      { ...headers, "Peeker-Timestamp": "x".repeat(MIB) },
      rest,
      [["a", 5]],
    ];
    const bodies = [Buffer.alloc(58), "text", {}, null, "\ud800"];
    await flat(
      t,
      (turn) => {
        const given = turn % 5000 === 2 ? bad[2] : bad[[0, 1, 3, 4][turn % 4]];
        const { ok } = verifier.safeVerify(bodies[turn % bodies.length], given);
        if (ok) throw new Error("wrong");
      },
      MANY / 5,
    );
  });
}

test("verifyRequest is flat", async (t) => {
  const verifier = new Verifier("peeker", options);
  await flat(
    t,
    async (turn) => {
      const { body, headers } = messages.get(turn % 500 === 0 ? 100_000 : 300);
      const request = new Request("https://receiver.test/", { method: "POST", headers, body });
      await verifier.verifyRequest(request);
    },
    MANY / 50,
    { ...LIMITS, heapUsed: 6 * MIB, rss: 48 * MIB },
  );
});

test("sign and explain are flat", async (t) => {
  const verifier = new Verifier("peeker", options);
  const { body, headers } = messages.get(57);
  const longer = Buffer.concat([body, Buffer.from("\n")]);
  await flat(
    t,
    (turn) => {
      sign("peeker", { secret: SECRET, body, id: `evt_${turn}`, timestamp: now() });
      explain(verifier, longer, headers);
      explain(verifier, JSON.parse('{"a":1}'), headers);
    },
    MANY / 200,
  );
});

test("exceptions of the caller's own leave nothing behind", async (t) => {
  const verifier = new Verifier("peeker", options);
  const { body } = messages.get(5000);
  const headers = {
    get "Peeker-Timestamp"() {
      throw new RangeError("mine");
    },
  };
  await flat(
    t,
    () => {
      assert.throws(() => verifier.verify(body, headers), RangeError);
      assert.throws(() => new Verifier("peeker", { secrets: "short" }));
    },
    MANY / 20,
  );
});

test("verifiers that nobody holds are let go", async (t) => {
  const { body, headers } = messages.get(57);
  await flat(
    t,
    async (turn) => {
      const verifier = new Verifier("peeker", options);
      if (!verifier.safeVerify(body, headers).ok) throw new Error("wrong");
      // As a server does between requests.
      if (turn % 1000 === 0) await turnAndCollect();
    },
    MANY / 10,
    { ...LIMITS, heapUsed: 6 * MIB },
  );
});

const turnAndCollect = async () => {
  collect();
  await turn();
};

test("verifiers that are collected when Node likes don't grow without bound", async (t) => {
  for (let i = 0; i < 100; i += 1) {
    for (let j = 0; j < 1000; j += 1) new Verifier("peeker", options);
    await turn();
  }
  const grown = await held();
  t.diagnostic(`100000 verifiers without a forced collection: wasm ${grown.wasm / KIB} KiB`);
  assert.ok(grown.wasm < 128 * MIB, `${grown.wasm} bytes of WebAssembly memory`);
});

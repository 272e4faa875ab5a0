// Between JavaScript and WebAssembly there is one buffer for every request, and a host that hashes
// for every key: nothing of one request, or of its caller's, may get into the verdict of another.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { load, NOW, now, SECRET } from "./installed.mjs";

// Instances are made at first use; whoever makes one is overheard.
const made = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    made.push(this.exports);
  }
};

const { countersign } = await load();
const { Verifier, sign } = countersign;

const OTHER = "another secret, which comes first";
const DIGESTS = ["wasm", "host", "auto"];
/** Each takes another way; 131,072 bytes just fit into the buffer. */
const SIZES = [5, 300, 20_000, 131_072, 131_073, 300_000];

const verifierOf = (digest, more = {}) =>
  new Verifier("peeker", { secrets: [OTHER, SECRET], now, digest, ...more });
const bytesOf = (size, byte = 0x78) => new Uint8Array(size).fill(byte);

function headersOf(body, id = "evt_1", secret = SECRET) {
  const mac = createHmac("sha256", secret).update(`1763740800.${id}.`).update(body).digest("hex");
  return {
    "Peeker-Timestamp": "1763740800",
    "Peeker-Event-Id": id,
    "Peeker-Signature": `v1=${mac}`,
  };
}

/** Runs this for each digest and each size of a body. */
function each(run, sizes = SIZES) {
  for (const digest of DIGESTS) {
    for (const size of sizes) run(verifierOf(digest), size, `${size} bytes (${digest})`);
  }
}

const verdict = ({ ok, event, error }) => (ok ? `valid ${event.keyId} ${event.id}` : error.code);

test("a request after one of the same lengths is judged by its own id", () => {
  each((verifier, size, say) => {
    const body = bytesOf(size);
    const headers = headersOf(body, "evt_1");
    assert.equal(verdict(verifier.safeVerify(body, headers)), "valid key-2 evt_1", say);
    const stolen = { ...headers, "Peeker-Event-Id": "evt_2" };
    assert.equal(verdict(verifier.safeVerify(body, stolen)), "signature_mismatch", say);
    const next = headersOf(body, "evt_3");
    assert.equal(verdict(verifier.safeVerify(body, next)), "valid key-2 evt_3", say);
  });
});

test("a request after one of the same lengths is judged by its own body", () => {
  each((verifier, size, say) => {
    const [body, other] = [bytesOf(size), bytesOf(size, 0x79)];
    const headers = headersOf(body);
    assert.equal(verdict(verifier.safeVerify(body, headers)), "valid key-2 evt_1", say);
    assert.equal(verdict(verifier.safeVerify(other, headers)), "signature_mismatch", say);
    assert.equal(verdict(verifier.safeVerify(other, headersOf(other))), "valid key-2 evt_1", say);
  });
});

test("each of two keys signs for itself, in turn", () => {
  each((verifier, size, say) => {
    const body = bytesOf(size);
    for (const secret of [OTHER, SECRET, OTHER, "a secret of somebody else's", SECRET]) {
      const key = [OTHER, SECRET].indexOf(secret) + 1;
      const expected = key === 0 ? "signature_mismatch" : `valid key-${key} evt_1`;
      const headers = headersOf(body, "evt_1", secret);
      assert.equal(verdict(verifier.safeVerify(body, headers)), expected, say);
    }
  });
});

test("a header of 1,025 characters is as much too long as one of 5,000", () => {
  each((verifier, size, say) => {
    const body = bytesOf(size);
    const headers = headersOf(body);
    const signed = headers["Peeker-Signature"];
    const judged = [1024, 1025, 1026, 5000].map((length) => {
      const signature = `${signed},v2=`.padEnd(length, "0");
      return verdict(verifier.safeVerify(body, { ...headers, "Peeker-Signature": signature }));
    });
    const wrong = "malformed_header";
    assert.deepEqual(judged, ["valid key-2 evt_1", wrong, wrong, wrong], say);
  });
});

test("a body's own getters may verify meanwhile", () => {
  each((verifier, size, say) => {
    if (size % 2 === 1) return;
    const other = bytesOf(size, 0x7a);
    for (const name of ["buffer", "byteOffset", "byteLength"]) {
      const body = new Uint16Array(bytesOf(size).buffer);
      let isAsked = false;
      const real = body[name];
      const get = () => {
        isAsked = true;
        const inner = verifier.safeVerify(other, headersOf(other, "evt_22"));
        assert.equal(verdict(inner), "valid key-2 evt_22", say);
        return real;
      };
      Object.defineProperty(body, name, { get });
      const headers = headersOf(bytesOf(size));
      assert.equal(verdict(verifier.safeVerify(body, headers)), "valid key-2 evt_1", say);
      assert.ok(isAsked, `nobody asked for ${name}`);
    }
  });
});

/** What bytes may say of themselves. */
const LIES = {
  "a length that is too short": (size) => ({ length: size - 1, byteLength: size - 1 }),
  "a length of nothing": () => ({ length: 0, byteLength: 0 }),
  "a length that is too long": (size) => ({ length: size + 1, byteLength: size + 1 }),
  "a length that is no number": () => ({ length: {}, byteLength: {} }),
  "another place": () => ({ byteOffset: 1 }),
  "another buffer": (size) => ({ buffer: bytesOf(size + 2, 0x79).buffer, byteOffset: 0 }),
  "other methods": () => ({
    subarray: () => assert.fail("subarray is called"),
    slice: () => assert.fail("slice is called"),
    set: () => assert.fail("set is called"),
    [Symbol.iterator]: () => assert.fail("it is iterated"),
  }),
  "another species": (size) => {
    const other = bytesOf(size, 0x79);
    const species = (_, at = 0, length = size) => other.subarray(at, at + length);
    return {
      constructor: {
        [Symbol.species]: function (...place) {
          return species(...place);
        },
      },
    };
  },
  "another kind": () => ({ [Symbol.toStringTag]: "Uint16Array" }),
};

for (const [what, lie] of Object.entries(LIES)) {
  test(`bytes that name ${what} are judged by what the proof shows`, () => {
    each((verifier, size, say) => {
      const truth = bytesOf(size);
      const views = {
        "a Buffer": (bytes) => Buffer.from(bytes),
        "a Uint8Array": (bytes) => bytes.slice(),
        "a view": (bytes) => Buffer.concat([Buffer.from("{"), bytes]).subarray(1),
      };
      for (const [kind, view] of Object.entries(views)) {
        const lying = (bytes) => {
          const descriptors = Object.getOwnPropertyDescriptors(lie(size));
          return Object.defineProperties(view(bytes), descriptors);
        };
        const result = verifier.safeVerify(lying(truth), headersOf(truth));
        assert.equal(verdict(result), "valid key-2 evt_1", `${kind}, ${say}`);
        const shown = Buffer.from(result.event.body);
        assert.ok(shown.equals(truth), `${kind}, ${say}: the proof shows something else`);
        assert.equal(result.event.text(), Buffer.from(truth).toString(), `${kind}, ${say}`);
        for (const forged of [bytesOf(size, 0x79), bytesOf(size - 1), bytesOf(size + 1)]) {
          const refused = verdict(verifier.safeVerify(lying(forged), headersOf(truth)));
          assert.equal(refused, "signature_mismatch", `${kind}, ${say}, forged`);
        }
      }
    });
  });
}

test("what somebody else can change stays what was verified", () => {
  each((verifier, size, say) => {
    const truth = bytesOf(size);
    const shared = new Uint8Array(new SharedArrayBuffer(size));
    const resizable = new Uint8Array(new ArrayBuffer(size, { maxByteLength: 2 * size }));
    for (const given of [shared, resizable]) {
      given.set(truth);
      const event = verifier.verify(given, headersOf(truth));
      given.fill(0x79);
      if (given === resizable) given.buffer.resize(size - 1);
      assert.ok(Buffer.from(event.body).equals(truth), say);
    }
  });
});

/** Where the verifier's keys stand in WebAssembly's memory, as they are hashed. */
function pads() {
  const [{ memory }] = made;
  const places = [OTHER, SECRET].flatMap((secret) => {
    const key = Buffer.alloc(64);
    key.write(secret);
    const pad = key.map((byte) => byte ^ 0x36);
    const found = [];
    const bytes = Buffer.from(memory.buffer);
    for (let at = bytes.indexOf(pad); at >= 0; at = bytes.indexOf(pad, at + 1)) found.push(at);
    return found;
  });
  assert.ok(places.length > 0, "the keys are found where the verifier keeps them");
  return places;
}

/** Those of them that stand in the buffer that every request goes through. */
function padsInBuffer() {
  const [{ messageAddress, headCapacity, bodyCapacity }] = made;
  const start = messageAddress() >>> 0;
  const end = start + headCapacity() + bodyCapacity();
  return pads().filter((place) => place >= start && place < end);
}

test("after a verdict no key is left in the buffer", () => {
  each((verifier, size, say) => {
    const body = bytesOf(size);
    const genuine = headersOf(body);
    const late = { ...genuine, "Peeker-Timestamp": "1763740000" };
    for (const headers of [genuine, headersOf(body, "evt_1", OTHER), headersOf("x"), late, {}]) {
      const judged = verdict(verifier.safeVerify(body, headers));
      assert.deepEqual(padsInBuffer(), [], `${say}: ${judged}`);
    }
  });
});

test("memory that grows while an event's type is read is found again", () => {
  verifierOf("wasm");
  const [{ memory }] = made;
  const before = memory.buffer.byteLength;
  each(
    (verifier, size, say) => {
      const body = bytesOf(size, 0x20);
      for (let turn = 0; turn < 2; turn += 1) {
        const event = verifier.verify(body, headersOf(body));
        assert.equal(event.type, undefined, say);
        assert.equal(event.dedupeKey, "peeker:evt_1", say);
      }
    },
    [300, 3_000_000, 300, 9_000_000, 300],
  );
  assert.ok(memory.buffer.byteLength > before, "memory has not grown");
});

test("memory that grows between two keys is found again", () => {
  const body = bytesOf(5000);
  const headers = headersOf(body);
  // Of these, some need another page for what they note about the first key.
  const kept = [];
  for (let turn = 0; turn < 5000; turn += 1) {
    const verifier = verifierOf("host");
    kept.push(verifier);
    assert.equal(verdict(verifier.safeVerify(body, headers)), "valid key-2 evt_1", `${turn}`);
  }
});

test("a host that gives no digest is not asked for ever", () => {
  const host = process.getBuiltinModule("node:crypto");
  const { hash } = host;
  const verifier = verifierOf("host");
  const body = bytesOf(300);
  for (const digest of ["", "0", "x".repeat(64), "0".repeat(63), "0".repeat(66)]) {
    let asked = 0;
    host.hash = () => {
      asked += 1;
      if (asked > 9) throw new Error("asked too often");
      return digest;
    };
    try {
      const judged = verdict(verifier.safeVerify(body, headersOf(body)));
      assert.equal(judged, "signature_mismatch", digest);
    } finally {
      host.hash = hash;
    }
    assert.deepEqual(padsInBuffer(), [], digest);
  }
  assert.equal(verdict(verifier.safeVerify(body, headersOf(body))), "valid key-2 evt_1");
});

test("a host that throws leaves no key in the buffer", () => {
  const host = process.getBuiltinModule("node:crypto");
  const { hash } = host;
  const verifier = verifierOf("host");
  const body = bytesOf(300);
  host.hash = () => {
    throw new Error("mine");
  };
  try {
    assert.throws(() => verifier.verify(body, headersOf(body)), { message: "mine" });
  } finally {
    host.hash = hash;
  }
  assert.deepEqual(padsInBuffer(), []);
  assert.equal(verdict(verifier.safeVerify(body, headersOf(body))), "valid key-2 evt_1");
});

test("a streamed body is as long as its pieces are, whatever they say", async () => {
  const body = bytesOf(5000);
  for (const length of [0, 1, 4999, 5001, 2 ** 40, -5, Number.NaN, "7", {}]) {
    const pieces = [0, 2500].map((at) =>
      Object.defineProperty(body.slice(at, at + 2500), "length", { value: length }),
    );
    const read = async () => ({ done: pieces.length === 0, value: pieces.shift() });
    const stream = { getReader: () => ({ read, cancel: async () => {} }) };
    const request = { headers: headersOf(body), bodyUsed: false, body: stream };
    const event = await verifierOf("auto").verifyRequest(request);
    assert.ok(Buffer.from(event.body).equals(body), String(length));
  }
});

test("events whose bytes were given away have no dedupe key in common", () => {
  for (const digest of DIGESTS) {
    const verifier = new Verifier("boateros", { secrets: SECRET, now, digest });
    const verified = (body) => {
      const headers = sign("boateros", { secret: SECRET, body, timestamp: new Date(NOW) });
      return verifier.verify(body, headers);
    };
    const giveAway = ({ buffer }) => structuredClone(buffer, { transfer: [buffer] });
    const [body, other] = [bytesOf(300), bytesOf(300)];
    const [read, unread] = [verified(body), verified(other)];
    const key = read.dedupeKey;
    [body, other].forEach(giveAway);
    assert.equal(read.dedupeKey, key);
    assert.throws(() => unread.dedupeKey, { name: "TypeError", message: /detached/ });
    assert.match(verified(new Uint8Array()).dedupeKey, /:e3b0c442[0-9a-f]{56}$/);
  }
});

// What a review of the package broke once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import vm from "node:vm";
import { load } from "./installed.mjs";

const packages = await load();
const { explain } = packages.explain;
const { ConfigError, VerificationError, Verifier, defineScheme, sign } = packages.countersign;

const SECRET = "a secret that is long enough";
const BODY = '{"type":"order.completed"}';

const genuine = () => sign("peeker", { secret: SECRET, id: "evt_1", body: BODY });

/** The error that this throws. */
function thrown(run) {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("a key's id that is longer than the buffer shows nothing of the request before", () => {
  const verifier = new Verifier("peeker", { secrets: SECRET });
  assert.equal(verifier.verify(BODY, genuine()).dedupeKey, "peeker:evt_1");
  const id = "k".repeat(70_000);
  const error = thrown(
    () =>
      new Verifier("peeker", {
        secrets: [
          { id, secret: SECRET },
          { id, secret: `${SECRET} 2` },
        ],
      }),
  );
  assert.ok(error instanceof ConfigError);
  assert.doesNotMatch(`${error.code} ${error.message}`, /peeker:|evt_1|order/);
});

test("headers that have nothing but get are explained as they are verified", () => {
  const verifier = new Verifier("peeker", { secrets: SECRET });
  const headers = new Headers(genuine());
  assert.equal(explain(verifier, BODY, { get: (name) => headers.get(name) }).ok, true);
});

test("a class derived from Uint8Array runs none of its code while a request is judged", () => {
  const verifier = new Verifier("peeker", { secrets: SECRET });
  class Bytes extends Uint8Array {
    get length() {
      verifier.safeVerify("{}", {});
      return super.length;
    }
    subarray(...range) {
      verifier.safeVerify("{}", {});
      return super.subarray(...range);
    }
  }
  const body = Bytes.from(new TextEncoder().encode(BODY));
  assert.equal(verifier.verify(body, genuine()).id, "evt_1");
});

test("timestamp: null is a mistake with a code", () => {
  const error = thrown(() => new Verifier("boateros", { secrets: SECRET, timestamp: null }));
  assert.equal(error.code, "invalid_timestamp_format");
});

test("sign refuses an option that it does not know, and no options", () => {
  const mistyped = { secret: SECRET, id: "evt_1", body: BODY, timestmp: new Date(0) };
  assert.equal(thrown(() => sign("peeker", mistyped)).code, "unknown_option");
  const error = thrown(() => sign("peeker"));
  assert.ok(error instanceof VerificationError || error instanceof ConfigError, String(error));
});

test("what a scheme's definition inherits is no part of it", () => {
  const definition = Object.assign(Object.create({ id: "X-Id" }), {
    name: "inherits",
    signature: { header: "X-Signature", syntax: "bare", encoding: "hex" },
    timestamp: { header: "X-Time", format: "unix-seconds" },
    signed: ["timestamp", "."],
    secret: "utf8",
  });
  const scheme = defineScheme(definition);
  const headers = { ...sign(scheme, { secret: SECRET, body: BODY }), "X-Id": "evil" };
  assert.equal(new Verifier(scheme, { secrets: SECRET }).verify(BODY, headers).id, undefined);
  assert.equal(thrown(() => defineScheme(1n)).code, "invalid_scheme");
});

test("a colon that was left out is found", () => {
  const slack = (signed) =>
    defineScheme({
      name: "slack",
      signature: { header: "X-Signature", syntax: "bare", encoding: "hex" },
      timestamp: { header: "X-Time", format: "unix-seconds" },
      signed,
      secret: "utf8",
    });
  const right = slack(["v0:", "timestamp", ":"]);
  const headers = sign(right, { secret: SECRET, body: `x${BODY}` });
  const time = headers["X-Time"];
  const { createHmac } = process.getBuiltinModule("node:crypto");
  headers["X-Signature"] = createHmac("sha256", SECRET).update(`v0:${time}${BODY}`).digest("hex");
  const { hints } = explain(new Verifier(right, { secrets: SECRET }), BODY, headers);
  assert.equal(hints[0]?.id, "separator_missing");
});

test("odd characters in a key's id are shown as they are", () => {
  const secrets = [
    { id: "a: b $` $&", secret: SECRET },
    { id: "a: b $` $&", secret: `${SECRET} 2` },
  ];
  assert.match(thrown(() => new Verifier("peeker", { secrets })).message, /a: b \$` \$&/);
});

test("a key's window does not follow the caller's Date", () => {
  const notAfter = new Date(Date.now() + 60_000);
  const verifier = new Verifier("peeker", { secrets: { secret: SECRET, notAfter } });
  notAfter.setTime(0);
  assert.equal(explain(verifier, BODY, genuine()).ok, true);
  assert.doesNotMatch(
    JSON.stringify(explain(verifier, `${BODY}\n`, genuine())),
    /key_outside_window/,
  );
});

test("bytes and dates of another realm are taken", () => {
  const secret = vm.runInNewContext(
    `new Uint8Array([...${JSON.stringify([...Buffer.from(SECRET)])}])`,
  );
  assert.equal(new Verifier("peeker", { secrets: secret }).verify(BODY, genuine()).id, "evt_1");
});

for (const key of ["", "\n", "\r\n", "\0", "whsec_", "key-1"]) {
  test(`a forgery under the key ${JSON.stringify(key)} is not explained as genuine`, () => {
    // What is no UTF-8 has no text that could have been meant.
    const secret = Uint8Array.from({ length: 24 }, (_, at) => 255 - at);
    const { createHmac } = process.getBuiltinModule("node:crypto");
    const time = `${Math.floor(Date.now() / 1000) - 4000}`;
    const tag = createHmac("sha256", key).update(`evt_1.${time}.${BODY}`).digest("base64");
    const headers = {
      "webhook-id": "evt_1",
      "webhook-timestamp": time,
      "webhook-signature": `v1,${tag}`,
    };
    const verifier = new Verifier("standard-webhooks", { secrets: secret });
    const { ok, hints } = explain(verifier, BODY, headers);
    assert.equal(ok, false);
    assert.doesNotMatch(JSON.stringify(hints), /is genuine/);
  });
}

/** A request whose body comes as these pieces. */
function requestOf(pieces, headers = genuine()) {
  const read = async () => {
    const { done, value } = pieces.next();
    return { done: done === true, value };
  };
  const body = { getReader: () => ({ read, cancel: async () => {} }) };
  return { headers: new Headers(headers), bodyUsed: false, body };
}

test("a body in a million pieces costs no more than in one", async () => {
  setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc");
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const body = new Uint8Array(1_000_000).fill(0x61);
  const headers = sign("peeker", { secret: SECRET, id: "evt_1", body });
  let held = 0;
  const pieces = (function* () {
    const before = heap();
    for (let at = 0; at < body.length; at++) yield body.subarray(at, at + 1);
    held = heap() - before;
  })();
  const verifier = new Verifier("peeker", { secrets: SECRET });
  const event = await verifier.verifyRequest(requestOf(pieces, headers), { timeoutMs: 120_000 });
  assert.deepEqual(event.body, body);
  assert.ok(held < 10_000_000, `${held} bytes of heap are held for the pieces`);
});

test("what a stream does with its pieces later does not matter", async () => {
  const piece = new TextEncoder().encode(BODY);
  const request = requestOf([piece].values());
  const event = await new Verifier("peeker", { secrets: SECRET }).verifyRequest(request);
  piece.fill(0);
  assert.equal(event.text(), BODY);
});

test("a stream that always has nothing ready ends with the deadline", async () => {
  const nothing = (function* () {
    for (;;) yield new Uint8Array();
  })();
  const verified = new Verifier("peeker", { secrets: SECRET }).verifyRequest(requestOf(nothing), {
    timeoutMs: 200,
  });
  await assert.rejects(verified, (error) => error.code === "body_timeout");
});

test("an odd content-length is no reason to refuse", async () => {
  for (const length of ["0x10000000", "1e9", "Infinity", "-1", "", "12, 12"]) {
    const request = requestOf([new TextEncoder().encode(BODY)].values());
    request.headers.set("content-length", length);
    const event = await new Verifier("peeker", { secrets: SECRET }).verifyRequest(request);
    assert.equal(event.id, "evt_1", length);
  }
  const request = requestOf([].values());
  request.headers.set("content-length", "50000000");
  const verified = new Verifier("peeker", { secrets: SECRET }).verifyRequest(request);
  await assert.rejects(verified, (error) => error.code === "body_too_large");
});

test("a secret in the wrong place is not shown", () => {
  const error = thrown(() => new Verifier("peeker", { secrets: { [SECRET]: 1 } }));
  assert.doesNotMatch(error.message, /long enough/);
});

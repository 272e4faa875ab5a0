// Shapes that only Node has: values of another realm, as test runners and `vm` make them, and what
// Node's HTTP server and its frameworks hand over.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { load, NOW, now, SECRET } from "./installed.mjs";

const { countersign } = await load();
const { Verifier, sign, VerificationError } = countersign;

const body = '{"type":"order.completed","name":"Zoë"}';
const headers = sign("peeker", { secret: SECRET, body, id: "evt_1", timestamp: now() });
const verifiers = ["wasm", "host", "auto"].map(
  (digest) => new Verifier("peeker", { secrets: SECRET, now, digest }),
);

const accepts = (what, given, sent = () => headers) => {
  for (const verifier of verifiers) {
    assert.equal(verifier.verify(given, sent()).id, "evt_1", what);
    assert.equal(verifier.verify(given, sent()).text(), body, what);
  }
};

const refuses = (what, given, sent, code) => {
  for (const verifier of verifiers) {
    const { ok, error } = verifier.safeVerify(given, sent);
    assert.ok(!ok && error instanceof VerificationError, what);
    assert.equal(error.code, code, what);
  }
};

const realm = createContext({ body, pairs: Object.entries(headers) });
const foreign = (code) => runInContext(code, realm);
runInContext(
  "bytes = Uint8Array.from(unescape(encodeURIComponent(body)), (c) => c.charCodeAt(0))",
  realm,
);

test("bodies of another realm", () => {
  for (const code of [
    "bytes",
    "bytes.buffer",
    "new DataView(bytes.buffer)",
    "bytes.subarray(0)",
    "new Int8Array(bytes.buffer)",
    "(() => { const s = new SharedArrayBuffer(bytes.length); new Uint8Array(s).set(bytes); return s })()",
    "(() => { const s = new SharedArrayBuffer(bytes.length); const v = new Uint8Array(s); v.set(bytes); return v })()",
    "(() => { const r = new ArrayBuffer(bytes.length, { maxByteLength: 500 }); new Uint8Array(r).set(bytes); return r })()",
  ])
    accepts(code, foreign(code));
  for (const code of [
    "({})",
    "[]",
    "new String(body)",
    "new Date()",
    "Promise.resolve(body)",
    "() => body",
    "new Proxy(bytes, {})",
  ]) {
    refuses(code, foreign(code), headers, "body_not_raw");
  }
});

test("headers of another realm", () => {
  for (const code of [
    "Object.fromEntries(pairs)",
    "pairs",
    "new Map(pairs)",
    "new Set(pairs)",
    "pairs.values()",
    "Object.assign(Object.create(null), Object.fromEntries(pairs))",
    "Object.fromEntries(pairs.map(([n, v]) => [n, [v]]))",
    "({ get: (name) => (pairs.find(([n]) => n.toLowerCase() === name.toLowerCase()) || [])[1] ?? null })",
  ])
    accepts(code, body, () => foreign(code));
  refuses(
    "an object in a list",
    body,
    foreign("Object.fromEntries(pairs.map(([n, v]) => [n, [{}]]))"),
    "malformed_header",
  );
});

test("a secret and a clock of another realm", () => {
  const secret = runInContext(`Uint8Array.from("${SECRET}", (c) => c.charCodeAt(0))`, realm);
  const clock = () => runInContext(`new Date(${NOW})`, realm);
  const notAfter = runInContext(`new Date(${NOW + 1})`, realm);
  const verifier = new Verifier("peeker", { secrets: [{ secret, notAfter }], now: clock });
  assert.equal(verifier.verify(body, headers).id, "evt_1");
  const options = foreign("({ secrets: [], now: null })");
  Object.assign(options, { now });
  options.secrets.push(SECRET);
  assert.equal(new Verifier("peeker", options).verify(body, headers).id, "evt_1");
  const signed = foreign("({ id: 'evt_1' })");
  Object.assign(signed, { secret, body, timestamp: clock() });
  assert.deepEqual(sign("peeker", signed), headers);
});

test("a request whose body comes in pieces of another realm", async () => {
  for (const verifier of verifiers) {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(foreign("bytes.slice(0, 5)"));
        controller.enqueue(foreign("bytes.slice(5)"));
        controller.close();
      },
    });
    const request = { headers: new Headers(headers), bodyUsed: false, body: stream };
    assert.equal((await verifier.verifyRequest(request)).text(), body);
  }
});

test("Buffers, wherever their bytes are", () => {
  const bytes = Buffer.from(body);
  const pool = Buffer.allocUnsafe(bytes.length);
  bytes.copy(pool);
  const slow = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(slow);
  for (const [what, buffer] of Object.entries({
    bytes,
    pool,
    slow,
    whole: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    within: Buffer.concat([Buffer.from("{"), bytes, Buffer.from("}")]).subarray(
      1,
      1 + bytes.length,
    ),
    base64: Buffer.from(bytes.toString("base64"), "base64"),
    hex: Buffer.from(bytes.toString("hex"), "hex"),
  })) {
    accepts(what, buffer);
    const event = verifiers[0].verify(buffer, headers);
    assert.ok(
      event.body.buffer === buffer.buffer && event.body.byteOffset === buffer.byteOffset,
      what,
    );
  }
  assert.ok(pool.byteOffset > 0 || pool.buffer.byteLength > pool.length, "a Buffer of the pool");
});

test("WebAssembly's memory, before and after it grows", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  const bytes = Buffer.from(body);
  const view = new Uint8Array(memory.buffer, 8, bytes.length);
  view.set(bytes);
  accepts("a view", view);
  memory.grow(1);
  refuses("a view that is left behind", view, headers, "body_not_raw");
  accepts("a new view", new Uint8Array(memory.buffer, 8, bytes.length));
});

test("what frameworks hand over in place of the body", async () => {
  const stream = Readable.from([Buffer.from(body)]);
  const web = Readable.toWeb(Readable.from([Buffer.from(body)]));
  const incoming = new IncomingMessage(null);
  const inputs = {
    stream,
    web,
    incoming,
    parsed: JSON.parse(body),
    "a thenable": { then() {} },
    "a Blob": new Blob([body]),
    "a File": new File([body], "body.json"),
    "form data": new FormData(),
    "search parameters": new URLSearchParams(body),
    "a URL": new URL("https://receiver.test/"),
    "an error": new Error(body),
    "a list of Buffers": [Buffer.from(body)],
    arguments: (function () {
      return arguments;
    })(body),
    "a WeakRef": new WeakRef(Buffer.from(body)),
  };
  for (const [what, given] of Object.entries(inputs)) {
    refuses(what, given, headers, "body_not_raw");
    const { error } = verifiers[0].safeVerify(given, headers);
    assert.ok(error.message.length > 30, `${what}: ${error.message}`);
  }
  stream.destroy();
  await web.cancel();
});

test("an IncomingMessage's headers, in each of its shapes", async () => {
  const server = createServer((incoming, response) => {
    response.end();
    server.emit("seen", incoming);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const seen = once(server, "seen");
  await fetch(`http://127.0.0.1:${server.address().port}/`, { method: "POST", body, headers });
  const [incoming] = await seen;
  server.close();
  const raw = incoming.rawHeaders;
  const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]]] : []));
  accepts("headers", body, () => incoming.headers);
  accepts("headersDistinct", body, () => incoming.headersDistinct);
  accepts("rawHeaders in pairs", body, () => pairs);
  const { ok, error } = verifiers[0].safeVerify(body, raw);
  assert.ok(!ok && error instanceof VerificationError, "rawHeaders as they are");
});

test("a subclass of Headers, and a Headers of another implementation", () => {
  class Mine extends Headers {}
  accepts("a subclass", body, () => new Mine(headers));
  class Polyfill {
    #map = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    get(name) {
      return this.#map.get(name.toLowerCase()) ?? null;
    }
    *entries() {
      yield* this.#map;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
  }
  accepts("a polyfill", body, () => new Polyfill());
});

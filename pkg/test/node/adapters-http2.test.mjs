// HTTP/2, in countersign/node and in Fastify. Here the CommonJS build is used.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, constants, createServer } from "node:http2";
import { buffer } from "node:stream/consumers";
import { after, test } from "node:test";
import Fastify from "fastify";
import { require, SECRET } from "./installed.mjs";

const { sign, Verifier } = require("countersign");
const adapters = { fastify: require("countersign/fastify"), node: require("countersign/node") };

const verifier = new Verifier("peeker", { secrets: SECRET });
const BODY = '{"type":"order.completed"}';
const signed = (body = BODY) => sign("peeker", { secret: SECRET, id: "evt_1", body });

const servers = [];
after(() => servers.forEach((server) => server.close()));

const listen = async (options) => {
  const fastify = Fastify({ http2: true });
  fastify.register(adapters.fastify.webhook(verifier, () => {}, options));
  await fastify.listen();
  const plain = createServer(adapters.node.webhook(verifier, () => {}, options));
  await once(plain.listen(0, "127.0.0.1"), "listening");
  servers.push(fastify, plain);
  return [plain.address().port, fastify.server.address().port];
};

test("a genuine request, a forged one, and one that goes on for ever", async () => {
  const started = Date.now();
  for (const port of await listen({ maxBytes: 1000 })) await overHttp2(port);
  assert.ok(Date.now() - started < 1500, "at once");
});

test("who goes on after the answer is told, and then cut off; others are not", async (t) => {
  for (const port of await listen({ maxBytes: 1000, timeoutMs: 100 })) {
    const session = connect(`http://127.0.0.1:${port}`);
    t.after(() => session.destroy());
    const begin = () => session.request({ ":method": "POST", ":path": "/", ...signed() });
    for (const [bytes, status] of [
      [60_000, 413],
      [1, 408],
    ]) {
      const stream = begin();
      stream.on("error", () => {});
      stream.resume();
      const closed = once(stream, "close", { signal: AbortSignal.timeout(10_000) });
      const timer = setInterval(() => stream.write(Buffer.alloc(bytes)), 50);
      const [answer] = await once(stream, "response");
      assert.equal(answer[constants.HTTP2_HEADER_STATUS], status);
      await closed.finally(() => clearInterval(timer));
    }
    const genuine = begin().end(BODY);
    const [answer] = await once(genuine, "response");
    assert.equal(answer[constants.HTTP2_HEADER_STATUS], 204);
  }
});

async function overHttp2(port) {
  const session = connect(`http://127.0.0.1:${port}`);
  const post = async (headers, ...parts) => {
    const stream = session.request({ ":method": "POST", ":path": "/", ...headers });
    stream.on("error", () => {});
    for (const part of parts.slice(0, -1)) stream.write(part);
    if (parts.at(-1) === undefined) stream.write(Buffer.alloc(2000));
    else stream.end(parts.at(-1));
    const [answer] = await once(stream, "response");
    return { status: answer[constants.HTTP2_HEADER_STATUS], text: `${await buffer(stream)}` };
  };
  assert.deepEqual(await post(signed(), BODY), { status: 204, text: "" });
  const unauthorized = { status: 401, text: '{"error":"unauthorized"}' };
  assert.deepEqual(await post(signed(), `${BODY} `), unauthorized);
  assert.deepEqual(await post(signed(), undefined), {
    status: 413,
    text: '{"error":"too_large"}',
  });
  assert.deepEqual(await post(signed(), BODY), { status: 204, text: "" });
  session.destroy();
}

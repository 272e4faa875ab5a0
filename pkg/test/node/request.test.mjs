// `verifyRequest` behind a real HTTP server, with clients that misbehave.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { load, now, SECRET } from "./installed.mjs";

const { countersign } = await load();
const { Verifier, sign, VerificationError, ConfigError } = countersign;
const verifier = new Verifier("peeker", { secrets: SECRET, now });
const LIMITS = { maxBytes: 10_000, timeoutMs: 300 };

const verdicts = [];
let port;
const server = createServer(async (incoming, response) => {
  const verdict = await judge(incoming).catch((error) => `threw ${error.stack}`);
  verdicts.push(verdict);
  response.statusCode = verdict === "valid" ? 200 : 400;
  response.end(verdict);
});

async function judge(incoming) {
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method,
    headers: Object.entries(incoming.headersDistinct).flatMap(([name, list]) =>
      list.map((one) => [name, one]),
    ),
    body: Readable.toWeb(incoming),
    duplex: "half",
  });
  try {
    await verifier.verifyRequest(request, LIMITS);
    return "valid";
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return error.code;
  }
}

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = server.address().port;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const signed = (body) => sign("peeker", { secret: SECRET, body, id: "evt_1", timestamp: now() });
const body = Buffer.from('{"type":"order.completed","name":"Zoë"}');

async function post(content, headers, more = {}) {
  const response = await fetch(`http://127.0.0.1:${port}/hook`, {
    method: "POST",
    headers,
    body: content,
    ...more,
  });
  return response.text();
}

/** The next verdict, whoever got the answer. */
async function nextVerdict(act) {
  const count = verdicts.length;
  await act();
  const end = Date.now() + 5000;
  while (verdicts.length === count && Date.now() < end) await sleep(5);
  return verdicts[count];
}

/** A client that writes what it likes; returns its socket. */
function client(head, ...pieces) {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const lines = Object.entries({ host: "receiver.test", ...head }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`POST /hook HTTP/1.1\r\n${lines.join("")}\r\n`);
  for (const piece of pieces) socket.write(piece);
  return socket;
}

test("a genuine request, whole and in chunks", async () => {
  assert.equal(await post(body, signed(body)), "valid");
  const stream = Readable.toWeb(Readable.from([body.subarray(0, 5), body.subarray(5)]));
  assert.equal(await post(stream, signed(body), { duplex: "half" }), "valid");
  const large = Buffer.alloc(10_000, "x");
  assert.equal(await post(large, signed(large)), "valid");
});

test("a forged one", async () => {
  assert.equal(await post(`${body} `, signed(body)), "signature_mismatch");
  assert.equal(await post(body, {}), "missing_header");
  assert.equal(await post(body, { ...signed(body), "Peeker-Event-Id": "a.b" }), "malformed_header");
});

test("a header that comes twice", async () => {
  const verdict = await nextVerdict(() => {
    const lines = Object.entries({ host: "a", ...signed(body), "content-length": body.length });
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST / HTTP/1.1\r\nPeeker-Timestamp: 1763740800\r\n");
    socket.write(lines.map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n");
    socket.end(body);
  });
  assert.equal(verdict, "ambiguous_header");
});

test("a body over the cap, announced and not", async () => {
  const large = Buffer.alloc(10_001, "x");
  assert.equal(await post(large, signed(large)), "body_too_large");
  const verdict = await nextVerdict(() => {
    const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
    client({ ...signed(large), "transfer-encoding": "chunked" }, chunk, chunk, chunk, chunk);
  });
  assert.equal(verdict, "body_too_large");
});

test("a length that is announced and too large, and nothing comes", async () => {
  const verdict = await nextVerdict(() =>
    client({ ...signed(body), "content-length": 50_000_000 }),
  );
  assert.ok(["body_too_large", "body_timeout"].includes(verdict), verdict);
});

test("headers that are refused are refused before anything comes", async () => {
  const started = Date.now();
  assert.equal(await nextVerdict(() => client({ "content-length": 100 })), "missing_header");
  assert.ok(Date.now() - started < LIMITS.timeoutMs, "at once");
});

test("a body that stalls, and one that trickles", async () => {
  const head = { ...signed(body), "content-length": body.length };
  assert.equal(await nextVerdict(() => client(head)), "body_timeout");
  assert.equal(await nextVerdict(() => client(head, body.subarray(0, 9))), "body_timeout");
  let stop = false;
  const verdict = await nextVerdict(async () => {
    const socket = client({ ...signed(body), "content-length": 5000 });
    (async () => {
      while (!stop) {
        socket.write("x");
        await sleep(20);
      }
      socket.destroy();
    })();
  });
  stop = true;
  assert.equal(verdict, "body_timeout");
});

test("a client that goes away", async () => {
  const head = { ...signed(body), "content-length": body.length };
  const verdict = await nextVerdict(async () => {
    const socket = client(head, body.subarray(0, 9));
    await sleep(50);
    socket.destroy();
  });
  assert.equal(verdict, "body_unreadable");
});

test("chunks that are no chunks", async () => {
  const verdict = await nextVerdict(() => {
    client({ ...signed(body), "transfer-encoding": "chunked" }, "5\r\nhello\r\nzz\r\n");
  });
  assert.equal(verdict, "body_unreadable");
});

test("fifty clients at once, good and bad, don't mix", async () => {
  const jobs = Array.from({ length: 50 }, async (_, i) => {
    const content = Buffer.alloc(i * 150, `${i}`);
    const sent = i % 3 === 0 ? `${content}!` : content;
    const verdict = await post(sent, signed(content));
    assert.equal(verdict, i % 3 === 0 ? "signature_mismatch" : "valid", `client ${i}`);
  });
  await Promise.all(jobs);
});

test("nothing is left running: no timer, no listener", async () => {
  const resources = () =>
    process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const started = resources();
  for (let i = 0; i < 20; i += 1) {
    const request = new Request("http://receiver.test/", {
      method: "POST",
      headers: signed(body),
      body,
    });
    await verifier.verifyRequest(request, { timeoutMs: 20_000 });
    await assert.rejects(
      verifier.verifyRequest(new Request("http://receiver.test/"), { timeoutMs: 20_000 }),
    );
  }
  assert.equal(resources(), started);
});

test("a signal that aborts the request", async () => {
  const controller = new AbortController();
  const stream = new ReadableStream({ start: (open) => open.enqueue(body.subarray(0, 5)) });
  const init = {
    method: "POST",
    headers: signed(body),
    body: stream,
    duplex: "half",
    signal: controller.signal,
  };
  const pending = verifier.verifyRequest(new Request("http://receiver.test/", init), {
    timeoutMs: 1000,
  });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(pending, (error) =>
    ["body_unreadable", "body_timeout"].includes(error.code),
  );
});

test("what is no Request is refused with a typed error, and never hangs", async () => {
  const headers = new Headers(signed(body));
  const plain = signed(body);
  const requests = {
    "an Express request with a parsed body": { headers: plain, body: JSON.parse(body) },
    "a body that is a parsed object": { headers, body: { a: 1 } },
    "a Node stream": Object.assign(Readable.from([body]), { headers: plain }),
    nothing: undefined,
    null: null,
    "a text": "request",
    "an empty object": {},
    "without headers": { body: new Response(body).body },
  };
  for (const [what, request] of Object.entries(requests)) {
    const pending = verifier.verifyRequest(request, { timeoutMs: 200 });
    assert.ok(pending instanceof Promise, what);
    await assert.rejects(pending, (error) => {
      const typed =
        error instanceof VerificationError ||
        error instanceof ConfigError ||
        error instanceof TypeError;
      assert.ok(typed && error.message.length > 20, `${what}: ${error}`);
      return true;
    });
  }
});

// The cases that hold for every adapter, over real HTTP, with senders that behave and others.
//
// - `command`, `folder`: what serves the application, and where; by default in a folder of its name
// - `prefix`: of all its routes
// - `error`: the body of the answer to a handler that throws, if it is the application's
// - `notPost`, `allow`: how another method is answered; `false` without a header `Allow`
// - `large`: how much a sender may go on sending after a refusal, and still be heard out
// - `resets`: whether the connection of who sends more may be reset before the answer is read
// - `cutsOff`: whether the connection is closed soon when a sender goes on for ever
// - `closes`: whether the runtime decides by itself when a connection is closed
// - `resources`: whether what the process has open can be counted
// - `late`, `kept`, `low`: whether there is such a route

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "../node/installed.mjs";
import { chunk, Client, LAST_CHUNK, pairs, send } from "./client.mjs";
import { SECRETS } from "./secrets.mjs";
import { start } from "./start.mjs";

const { sign } = (await load()).countersign;

const UNAUTHORIZED = '{"error":"unauthorized"}';
const BODY = Buffer.from('{"type":"order.completed","name":"Zoë"}');
/** No UTF-8, no JSON, a BOM, and a NUL. */
const BYTES = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x0d, 0x0a, 0x80]);
const JSON_TYPE = { "content-type": "application/json" };
const CAP = 10_000;
/** The limit on a body's time, and what a busy machine may add. */
const SLOW_MS = 1000;
const LATE_MS = 10_000;

export function suite(name, traits) {
  let app;
  let port;
  let counter = 0;

  const { prefix = "" } = traits;
  const state = async () => JSON.parse((await send(port, `${prefix}/state`, {}, "", "GET")).body);
  const post = (path, headers, body) => send(port, prefix + path, headers, body);
  const fresh = () => `case-${(counter += 1)}`;

  /** Signed headers, under a name by which the application's record of it is found. */
  const signed = (id, body, more = {}) => {
    const { scheme = "peeker", timestamp, ...headers } = more;
    const needsId = scheme === "peeker" ? { id } : {};
    const given = { secret: SECRETS[scheme], body, ...needsId, ...(timestamp && { timestamp }) };
    return { ...sign(scheme, given), ...JSON_TYPE, ...headers, "x-case": id };
  };

  /** What the application has recorded of a case, as soon as there is anything. */
  const recorded = async (kind, id) => {
    for (const end = Date.now() + LATE_MS; Date.now() < end; await sleep(20)) {
      const found = (await state())[kind].filter((each) => each.name === id);
      if (found.length > 0) return found;
    }
    throw new Error(`${id} is not among the ${kind}`);
  };

  const refusedWith = async (id, code) => {
    const codes = (await recorded("refused", id)).map((refusal) => refusal.code);
    assert.deepEqual(codes, [code]);
    const { events } = await state();
    assert.ok(!events.some((event) => event.name === id), "the handler was called");
  };

  const failedWith = async (id, pattern) => {
    const [error] = await recorded("errors", id);
    assert.match(`${error.code} ${error.message}`, pattern);
  };

  /** Opens a connection and writes a head; the rest is the case's. */
  const open = (headers, path = "/hooks/peeker") => {
    const client = new Client(port);
    client.head(prefix + path, headers);
    return client;
  };

  describe(`${name}:`, { concurrency: 4 }, () => {
    before(async () => {
      app = await start(traits.folder ?? name, traits.command);
      port = app.port;
    });
    after(async () => {
      const { unhandled } = await state();
      await app.stop();
      assert.deepEqual(unhandled, []);
    });

    test("a genuine request is handled, and answered 204", async () => {
      const id = fresh();
      const { status, body } = await post("/hooks/peeker", signed(id, BODY), BODY);
      assert.deepEqual({ status, body }, { status: 204, body: "" });
      const [event, ...others] = await recorded("events", id);
      assert.deepEqual(others, []);
      assert.deepEqual(event, {
        name: id,
        ...{ scheme: "peeker", id, type: "order.completed", keyId: "key-1" },
        body: BODY.toString("hex"),
      });
    });

    for (const scheme of ["peeker", "boateros"]) {
      for (const type of ["application/json", "text/plain", "a/b; charset=utf-16", undefined]) {
        test(`${scheme}: bytes stay what they are, as ${type}`, async () => {
          const id = fresh();
          const headers = pairs(signed(id, BYTES, { scheme })).filter(
            ([key]) => key !== "content-type",
          );
          const given = type === undefined ? headers : [...headers, ["content-type", type]];
          assert.equal((await post(`/hooks/${scheme}`, given, BYTES)).status, 204);
          const [event] = await recorded("events", id);
          assert.deepEqual([event.scheme, event.body], [scheme, BYTES.toString("hex")]);
        });
      }
    }

    test("a body in chunks, one byte at a time", async () => {
      const id = fresh();
      const client = open({ ...signed(id, BODY), "transfer-encoding": "chunked" });
      for (const [at, byte] of BODY.entries()) {
        client.write(chunk(Buffer.from([byte])));
        if (at % 8 === 0) await sleep(1);
      }
      client.write(LAST_CHUNK);
      assert.equal((await client.answer()).status, 204);
      const [event] = await recorded("events", id);
      assert.equal(event.body, BODY.toString("hex"));
      client.destroy();
    });

    test("no body at all, and a body of exactly the cap", async () => {
      for (const body of ["", "x".repeat(CAP)]) {
        const id = fresh();
        assert.equal((await post("/hooks/peeker", signed(id, body), body)).status, 204);
        assert.equal((await recorded("events", id))[0].body.length, 2 * body.length);
      }
    });

    test("a handler that answers itself", async () => {
      const id = fresh();
      const body = '{"type":"test.answers"}';
      const answer = await post("/hooks/peeker", signed(id, body), body);
      assert.deepEqual([answer.status, answer.headers["x-answer"]], [202, "own"]);
      assert.equal(answer.body, `{"key":"peeker:${id}"}`);
    });

    test("a handler that throws: 500, and the error goes where errors go", async () => {
      const id = fresh();
      const body = '{"type":"test.throws"}';
      const answer = await post("/hooks/peeker", signed(id, body), body);
      assert.equal(answer.status, 500);
      if (traits.error !== undefined) assert.equal(answer.body, traits.error);
      await failedWith(id, /the handler failed/);
    });

    test("what is not genuine gets one answer, whatever the reason", async () => {
      const stale = new Date(Date.now() - 600_000);
      const early = new Date(Date.now() + 600_000);
      const reasons = {
        signature_mismatch: (id) => [signed(id, BODY), `${BODY} `],
        timestamp_too_old: (id) => [signed(id, BODY, { timestamp: stale }), BODY],
        timestamp_too_new: (id) => [signed(id, BODY, { timestamp: early }), BODY],
        missing_header: (id) => [{ ...JSON_TYPE, "x-case": id }, BODY],
        malformed_header: (id) => [{ ...signed(id, BODY), "Peeker-Event-Id": "a.b" }, BODY],
        unsupported_signature: (id) => [{ ...signed(id, BODY), "Peeker-Signature": "v0=00" }, BODY],
      };
      const answers = new Set();
      for (const [code, make] of Object.entries(reasons)) {
        const id = fresh();
        const { status, body, headers } = await post("/hooks/peeker", ...make(id));
        assert.deepEqual([status, body], [401, UNAUTHORIZED], code);
        assert.match(headers["content-type"], /^application\/json/);
        delete headers.date;
        if (traits.closes) delete headers.connection;
        answers.add(JSON.stringify(headers));
        await refusedWith(id, code);
      }
      assert.deepEqual([...answers].length, 1, [...answers].join("\n"));
    });

    test("a header that comes twice is ambiguous", async () => {
      for (const header of ["Peeker-Timestamp", "Peeker-Event-Id"]) {
        const id = fresh();
        const headers = signed(id, BODY);
        const doubled = [[header, headers[header]], ...pairs(headers)];
        const { status, body } = await post("/hooks/peeker", doubled, BODY);
        assert.deepEqual([status, body], [401, UNAUTHORIZED]);
        await refusedWith(id, "ambiguous_header");
      }
    });

    test("headers are judged before the body is there", async () => {
      const id = fresh();
      const client = open({ "x-case": id, "content-length": 9000 });
      const started = Date.now();
      const { status, body } = await client.answer();
      assert.deepEqual([status, body], [401, UNAUTHORIZED]);
      assert.ok(Date.now() - started < SLOW_MS, "at once");
      client.destroy();
      await refusedWith(id, "missing_header");
    });

    test("a length over the cap is refused before the body is there", async () => {
      const id = fresh();
      const client = open({ ...signed(id, BODY), "content-length": CAP + 1 });
      const started = Date.now();
      const { status, body } = await client.answer();
      assert.deepEqual([status, body], [413, '{"error":"too_large"}']);
      assert.ok(Date.now() - started < SLOW_MS, "at once");
      client.destroy();
      await refusedWith(id, "body_too_large");
    });

    for (const how of ["announced", "in chunks"]) {
      test(`who sends too much, ${how}, and listens only then, is told`, async () => {
        const id = fresh();
        const large = Buffer.alloc(traits.large ?? 3_000_000, "x");
        const client =
          how === "announced"
            ? open({ ...signed(id, large), "content-length": large.length })
            : open({ ...signed(id, large), "transfer-encoding": "chunked" });
        for (let at = 0; at < large.length; at += 60_000) {
          const part = large.subarray(at, at + 60_000);
          await client.write(how === "announced" ? part : chunk(part));
        }
        if (how === "in chunks") client.write(LAST_CHUNK);
        const { status, body } = await client.answer();
        assert.deepEqual([status, body], [413, '{"error":"too_large"}']);
        client.destroy();
        await refusedWith(id, "body_too_large");
      });
    }

    if (!traits.resets) {
      test("who never stops sending is told, and then cut off", async () => {
        const id = fresh();
        const client = open({ ...signed(id, BODY), "transfer-encoding": "chunked" });
        let isOver = false;
        const closed = client.closed.then(() => (isOver = true));
        const answered = client.answer().finally(() => (isOver ||= !traits.cutsOff));
        answered.catch(() => {});
        for (const end = Date.now() + LATE_MS; !isOver && Date.now() < end; await sleep(10)) {
          await client.write(chunk(Buffer.alloc(1000, "x")));
        }
        const { status, body } = await answered;
        assert.deepEqual([status, body], [413, '{"error":"too_large"}']);
        if (traits.cutsOff) assert.ok(isOver, "the connection is not closed");
        client.destroy();
        await closed;
      });
    }

    for (const trickle of [false, true]) {
      test(`a body that ${trickle ? "trickles" : "stalls"} is answered 408`, async () => {
        const id = fresh();
        const client = open({ ...signed(id, BODY), "content-length": 5000 });
        client.write(BODY.subarray(0, 9));
        const started = Date.now();
        const timer = trickle && setInterval(() => client.write("x"), 20);
        const { status, body } = await client.answer();
        clearInterval(timer);
        assert.deepEqual([status, body], [408, '{"error":"timeout"}']);
        const took = Date.now() - started;
        assert.ok(took >= SLOW_MS - 50 && took < LATE_MS, `${took} ms`);
        client.destroy();
        await refusedWith(id, "body_timeout");
      });
    }

    test("a client that goes away in the middle", async () => {
      const id = fresh();
      const client = open({ ...signed(id, BODY), "content-length": BODY.length });
      client.write(BODY.subarray(0, 9));
      await sleep(100);
      await client.leave();
      await refusedWith(id, "body_unreadable");
    });

    test("a client that goes away while the handler works", async () => {
      const id = fresh();
      const body = '{"type":"test.slow"}';
      const client = open({ ...signed(id, body), "content-length": body.length });
      client.write(body);
      await sleep(100);
      await client.leave();
      await recorded("events", id);
      await sleep(300);
      assert.deepEqual(
        (await state()).errors.filter(({ name }) => name === id),
        [],
      );
    });

    test("chunks that are no chunks", async () => {
      const id = fresh();
      const client = open({ ...signed(id, BODY), "transfer-encoding": "chunked" });
      client.write(chunk(BODY.subarray(0, 5)));
      await sleep(50);
      client.write("zz\r\n");
      await client.answer().catch(() => {});
      await refusedWith(id, "body_unreadable");
      client.destroy();
    });

    test("a connection serves one event after the other, up to a refusal", async () => {
      const client = new Client(port);
      const sent = [BODY, Buffer.alloc(0), BODY, Buffer.from(`${BODY} `)];
      for (const body of sent) {
        const id = fresh();
        const isForged = body === sent.at(-1);
        const headers = signed(id, isForged ? BODY : body);
        client.head(`${prefix}/hooks/peeker`, { ...headers, "content-length": body.length });
        client.write(body);
        const answer = await client.answer();
        assert.equal(answer.status, isForged ? 401 : 204);
        if (answer.headers.connection === "close") {
          assert.ok(isForged || traits.closes);
          return client.closed;
        }
      }
      client.destroy();
    });

    test("other routes get their parsed JSON", async () => {
      const { status, body } = await post("/json", JSON_TYPE, '{"name":"Zoë"}');
      assert.equal(status, 200);
      assert.deepEqual(JSON.parse(body), { got: { name: "Zoë" } });
    });

    test("another method is refused", async () => {
      const { status, headers } = await send(port, `${prefix}/hooks/peeker`, {}, "", "GET");
      assert.equal(status, traits.notPost);
      if (traits.allow !== false && status === 405) assert.equal(headers.allow, "POST");
    });

    test("forty at once, good and bad, don't mix", async () => {
      const jobs = Array.from({ length: 40 }, async (_, i) => {
        const id = fresh();
        const body = Buffer.alloc(i * 200, `${i}`);
        const sent = i % 3 === 0 ? `${body}!` : body;
        const { status } = await post("/hooks/peeker", signed(id, body), sent);
        assert.equal(status, i % 3 === 0 ? 401 : 204, `client ${i}`);
        if (i % 3 !== 0) assert.equal((await recorded("events", id))[0].body, body.toString("hex"));
      });
      await Promise.all(jobs);
    });

    if (traits.late) {
      test("a body that was parsed before: the developer is told what to do", async () => {
        const id = fresh();
        const { status } = await post("/late", signed(id, BODY), BODY);
        assert.equal(status, 500);
        await failedWith(id, traits.late);
      });
    }

    if (traits.kept) {
      test("bytes that somebody has kept are taken, up to the cap", async () => {
        const bodies = { 204: BODY, 413: Buffer.alloc(CAP + 1, "x") };
        for (const [status, body] of Object.entries(bodies)) {
          const answer = await post("/kept", signed(fresh(), body), body);
          if (answer.status !== 200) assert.equal(answer.status, Number(status));
          else assert.equal(answer.body, { 204: "order.completed", 413: "body_too_large" }[status]);
        }
      });
    }

    if (traits.low) {
      test("verifyRequest, for who answers himself", async () => {
        const answer = await post("/low", signed(fresh(), BODY), BODY);
        assert.equal(answer.body, "order.completed");
        const forged = await post("/low", signed(fresh(), BODY), `${BODY} `);
        assert.equal(forged.body, "signature_mismatch");
        const client = open({ ...signed(fresh(), BODY), "content-length": 5000 }, "/low");
        assert.equal((await client.answer()).body, "body_timeout");
        client.destroy();
      });
    }
  });

  describe(`${name}, when all of that is over:`, () => {
    before(async () => {
      app = await start(traits.folder ?? name, traits.command);
      port = app.port;
    });
    after(() => app?.stop());

    test("nothing is left: no connection, no timer, no error that nobody caught", async () => {
      const misbehave = async () => {
        const id = fresh();
        const forged = open({ "x-case": id, "content-length": 9000 });
        await forged.answer();
        const slow = open({ ...signed(id, BODY), "content-length": 5000 });
        slow.write("x");
        await slow.answer();
        const gone = open({ ...signed(id, BODY), "content-length": 5000 });
        gone.write("x");
        await sleep(50);
        for (const client of [forged, slow, gone]) client.destroy();
      };
      assert.equal((await post("/hooks/peeker", signed(fresh(), BODY), BODY)).status, 204);
      const { resources: started } = await state();
      await Promise.all(Array.from({ length: 20 }, misbehave));
      const end = Date.now() + LATE_MS;
      let now = await state();
      if (traits.resources) {
        for (; Date.now() < end && isMore(now.resources, started); now = await state())
          await sleep(100);
        assert.ok(!isMore(now.resources, started), JSON.stringify([started, now.resources]));
      }
      assert.deepEqual(now.unhandled, []);
    });
  });
}

const isMore = (now, before) => now.sockets > before.sockets || now.timers > before.timers;

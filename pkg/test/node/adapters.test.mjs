// What only one adapter has to get right; the cases for all of them are in ../adapters/suite.mjs.
// Here the CommonJS build is used, there the ES modules.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Duplex, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { Client, pairs, send } from "../adapters/client.mjs";
import { require, root, SECRET } from "./installed.mjs";

const { ConfigError, defineScheme, sign, VerificationError, Verifier } = require("countersign");
const adapters = Object.fromEntries(
  ["express", "fastify", "hono", "next", "node", "workers"].map((name) => [
    name,
    require(`countersign/${name}`),
  ]),
);
const { webhook, verifyRequest } = adapters.node;

const verifier = new Verifier("peeker", { secrets: SECRET });
const BODY = '{"type":"order.completed"}';
const signed = (body = BODY) => sign("peeker", { secret: SECRET, id: "evt_1", body });

const servers = [];
after(() => servers.forEach((close) => close()));

/** Serves until the tests are over; the port. */
async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(
    () => server.close(),
    () => server.closeAllConnections?.(),
  );
  return server.address().port;
}

const listening = (listener) => listen(createServer(listener));

describe("countersign/node", () => {
  // Of these headers, `request.headers` has the first only.
  test("a signature in a header of which Node drops the second is ambiguous too", async () => {
    const scheme = defineScheme({
      name: "custom",
      signature: { header: "Authorization", encoding: "hex", syntax: "bare" },
      timestamp: null,
      signed: [],
      secret: "utf8",
    });
    const custom = new Verifier(scheme, { secrets: SECRET });
    const codes = [];
    const onRefused = ({ code }) => codes.push(code);
    const port = await listening(webhook(custom, () => {}, { onRefused }));
    const headers = sign(scheme, { secret: SECRET, body: BODY });
    assert.equal((await send(port, "/", headers, BODY)).status, 204);
    const doubled = [...pairs(headers), ["authorization", "00".repeat(32)]];
    assert.equal((await send(port, "/", doubled, BODY)).status, 401);
    assert.deepEqual(codes, ["ambiguous_header"]);
  });

  test("requests that other hosts make of their own, without raw headers", async () => {
    const make = (more) =>
      Object.assign(Readable.from([Buffer.from(BODY)]), { headers: signed() }, more);
    for (const more of [{}, { rawHeaders: [] }]) {
      assert.equal((await verifyRequest(verifier, make(more))).text(), BODY);
    }
    const lists = Object.entries(signed()).map(([name, value]) => [name, [value, value]]);
    const doubled = make({ headers: Object.fromEntries(lists) });
    await assert.rejects(verifyRequest(verifier, doubled), { code: "ambiguous_header" });
    const long = make({ headers: { ...signed(), "content-length": "11" } });
    await assert.rejects(verifyRequest(verifier, long, { maxBytes: 10 }), {
      code: "body_too_large",
    });
  });

  test("a stream that has ended or gone before, or gives text", async () => {
    const make = () => Object.assign(Readable.from([Buffer.from(BODY)]), { headers: signed("") });
    const empty = Object.assign(Readable.from([]), { headers: signed("") });
    await buffer(empty);
    assert.equal((await verifyRequest(verifier, empty)).body.length, 0);
    const gone = make().destroy();
    await assert.rejects(verifyRequest(verifier, gone), { code: "body_unreadable" });
    await assert.rejects(verifyRequest(verifier, make().setEncoding("utf8")), (error) => {
      assert.ok(error instanceof ConfigError);
      return error.code === "body_consumed";
    });
  });

  test("a stream that breaks off, with an error and without", async () => {
    for (const error of [new Error("reset"), undefined]) {
      const stream = Object.assign(new Readable({ read() {} }), { headers: signed() });
      stream.push(BODY.slice(0, 5));
      const pending = verifyRequest(verifier, stream);
      await sleep(5);
      stream.destroy(error);
      await assert.rejects(pending, (refused) => {
        assert.equal(refused.code, "body_unreadable");
        return error === undefined || refused.cause === error;
      });
    }
  });

  test("an error that comes when nobody reads any more doesn't end the process", async () => {
    const stream = Object.assign(new Readable({ read() {} }), { headers: signed() });
    await assert.rejects(verifyRequest(verifier, stream, { timeoutMs: 5 }), {
      code: "body_timeout",
    });
    stream.destroy(new Error("reset"));
    await new Promise((resolve) => stream.on("close", resolve));
  });

  test("what a handler does with the answer", async () => {
    const errors = [];
    const onError = (error, { request }) => errors.push([error.message, request.url]);
    const fail = () => {
      throw new Error("failed");
    };
    const handlers = {
      "/status": (_, { response }) => void (response.statusCode = 503),
      "/later": (_, { response }) => {
        setTimeout(() => response.end("later"), 20);
        return response;
      },
      "/value": () => ({ rows: 1 }),
      "/begun": (_, { response }) => {
        response.write("begun");
        return sleep(20).then(fail);
      },
      "/over": (_, { response }) => {
        response.end("over");
        fail();
      },
    };
    const handler = (event, context) => handlers[context.request.url](event, context);
    const port = await listening(webhook(verifier, handler, { onError }));
    const post = (path) => send(port, path, signed(), BODY);
    assert.equal((await post("/status")).status, 503);
    assert.equal((await post("/later")).body, "later");
    assert.equal((await post("/value")).status, 204);
    assert.equal((await post("/over")).body, "over");
    await assert.rejects(post("/begun"), /no answer, but: .*begun/);
    assert.deepEqual(errors, [
      ["failed", "/over"],
      ["failed", "/begun"],
    ]);
  });

  test("onRefused that fails, now or later: 500, and the error is not lost", async () => {
    const failures = [
      () => {
        throw new Error("logging failed");
      },
      () => sleep(5).then(() => Promise.reject(new Error("logging failed"))),
    ];
    for (const onRefused of failures) {
      const errors = [];
      const onError = (error) => errors.push(error.message);
      const port = await listening(webhook(verifier, () => {}, { onRefused, onError }));
      assert.equal((await send(port, "/", {}, BODY)).status, 500);
      assert.deepEqual(errors, ["logging failed"]);
    }
  });

  test("no key is active: 503, and to be tried again", async () => {
    const secrets = { secret: SECRET, notAfter: new Date(0) };
    const port = await listening(webhook(new Verifier("peeker", { secrets }), () => {}));
    const { status, headers, body } = await send(port, "/", signed(), BODY);
    assert.deepEqual(
      [status, headers["retry-after"], body],
      [503, "60", '{"error":"misconfigured"}'],
    );
  });
});

describe("countersign/express", () => {
  test("bodies that a parser has taken: which are lost, and which were kept", async () => {
    const app = express();
    const receive = adapters.express.webhook(verifier, () => {});
    const keep = (req, _, bytes) => void (req.rawBody = bytes);
    app.post("/raw", express.raw({ type: "*/*" }), receive);
    app.post("/verify", express.json({ verify: keep }), receive);
    app.post("/text", express.text({ type: "*/*" }), receive);
    app.post("/other", express.urlencoded(), receive);
    const errors = [];
    app.use((error, _req, res, _next) => res.status(500).end(errors.push(error) && "failed"));
    const port = await listening(app);
    const headers = { ...signed(), "content-type": "application/json" };
    for (const [path, status] of Object.entries({ raw: 204, verify: 204, text: 500, other: 204 })) {
      assert.equal((await send(port, `/${path}`, headers, BODY)).status, status, path);
    }
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["body_consumed"],
    );
    assert.ok(errors[0] instanceof ConfigError);
  });
});

test("Express: a handler that throws nothing has failed all the same", async () => {
  for (const reason of [undefined, null, 0, ""]) {
    const app = express();
    const errors = [];
    app.post(
      "/",
      adapters.express.webhook(verifier, () => Promise.reject(reason)),
    );
    app.use((_req, res) => res.end("another route"));
    app.use((error, _req, res, _next) => res.status(500).end(errors.push(error) && "failed"));
    assert.equal((await send(await listening(app), "/", signed(), BODY)).status, 500);
    assert.match(errors[0].message, /handler has failed/);
  }
});

test("a function that makes no verifier is told so, each time", async () => {
  for (const made of [undefined, null, {}, Promise.resolve(verifier)]) {
    let calls = 0;
    const make = () => {
      calls += 1;
      return made;
    };
    const fetch = adapters.workers.webhook(make, () => {});
    const request = () =>
      new Request("https://a.test", { method: "POST", headers: signed(), body: BODY });
    for (const _ of [1, 2]) await assert.rejects(fetch(request(), {}, {}), /made no Verifier/);
    assert.equal(calls, 2);
  }
});

test("a verifier that is made with the first request, and can't be made at first", async () => {
  const { express: ex, fastify: fast, next } = adapters;
  const secrets = [];
  const make = (adapter) => {
    const make = () => new Verifier("peeker", { secrets: [...secrets] });
    return adapter(make, () => {}, {});
  };
  const app = express();
  app.post("/express", make(ex.webhook));
  app.post(
    "/node",
    make((...given) => webhook(...given.slice(0, 2), { onError: () => {} })),
  );
  app.use((error, _req, res, _next) => res.status(500).end(error.code));
  const fastify = Fastify();
  servers.push(() => fastify.close());
  fastify.register(make(fast.webhook), { prefix: "/fastify" });
  await fastify.listen();
  const route = make(next.webhook);
  const port = await listening(app);
  const statuses = async () => {
    const answers = [
      await send(port, "/express", signed(), BODY),
      await send(port, "/node", signed(), BODY),
      await send(fastify.server.address().port, "/fastify", signed(), BODY),
    ];
    const request = new Request("https://a.test", {
      method: "POST",
      headers: signed(),
      body: BODY,
    });
    const answer = await route(request).catch((error) => ({ status: error.code }));
    return [...answers, answer].map(({ status }) => status);
  };
  assert.deepEqual(await statuses(), [500, 500, 500, "no_secret"]);
  secrets.push(SECRET);
  assert.deepEqual(await statuses(), [204, 204, 204, 204]);
  secrets.pop();
  assert.deepEqual(await statuses(), [204, 204, 204, 204], "it is kept");
});

describe("countersign/fastify", () => {
  test("each webhook has its own limits, and hooks and parsers of others stay theirs", async () => {
    const seen = [];
    const fastify = Fastify();
    servers.push(() => fastify.close());
    fastify.addHook("preHandler", async ({ url }) => void seen.push(url));
    fastify.addHook(
      "onSend",
      async ({ url }, reply) => void seen.push(`${url} ${reply.statusCode}`),
    );
    fastify.addContentTypeParser("text/custom", { parseAs: "string" }, async (_, text) => ({
      text,
    }));
    fastify.register(
      adapters.fastify.webhook(verifier, () => {}, { maxBytes: 10 }),
      { prefix: "/a" },
    );
    fastify.register(
      adapters.fastify.webhook(verifier, () => null),
      { prefix: "/b" },
    );
    fastify.post("/custom", async ({ body }) => body);
    const post = (url, type, payload = BODY) => {
      const headers = { ...signed(payload), "content-type": type };
      return fastify.inject({ method: "POST", url, headers, payload });
    };
    assert.equal((await post("/a", "text/custom")).statusCode, 413);
    assert.equal((await post("/a/", "text/custom", "{}")).statusCode, 204);
    assert.equal((await post("/b", "application/json", "no JSON")).statusCode, 200);
    assert.deepEqual((await post("/custom", "text/custom")).json(), { text: BODY });
    assert.deepEqual(
      seen.filter((line) => line.startsWith("/a")),
      ["/a", "/a 413", "/a/", "/a/ 204"],
    );
  });

  test("a stream that a hook has put in place of the body is read", async () => {
    const fastify = Fastify();
    servers.push(() => fastify.close());
    fastify.addHook("preParsing", async (_request, _reply, payload) => payload.pipe(upperCase()));
    fastify.register(
      adapters.fastify.webhook(verifier, (event) => event.text()),
      { prefix: "/a" },
    );
    const upper = BODY.toUpperCase();
    const port = await fastify.listen().then(() => fastify.server.address().port);
    const answer = await send(port, "/a", { ...signed(upper), "content-type": "a/b" }, BODY);
    assert.deepEqual([answer.status, answer.body], [200, upper]);
  });
});

const upperCase = () =>
  Duplex.from(async function* (source) {
    for await (const chunk of source) yield Buffer.from(`${chunk}`.toUpperCase());
  });

describe("countersign/hono", () => {
  test("a verifier is made of the bindings, and what was set before is kept", async () => {
    const app = new Hono();
    const make = ({ secret }) => new Verifier("peeker", { secrets: secret });
    app.use(async (c, next) => {
      c.header("x-before", "kept");
      await next();
    });
    app.post(
      "/",
      adapters.hono.webhook(make, () => {}),
    );
    const post = (body) =>
      app.request("/", { method: "POST", headers: signed(), body }, { secret: SECRET });
    for (const [body, status] of [
      [BODY, 204],
      ["forged", 401],
    ]) {
      const response = await post(body);
      assert.deepEqual([response.status, response.headers.get("x-before")], [status, "kept"]);
    }
  });
});

describe("countersign/workers", () => {
  const request = () =>
    new Request("https://a.test", { method: "POST", headers: signed(), body: BODY });

  test("a verifier is made once for each environment, and again if that failed", async () => {
    let made = 0;
    const make = ({ secret }) => {
      made += 1;
      return new Verifier("peeker", { secrets: secret });
    };
    const fetch = adapters.workers.webhook(make, () => {});
    const [good, bad, ctx] = [{ secret: SECRET }, { secret: "" }, {}];
    for (const _ of [1, 2, 3]) assert.equal((await fetch(request(), good, ctx)).status, 204);
    assert.equal(made, 1);
    for (const _ of [1, 2])
      await assert.rejects(fetch(request(), bad, ctx), { code: "empty_secret" });
    assert.equal(made, 3);
  });

  test("a body that something is reading", async () => {
    const fetch = adapters.workers.webhook(verifier, () => {});
    const locked = request();
    locked.body.getReader();
    await assert.rejects(fetch(locked, {}, {}), { code: "body_consumed" });
  });

  test("only what is a response is taken for one", async () => {
    for (const value of [undefined, null, 1, "text", { rows: 1 }, [1]]) {
      const fetch = adapters.workers.webhook(verifier, async () => value);
      assert.equal((await fetch(request(), {}, {})).status, 204);
    }
    const fetch = adapters.workers.webhook(verifier, () => new Response("own", { status: 418 }));
    assert.equal((await fetch(request(), {}, {})).status, 418);
  });
});

test("mistakes are told when the program starts", () => {
  const makers = [
    ...Object.values(adapters).map((adapter) => adapter.webhook),
    adapters.next.pagesWebhook,
  ];
  assert.equal(makers.length, 7);
  const handler = () => {};
  for (const make of makers) {
    assert.throws(() => make(handler), TypeError);
    assert.throws(() => make(verifier), /the second argument is a function/);
    assert.throws(() => make({}, handler), /the first argument is a Verifier/);
    const rejects = (options, code) =>
      assert.throws(
        () => make(verifier, handler, options),
        (error) => error.code === code,
      );
    rejects({ maxbytes: 1 }, "unknown_option");
    for (const limit of [0, -1, 1.5, NaN, Infinity, "1", 2 ** 31]) {
      rejects({ maxBytes: limit }, "invalid_limit");
      rejects({ timeoutMs: limit }, "invalid_limit");
    }
    make(verifier, handler, { maxBytes: undefined, timeoutMs: undefined, onRefused: undefined });
  }
});

test("refusals are answered as the gateway does it", async () => {
  const gateway = readFileSync(join(root, "src/gateway/reply.rs"), "utf8");
  const answers = new Map(
    [...gateway.matchAll(/\((\d{3}), "(\w+)"\)/g)].map((it) => [it[2], +it[1]]),
  );
  assert.equal(gateway.includes('(503, "misconfigured")'), true);
  const own = { body_unreadable: 400, unauthorized: 401, method_not_allowed: 405, timeout: 408 };
  for (const [error, status] of Object.entries({ ...own, too_large: 413, misconfigured: 503 })) {
    assert.equal(answers.get(error), status, error);
    const text = readFileSync(join(root, "pkg/src/adapters/refusal.ts"), "utf8");
    assert.match(text, new RegExp(`status: ${status},\\s+error: "${error}"`));
  }
});

test("errors of the adapters are those of the package", async () => {
  const fake = Object.assign(Readable.from([]), { headers: {} });
  await assert.rejects(
    verifyRequest(verifier, fake),
    (error) => error instanceof VerificationError,
  );
  const client = new Client(await listening(webhook(verifier, () => {})));
  client.head("/", { "content-length": 0 }, "PUT");
  assert.equal((await client.answer()).body, '{"error":"method_not_allowed"}');
  client.destroy();
});

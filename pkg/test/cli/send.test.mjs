// Sending to a real server, and to none.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../node/installed.mjs";
import { Verifier } from "./package.mjs";
import { closedPort, countersign, expectCode, folder, objects, receiver, secretOf, start, until } from "./program.mjs";

const PEEKER = ["send", "peeker", "order.completed", "--to"];
const verify = (scheme, { body, headers }) => new Verifier(scheme, { secrets: secretOf(scheme) }).verify(body, headers);

test("a sample arrives as its provider would send it", async (t) => {
  const { received, url } = await receiver(t, { status: 204 });
  const before = Date.now();
  const { stdout } = await expectCode(0, [...PEEKER, `${url}/peeker?x=1`]);
  const [{ method, url: path, headers, body }] = received;
  assert.deepEqual([method, path, headers["content-type"]], ["POST", "/hooks/peeker?x=1", "application/json"]);
  const event = verify("peeker", received[0]);
  const { id, type, created_at: createdAt, data } = event.json();
  assert.deepEqual([id, type, event.type, data.status], [event.id, "order.completed", type, "completed"]);
  assert.ok(Date.parse(createdAt) >= before - 1000 && Date.parse(createdAt) <= Date.now());
  assert.match(
    stdout,
    new RegExp(
      `^POST ${url}/peeker\\?x=1\n  order\\.completed, ${id}, ${body.length.toLocaleString("en-US")} bytes\n204 No Content  \\d+ ms\n$`,
    ),
  );
});

test("samples of the other schemes; without a catalogue, of every type", async (t) => {
  const { received, url } = await receiver(t);
  await expectCode(0, ["send", "boateros", "hull.sold", "--to", url]);
  await expectCode(0, ["send", "standard-webhooks", "contact.created", "--to", url]);
  const [hull, contact] = [verify("boateros", received[0]), verify("standard-webhooks", received[1])];
  assert.deepEqual([hull.type, hull.typeSigned, hull.json().data.status], ["hull.sold", false, "sold"]);
  assert.deepEqual(
    [contact.type, contact.typeSigned, contact.json().type],
    ["contact.created", true, "contact.created"],
  );
  assert.match(contact.id, /^msg_/);
});

test("a body of one's own, with the type that it names", async (t) => {
  const { received, url } = await receiver(t);
  const cwd = folder({ "own.json": '{"event":"deal.funded"}' });
  await expectCode(0, ["send", "boateros", "--body", "own.json", "--to", url], { cwd });
  await expectCode(0, ["send", "boateros", "deal.opened", "--body", "-", "--to", url, "--id", "ignored"], {
    input: "\u0000\u00ff",
  });
  assert.equal(verify("boateros", received[0]).type, "deal.funded");
  assert.equal(received[0].headers["boateros-event"], "deal.funded");
  assert.equal(verify("boateros", received[1]).type, "deal.opened");
  assert.equal(received[1].headers["content-type"], "application/octet-stream");
  assert.deepEqual(received[1].body, Buffer.from("\u0000\u00ff"));
});

test("--repeat sends the same event, signed anew", async (t) => {
  const { received, url } = await receiver(t);
  const { stdout } = await expectCode(0, [...PEEKER, url, "--repeat", "3", "--id", "evt_9"]);
  assert.equal(received.length, 3);
  for (const arrived of received) assert.equal(verify("peeker", arrived).id, "evt_9");
  assert.equal(new Set(received.map(({ body }) => body.toString())).size, 1);
  for (const attempt of [1, 2, 3]) assert.match(stdout, new RegExp(`^${attempt}/3 {2}200 OK {2}\\d+ ms$`, "m"));
});

test("--forge and --stale, alone and together, are refused by a verifier for their own reason", async (t) => {
  const codes = [];
  const { url } = await receiver(t, (arrived) => {
    const result = new Verifier("peeker", { secrets: secretOf("peeker") }).safeVerify(arrived.body, arrived.headers);
    codes.push(result.ok ? "ok" : result.error.code);
    return { status: result.ok ? 200 : 401 };
  });
  await expectCode(0, [...PEEKER, url]);
  await expectCode(0, [...PEEKER, url, "--forge"]);
  await expectCode(0, [...PEEKER, url, "--stale"]);
  const { stdout } = await expectCode(0, [...PEEKER, url, "--stale", "--forge", "--repeat", "2"], { env: {} });
  assert.deepEqual(codes, ["ok", "signature_mismatch", "timestamp_too_old", "timestamp_too_old", "timestamp_too_old"]);
  assert.match(stdout, /bytes, with a wrong signature, an hour old\n/);
});

/** The status, and the exit codes: for what is genuine, and for what is forged. */
const STATUSES = [
  [200, 0, 1],
  [202, 0, 1],
  [301, 1, 1],
  [400, 1, 0],
  [401, 1, 0],
  [403, 1, 0],
  [404, 1, 1],
  [405, 1, 1],
  [408, 1, 1],
  [413, 1, 1],
  [415, 1, 1],
  [422, 1, 0],
  [429, 1, 1],
  [500, 1, 1],
  [503, 1, 1],
];

/** The exit code that each answer alone would bring, by whether it is what was wanted. */
async function judged(t, options) {
  const queue = STATUSES.map(([status]) => status);
  const { url } = await receiver(t, () => ({ status: queue.shift(), headers: { location: "/elsewhere" } }));
  const args = [...PEEKER, url, ...options, "--repeat", String(STATUSES.length), "--json"];
  const { stdout } = await expectCode(1, args);
  return objects(stdout).map(({ status, ok }) => [status, ok ? 0 : 1]);
}

test("2xx is fine for what is genuine; for what is forged or stale, 4xx that may be about that", async (t) => {
  assert.deepEqual(
    await judged(t, []),
    STATUSES.map(([status, genuine]) => [status, genuine]),
  );
  const refusals = STATUSES.map(([status, , forged]) => [status, forged]);
  assert.deepEqual(await judged(t, ["--forge"]), refusals);
  assert.deepEqual(await judged(t, ["--stale"]), refusals);
});

test("the exit code says whether the answer is the one that was wanted, and the words say why not", async (t) => {
  const answered = async (status, code, ...options) => {
    const { url } = await receiver(t, { status });
    return (await expectCode(code, [...PEEKER, url, ...options])).stdout;
  };
  assert.match(await answered(403, 1), /\n403 Forbidden .*\n {2}the event was not accepted\n/);
  assert.doesNotMatch(await answered(403, 0, "--forge"), /not accepted|genuine/);
  assert.match(await answered(200, 1, "--stale"), /the receiver took it for genuine/);
  assert.match(await answered(404, 1, "--forge"), /does not say that the signature or the timestamp was refused/);
});

test("one bad answer of several is enough", async (t) => {
  let count = 0;
  const { url } = await receiver(t, () => ({ status: (count += 1) === 2 ? 500 : 200 }));
  const { stdout } = await expectCode(1, [...PEEKER, url, "--repeat", "3", "--json"]);
  assert.deepEqual(
    objects(stdout).map(({ ok, attempt, status }) => [ok, attempt, status]),
    [
      [true, 1, 200],
      [false, 2, 500],
      [true, 3, 200],
    ],
  );
});

test("the answer is printed: status, our headers, body, time; and nothing that a terminal obeys", async (t) => {
  const headers = {
    "Countersign-Request-Id": "r-1",
    "Retry-After": "5",
    "X-Other": "unseen",
    "content-type": "text/plain",
  };
  const { url } = await receiver(t, { status: 503, headers, body: "first \u001b[31m\u009b\r\nsecond\n" });
  const { stdout } = await expectCode(1, [...PEEKER, url]);
  assert.match(
    stdout,
    /\n503 Service Unavailable {2}\d+ ms\n {2}the event was not accepted\n {2}Countersign-Request-Id: r-1\n {2}Retry-After: 5\n {2}content-type: text\/plain\n {2}first \\x1b\[31m\\x9b\n {2}second\n$/,
  );
  const json = await expectCode(1, [...PEEKER, url, "--json", "--id", "evt_1"]);
  const [{ milliseconds, headers: all, ...rest }] = objects(json.stdout);
  assert.ok(milliseconds >= 0 && all["X-Other"] === "unseen");
  assert.deepEqual(rest, {
    ...{ ok: false, attempt: 1, id: "evt_1", type: "order.completed", status: 503 },
    ...{ body: "first \u001b[31m\u009b\r\nsecond\n", isCut: false },
  });
  assert.doesNotMatch(json.stdout, /[\u001b\u009b]/);
});

test("an answer that is no text, and one that is too long", async (t) => {
  const { url } = await receiver(t, ({ url }) => ({
    status: 200,
    body: url.endsWith("long") ? "x".repeat(3_000_000) : Buffer.from([0xff, 0x00]),
  }));
  const { stdout } = await expectCode(0, [...PEEKER, `${url}/bytes`, "--json"]);
  assert.equal(objects(stdout)[0].bodyBase64, "/wA=");
  assert.match((await expectCode(0, [...PEEKER, `${url}/bytes`])).stdout, /\n {2}2 bytes\n$/);
  const long = await expectCode(0, [...PEEKER, `${url}/long`]);
  assert.match(long.stdout, /x\n {2}… and more\n$/);
  assert.ok(long.stdout.length < 70_000);
});

test("an answer without an end is cut", async (t) => {
  const { url } = await receiver(t, (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x".repeat(20_000)), 5);
    response.on("close", () => clearInterval(timer));
  });
  const { stdout } = await expectCode(0, [...PEEKER, url, "--timeout", "10", "--json"]);
  const [{ isCut, body }] = objects(stdout);
  assert.deepEqual([isCut, body.length], [true, 65_536]);
});

test("nobody listens: 3, and it says where", async () => {
  const url = `http://127.0.0.1:${await closedPort()}/hooks`;
  const { stdout, stderr } = await expectCode(3, [...PEEKER, url]);
  assert.match(stdout, new RegExp(`\nno answer: ${url}: nobody listens there \\(ECONNREFUSED\\)\n$`));
  assert.equal(stderr, "");
  const json = await expectCode(3, [...PEEKER, url, "--json", "--repeat", "2", "--forge"]);
  assert.deepEqual(
    objects(json.stdout).map(({ ok, error }) => [ok, error.code]),
    Array(2).fill([false, "ECONNREFUSED"]),
  );
});

test("no host of this name: 3", async () => {
  const { stdout } = await expectCode(3, [...PEEKER, "http://nowhere.invalid/", "--timeout", "20"]);
  assert.match(stdout, /\nno answer: .*http:\/\/nowhere\.invalid\//);
});

/** A server that is none. */
async function odd(t, act) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    act(socket);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return server.address().port;
}

test("who doesn't answer in time, hangs up, or speaks something else: 3", async (t) => {
  const silent = await odd(t, (socket) => t.after(() => socket.destroy()));
  const hangingUp = await odd(t, (socket) => socket.destroy());
  const babbling = await odd(t, (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"));
  const outcomes = await Promise.all([
    countersign([...PEEKER, `http://127.0.0.1:${silent}/`, "--timeout", "2.5"]),
    countersign([...PEEKER, `http://127.0.0.1:${hangingUp}/`]),
    countersign([...PEEKER, `http://127.0.0.1:${babbling}/`]),
    countersign([...PEEKER, `https://127.0.0.1:${babbling}/`]),
  ]);
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    [3, 3, 3, 3],
  );
  const [late, cut, plain, secure] = outcomes.map(({ stdout }) => stdout);
  assert.match(late, /no answer: no answer within 2\.5 s from http:/);
  assert.match(outcomes[0].stderr, /^waiting for an answer from http:\/\/127\.0\.0\.1:\d+\/, for up to 2\.5 s …\n$/);
  assert.match(cut, /the connection was cut before there was an answer/);
  assert.match(plain, /its answer is no HTTP; is it https/);
  assert.match(secure, /it does not speak TLS; is it http/);
});

test("a password in the URL is used, and not shown", async (t) => {
  const { received, url } = await receiver(t);
  const { stdout } = await expectCode(0, [...PEEKER, url.replace("//", "//me:hidden@")]);
  assert.equal(received[0].headers.authorization, `Basic ${Buffer.from("me:hidden").toString("base64")}`);
  assert.doesNotMatch(stdout, /hidden/);
});

test("Ctrl-C ends it at once, without a word", async (t) => {
  const silent = await odd(t, (socket) => t.after(() => socket.destroy()));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    const sending = start([...PEEKER, `http://127.0.0.1:${silent}/`]);
    await until(sending.texts, /POST http/);
    sending.child.kill(signal);
    const { code, stdout, stderr } = await sending.done;
    assert.deepEqual([code, stderr], [130, ""], signal);
    assert.doesNotMatch(stdout, /no answer/);
  }
});

/** The names in a union in pkg/src/generated.ts: the catalogue, by another way than the program's. */
function catalogued(type) {
  const text = readFileSync(join(root, "pkg/src/generated.ts"), "utf8");
  const [, union] = new RegExp(`export type ${type} =([^;]*);`).exec(text);
  return [...union.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
}

for (const [scheme, type] of [
  ["peeker", "PeekerEventType"],
  ["boateros", "BoaterosEventType"],
]) {
  test(`${scheme}: \`schemes\` lists the catalogue`, async () => {
    const { stdout } = await expectCode(0, ["schemes", scheme, "--json"], { env: {} });
    const names = catalogued(type);
    assert.ok(names.length >= 18);
    assert.deepEqual(objects(stdout)[0].eventTypes, names);
    const text = (await expectCode(0, ["schemes", scheme], { env: {} })).stdout;
    for (const name of names) assert.ok(text.includes(`\n    ${name}\n`), name);
  });

  test(`${scheme}: each event type of the catalogue has a sample, which verifies`, async (t) => {
    const { received, url } = await receiver(t);
    const names = catalogued(type);
    const queue = names.values();
    const worker = async () => {
      for (const name of queue) await expectCode(0, ["send", scheme, name, "--to", url]);
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    const events = received.map((arrived) => verify(scheme, arrived));
    assert.deepEqual(events.map(({ type }) => type).sort(), [...names].sort());
    const data = events.map((event) => JSON.stringify(event.json().data));
    assert.equal(new Set(data).size, names.length, "two samples are the same");
    assert.ok(
      data.every((text) => text.length > 80),
      "a sample is hardly one",
    );
  });
}

test("`schemes` has the headers and how it signs, in words and for machines", async () => {
  const { stdout } = await expectCode(0, ["schemes"], { env: {} });
  assert.match(
    stdout,
    /^boateros\n {2}signature {14}Boateros-Signature: <hex>\n {2}signature's algorithm {2}HMAC-SHA-256\n/m,
  );
  assert.match(stdout, /\n\npeeker\n[^]*<timestamp>\.<event id>\.<body>[^]*\n\nstandard-webhooks\n/);
  const json = await expectCode(0, ["schemes", "--json"], { env: {} });
  const schemes = objects(json.stdout);
  const [peeker] = schemes.filter(({ name }) => name === "peeker");
  assert.equal(peeker.headers.id, "Peeker-Event-Id");
  assert.equal(peeker.acknowledgeSeconds, 15);
  assert.equal(peeker.signing["signed content"], "<timestamp>.<event id>.<body>");
});

// The listener, driven by `send` and by hand over real HTTP.

import assert from "node:assert/strict";
import { createServer, connect } from "node:net";
import { test } from "node:test";
import { Verifier, sign } from "./package.mjs";
import {
  OTHER_SECRET,
  SECRET,
  SECRETS,
  assertNoSecret,
  closedPort,
  expectCode,
  folder,
  objects,
  receiver,
  secretOf,
  start,
  until,
} from "./program.mjs";

/** Starts a listener on a free port, and waits until it listens. */
async function listen(t, args, options) {
  const listener = start(["listen", ...args, "--port", "0"], { input: null, ...options });
  t.after(() => listener.child.kill("SIGKILL"));
  const [, base] = await until(listener.texts, /(http:\/\/127\.0\.0\.1:\d+)\/hooks\//);
  const stop = () => {
    listener.child.kill("SIGINT");
    return listener.done;
  };
  return { ...listener, base, stop, to: (scheme) => `${base}/hooks/${scheme}` };
}

const post = (url, headers, body) => fetch(url, { method: "POST", headers, body });
const requests = (stdout) => objects(stdout).filter(({ event }) => event === "request");

test("what `send` sends arrives, is answered as the gateway does, and is printed", async (t) => {
  const listener = await listen(t, ["peeker", "boateros", "standard-webhooks"]);
  const genuine = await expectCode(0, [
    "send",
    "peeker",
    "order.completed",
    "--to",
    listener.to("peeker"),
    "--id",
    "evt_1",
  ]);
  assert.match(genuine.stdout, /\n202 Accepted[^]*\n {2}\{"status":"accepted","id":"evt_1"\}\n$/);
  assert.match(genuine.stdout, /countersign-request-id: [0-9a-f-]{36}\n/);
  await expectCode(0, ["send", "boateros", "hull.sold", "--to", listener.to("boateros")]);
  await expectCode(0, ["send", "standard-webhooks", "contact.created", "--to", listener.to("standard-webhooks")]);
  const forged = await expectCode(0, ["send", "peeker", "order.failed", "--to", listener.to("peeker"), "--forge"]);
  assert.match(forged.stdout, /\n401 Unauthorized[^]*\n {2}\{"error":"unauthorized"\}\n$/);
  await expectCode(0, ["send", "peeker", "order.failed", "--to", listener.to("peeker"), "--stale"]);
  const { code, stdout, stderr } = await listener.stop();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^listening on http:\/\/127\.0\.0\.1:\d+\/hooks\/peeker\n(listening.*\n){2}ends with Ctrl-C\n/);
  assert.match(
    stdout,
    /\n\d\d:\d\d:\d\d {2}POST \/hooks\/peeker {2}202 {2}genuine: order\.completed, evt_1, 9\d\d bytes\n {2}\{\n {4}"id": "evt_1",\n/,
  );
  assert.match(stdout, /"inboxes": \[ … 2 \]/, "what is deep is folded");
  assert.match(stdout, /POST \/hooks\/boateros {2}202 {2}genuine: hull\.sold, sha256_[0-9a-f]{64}, /);
  assert.match(stdout, /401 {2}not genuine: signature_mismatch: .*\n( {2}\w+: .*\n)* {2}other_secret: /);
  assert.match(stdout, /401 {2}not genuine: timestamp_too_old: .*\n {2}stale_but_genuine: /);
  assert.match(stdout, /\n3 genuine, 2 refused\n$/);
});

test("with --json there is one object for each request", async (t) => {
  const listener = await listen(t, ["peeker", "--json", "--count", "3"]);
  await expectCode(0, ["send", "peeker", "swap.failed", "--to", listener.to("peeker"), "--id", "evt_1"]);
  await post(listener.to("peeker"), {}, "no\u001b\u009bJSON");
  await post(listener.to("peeker"), {}, Buffer.from([0xff]));
  const { code, stdout } = await listener.done;
  assert.equal(code, 1, "one was refused");
  const [first, genuine, refused, bytes, last] = objects(stdout);
  assert.deepEqual(first, { event: "listening", urls: { peeker: listener.to("peeker") } });
  const { at, timestamp, body, ...facts } = genuine;
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 30_000 && Date.parse(timestamp) > 0);
  assert.equal(body.data.error.code, "domain_taken");
  assert.deepEqual(facts, {
    ...{ event: "request", ok: true, method: "POST", path: "/hooks/peeker", scheme: "peeker", status: 202 },
    ...{ id: "evt_1", type: "swap.failed", typeSigned: true, keyId: "COUNTERSIGN_SECRET" },
    ...{ dedupeKey: "peeker:evt_1", decision: "fresh" },
  });
  assert.deepEqual([refused.ok, refused.code, refused.body], [false, "missing_header", "no\u001b\u009bJSON"]);
  assert.ok(refused.hints.some(({ id }) => id === "headers_lost"));
  assert.equal(bytes.bodyBase64, "/w==");
  assert.deepEqual(last, { event: "stopped", ending: "enough", genuine: 1, refused: 2 });
  assert.doesNotMatch(stdout, /[\u001b\u009b]/);
});

test("JSON that is too deep to be written is printed as text, and does not end the listener", async (t) => {
  const listener = await listen(t, ["peeker", "--json", "--count", "3"]);
  const nested = (depth) => "[".repeat(depth) + "]".repeat(depth);
  for (const depth of [400, 600, 300_000]) await post(listener.to("peeker"), {}, nested(depth));
  const { code, stdout } = await listener.done;
  assert.equal(code, 1);
  const bodies = requests(stdout).map(({ body }) => body);
  assert.deepEqual(bodies, [JSON.parse(nested(400)), nested(600), nested(300_000)]);
});

test("a password in --forward's URL is not printed", async (t) => {
  const { url, received } = await receiver(t);
  const forward = url.replace("//", `//user:${OTHER_SECRET}@`);
  const listener = await listen(t, ["peeker", "--json", "--count", "1", "--forward", forward]);
  await expectCode(0, ["send", "peeker", "swap.failed", "--to", listener.to("peeker")]);
  const { code, stdout } = await listener.done;
  assert.equal(code, 0);
  assert.equal(requests(stdout)[0].forwarded.url, url);
  assert.match(received[0].headers.authorization, /^Basic /);
});

/** What no provider sends, and the gateway's answer to it. */
const ODDITIES = [
  ["another path", "/hooks/boateros", { method: "POST" }, 404, { error: "not_found" }],
  ["a path below", "/hooks/peeker/", { method: "POST" }, 404, { error: "not_found" }],
  ["no path", "/", { method: "GET" }, 404, { error: "not_found" }],
  ["another method", "/hooks/peeker", { method: "GET" }, 405, { error: "method_not_allowed" }],
  [
    "a compressed body",
    "/hooks/peeker",
    { method: "POST", headers: { "content-encoding": "gzip" }, body: "x" },
    415,
    { error: "unsupported_encoding" },
  ],
  ["a body over 1 MiB", "/hooks/peeker", { method: "POST", body: "x".repeat(1_048_577) }, 413, { error: "too_large" }],
  ["no headers", "/hooks/peeker", { method: "POST", body: "{}" }, 401, { error: "unauthorized" }],
];

test("what no provider sends gets the gateway's answers", async (t) => {
  const listener = await listen(t, ["peeker", "--json"]);
  for (const [what, path, options, status, body] of ODDITIES) {
    const response = await fetch(listener.base + path, options);
    assert.deepEqual([response.status, await response.json()], [status, body], what);
    assert.match(response.headers.get("countersign-request-id"), /^[0-9a-f-]{36}$/);
    assert.equal(response.headers.get("allow"), status === 405 ? "POST" : null);
  }
  const health = await fetch(`${listener.base}/healthz`);
  assert.deepEqual([health.status, await health.text()], [200, "ok"]);
  const undeclared = await fetch(listener.to("peeker"), {
    method: "POST",
    duplex: "half",
    headers: sign("peeker", { secret: SECRET, id: "evt_1", body: "x" }),
    body: new Blob(["x".repeat(1_200_000)]).stream(),
  });
  assert.equal(undeclared.status, 413, "a body whose length nobody has declared");
  const { stdout } = await listener.stop();
  assert.deepEqual(
    requests(stdout).map(({ status }) => status),
    [...ODDITIES.map(([, , , status]) => status), 413],
  );
});

test("who hangs up amidst a body does no harm", async (t) => {
  const listener = await listen(t, ["peeker"]);
  const socket = connect(new URL(listener.base).port, "127.0.0.1");
  await new Promise((resolve) => socket.on("connect", resolve));
  socket.write("POST /hooks/peeker HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  await expectCode(0, ["send", "peeker", "order.failed", "--to", listener.to("peeker")]);
  assert.equal((await listener.stop()).code, 0);
});

test("copies, other bodies under the same id, and the gateway's answers to them", async (t) => {
  const listener = await listen(t, ["peeker", "--json"]);
  const [one, other] = ['{"type":"order.failed"}', '{"type":"order.completed"}'];
  const send = async (body) => {
    const response = await post(listener.to("peeker"), sign("peeker", { secret: SECRET, id: "evt_1", body }), body);
    return [response.status, await response.json()];
  };
  assert.deepEqual(await send(one), [202, { status: "accepted", id: "evt_1" }]);
  const [status, { firstSeenAt, ...rest }] = await send(one);
  assert.deepEqual([status, rest], [200, { status: "duplicate", id: "evt_1" }]);
  assert.ok(Math.abs(Date.parse(firstSeenAt) - Date.now()) < 30_000);
  assert.deepEqual(await send(other), [202, { status: "accepted", id: "evt_1", conflict: true }]);
  assert.equal((await send(other))[1].status, "duplicate");
  const { stdout } = await listener.stop();
  assert.deepEqual(
    requests(stdout).map(({ decision }) => decision),
    ["fresh", "duplicate", "conflict", "duplicate"],
  );
});

test("for Boateros a copy is a replay later on, and it says when", async (t) => {
  const listener = await listen(t, ["boateros"]);
  const { stdout } = await expectCode(0, [
    "send",
    "boateros",
    "hull.sold",
    "--to",
    listener.to("boateros"),
    "--repeat",
    "2",
    "--json",
  ]);
  const [, { body }] = objects(stdout);
  const { status, firstSeenAt, replayFrom } = JSON.parse(body);
  assert.equal(status, "duplicate");
  const minutes = (Date.parse(replayFrom) - Date.parse(firstSeenAt)) / 60_000;
  assert.ok(minutes >= 15 && minutes < 15.1, String(minutes));
  const printed = (await listener.stop()).stdout;
  assert.match(printed, /a copy of an event that came before\n/);
  assert.equal(printed.match(/"occurred_at"/g).length, 1, "a copy's body is not printed again");
});

test("what is genuine is forwarded, with the gateway's headers and the provider's; nothing else is", async (t) => {
  const { received, url } = await receiver(t, { status: 200 });
  const listener = await listen(t, ["peeker", "--forward", url]);
  const { stdout } = await expectCode(0, [
    "send",
    "peeker",
    "order.completed",
    "--to",
    listener.to("peeker"),
    "--id",
    "evt_1",
  ]);
  assert.match(stdout, /\n200 OK[^]*\{"status":"delivered","id":"evt_1"\}/);
  await expectCode(0, ["send", "peeker", "order.completed", "--to", listener.to("peeker"), "--forge"]);
  await expectCode(0, ["send", "peeker", "order.completed", "--to", listener.to("peeker"), "--stale"]);
  const [{ headers, body }, ...more] = received;
  assert.deepEqual(more, []);
  assert.equal(new Verifier("peeker", { secrets: SECRET }).verify(body, headers).id, "evt_1");
  const ours = Object.entries(headers).filter(([name]) => name.startsWith("countersign-"));
  const {
    "countersign-delivery-id": deliveryId,
    "countersign-received-at": receivedAt,
    ...rest
  } = Object.fromEntries(ours);
  assert.match(deliveryId, /^dlv_[0-9a-f]{32}$/);
  assert.ok(Math.abs(Date.parse(receivedAt) - Date.now()) < 30_000);
  assert.deepEqual(rest, {
    "countersign-source": "peeker",
    "countersign-event-id": "evt_1",
    "countersign-attempt": "1",
    "countersign-event-type": "order.completed",
  });
  assert.match((await listener.stop()).stdout, /\n {2}forwarded: 200 after \d+ ms\n/);
});

test("an event that the application did not take may come again", async (t) => {
  const statuses = [503, 200, 200];
  const { received, url } = await receiver(t, () => ({ status: statuses.shift(), headers: { "retry-after": "7" } }));
  const listener = await listen(t, ["peeker", "--forward", url]);
  const args = ["send", "peeker", "order.completed", "--to", listener.to("peeker"), "--id", "evt_1"];
  const { stdout } = await expectCode(1, [...args, "--repeat", "3", "--json"]);
  const answers = objects(stdout);
  assert.deepEqual(
    answers.map(({ status, body }) => [status, JSON.parse(body).status ?? JSON.parse(body).error]),
    [
      [502, "destination_failed"],
      [200, "delivered"],
      [200, "duplicate"],
    ],
  );
  assert.equal(answers[0].headers["retry-after"], "7");
  assert.equal(received.length, 2);
  assert.equal(received[0].headers["countersign-delivery-id"], received[1].headers["countersign-delivery-id"]);
});

test("an application that is not there: 502, and it says why", async (t) => {
  const listener = await listen(t, ["peeker", "--forward", `http://127.0.0.1:${await closedPort()}/`]);
  const { stdout } = await expectCode(1, ["send", "peeker", "order.completed", "--to", listener.to("peeker")]);
  assert.match(stdout, /\n502 Bad Gateway[^]*\{"error":"destination_failed"\}/);
  assert.match((await listener.stop()).stdout, /\n {2}forwarded: .*nobody listens there \(ECONNREFUSED\)\n/);
});

test("a copy while the first is on its way: 409", async (t) => {
  let answer;
  const { url } = await receiver(t, () => new Promise((resolve) => (answer = () => resolve({ status: 200 }))));
  const listener = await listen(t, ["peeker", "--forward", url]);
  const body = '{"type":"order.failed"}';
  const headers = sign("peeker", { secret: SECRET, id: "evt_1", body });
  const first = post(listener.to("peeker"), headers, body);
  while (answer === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  const second = await post(listener.to("peeker"), headers, body);
  assert.deepEqual([second.status, second.headers.get("retry-after")], [409, "5"]);
  answer();
  assert.equal((await first).status, 200);
});

test("several schemes with a secret each; several secrets for one", async (t) => {
  const env = { NEW: OTHER_SECRET, OLD: SECRET, STANDARD: SECRETS.COUNTERSIGN_SECRET_STANDARD_WEBHOOKS };
  const file = `${folder({ secret: `${SECRET}\n` })}/secret`;
  const args = ["peeker", "boateros", "standard-webhooks", "--secret-env", "peeker=NEW", "--secret-env", "peeker=OLD"];
  const listener = await listen(
    t,
    [...args, "--secret-env", "standard-webhooks=STANDARD", "--secret-file", `boateros=${file}`, "--json"],
    { env },
  );
  for (const [scheme, type] of [
    ["peeker", "order.failed"],
    ["boateros", "hull.sold"],
    ["standard-webhooks", "a.b"],
  ]) {
    await expectCode(0, ["send", scheme, type, "--to", listener.to(scheme)]);
  }
  await expectCode(0, ["send", "peeker", "order.failed", "--to", listener.to("peeker"), "--secret-env", "NEW"], {
    env,
  });
  const { stdout } = await listener.stop();
  assert.deepEqual(
    requests(stdout).map(({ keyId }) => keyId),
    ["OLD", file, "STANDARD", "NEW"],
  );
});

test("--count and --timeout end it; what is missing then is nobody's answer", async (t) => {
  const enough = await listen(t, ["peeker", "--count", "1"]);
  await expectCode(0, ["send", "peeker", "order.failed", "--to", enough.to("peeker")]);
  assert.equal((await enough.done).code, 0);
  const [late, idle] = await Promise.all([
    expectCode(3, ["listen", "peeker", "--port", "0", "--count", "1", "--timeout", "0.4"]),
    expectCode(0, ["listen", "peeker", "--port", "0", "--timeout", "0.4", "--json"]),
  ]);
  assert.match(late.stdout, /\nends after 1 request, or after 0\.4 s, or with Ctrl-C\n0 genuine, 0 refused\n$/);
  assert.deepEqual(objects(idle.stdout)[1], { event: "stopped", ending: "timeout", genuine: 0, refused: 0 });
});

test("a port that is in use, and an address that is not ours", async (t) => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address();
  const { stderr } = await expectCode(2, ["listen", "peeker", "--port", String(port)]);
  assert.match(stderr, new RegExp(`error: port ${port} is in use; take another one: --port N, or --port 0`));
  const other = await expectCode(2, ["listen", "peeker", "--port", "0", "--host", "192.0.2.1"]);
  assert.match(
    other.stderr,
    /warning: other machines can reach this listener\nerror: --host is no address of this machine/,
  );
});

test("one that ends on SIGTERM, or because nobody reads what it prints, ends well", async (t) => {
  const listener = await listen(t, ["peeker"]);
  listener.child.kill("SIGTERM");
  assert.equal((await listener.done).code, 0);
  const unread = await listen(t, ["peeker"]);
  unread.child.stdout.destroy();
  await post(unread.to("peeker"), {}, "{}").catch(() => {});
  const { code, stderr } = await unread.done;
  assert.deepEqual([code, stderr], [0, ""]);
});

test("what strangers send is printed without what a terminal obeys, and no secret with it", async (t) => {
  const listener = await listen(t, ["boateros"]);
  const body = JSON.stringify({
    type: "\u001b[2J",
    note: `${"\u202e\u061c"}${"x".repeat(500)}`,
    "k\u009b": Array(100).fill(1),
  });
  const headers = sign("boateros", { secret: secretOf("boateros"), body });
  await post(listener.to("boateros"), { ...headers, "boateros-event": "\u00ff\u0085" }, body);
  await post(listener.to("boateros"), headers, `${body} `);
  const { stdout } = await listener.stop();
  assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u202e]/);
  assert.match(stdout, /… 401 more|… 400 more|… \d+ more/);
  assertNoSecret(stdout, "the listener");
});

// Captured requests: in every form, genuine and not.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { NOW } from "../node/installed.mjs";
import { expectCode, folder, objects, start } from "./program.mjs";

const BODY = '{"type":"order.completed","name":"Zoë"}';
const AT = ["--at", new Date(NOW).toISOString()];
let headers;

before(async () => {
  const args = ["sign", "peeker", "--id", "evt_1", "--timestamp", String(NOW / 1000), "--json"];
  headers = objects((await expectCode(0, args, { input: BODY })).stdout)[0].headers;
});

const lines = (end = "\n") =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}${end}`)
    .join("");

/** Files and standard input with the same request, and the arguments that name them. */
const FORMS = {
  "headers in lines": () => [{ h: lines() }, ["--headers", "h", "--body", "b"]],
  "headers with CR LF and an empty line": () => [{ h: `${lines("\r\n")}\r\n` }, ["--headers", "h", "--body", "b"]],
  "headers below a first line": () => [
    { h: `POST /x HTTP/2\n:path: /x\n${lines()}` },
    ["--headers", "h", "--body", "b"],
  ],
  "headers in lower case": () => [{ h: lines().toLowerCase() }, ["--headers", "h", "--body", "b"]],
  "headers as an object": () => [{ h: JSON.stringify(headers) }, ["--headers", "h", "--body", "b"]],
  "headers as an object of lists": () => [
    { h: JSON.stringify(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))) },
    ["--headers", "h", "--body", "b"],
  ],
  "headers as an object with a number": () => [
    { h: JSON.stringify({ ...headers, "Peeker-Timestamp": NOW / 1000 }) },
    ["--headers", "h", "--body", "b"],
  ],
  "headers as pairs": () => [{ h: JSON.stringify(Object.entries(headers)) }, ["--headers", "h", "--body", "b"]],
  "headers as a list of objects": () => [
    {
      h: JSON.stringify(
        Object.entries(headers).map(([name, value]) => ({ name, value })),
        null,
        2,
      ),
    },
    ["--headers", "h", "--body", "b"],
  ],
  "headers on standard input": () => [{}, ["--headers", "-", "--body", "b"], lines()],
  "a body on standard input": () => [{ h: lines() }, ["--headers", "h", "--body", "-"], BODY],
  "a request in a file": () => [{ r: `POST /hooks HTTP/1.1\r\n${lines("\r\n")}\r\n${BODY}` }, ["--request", "r"]],
  "a request on standard input": () => [{}, [], `POST /hooks HTTP/1.1\n${lines()}\n${BODY}`],
  "a request without a first line": () => [{}, ["--request", "-"], `${lines()}\n${BODY}`],
  "a request with its length, and a line end behind it": () => [
    {},
    [],
    `POST / HTTP/1.1\n${lines()}Content-Length: ${Buffer.byteLength(BODY)}\n\n${BODY}\n`,
    /warning: left out 1 byte behind the 40 of Content-Length/,
  ],
  "a request in chunks": () => {
    const bytes = Buffer.from(BODY);
    const chunk = (piece) => [`${piece.length.toString(16)};name=value\r\n`, piece, "\r\n"];
    const pieces = [bytes.subarray(0, 7), bytes.subarray(7)].flatMap(chunk);
    const head = `POST / HTTP/1.1\r\n${lines("\r\n")}Transfer-Encoding: chunked\r\n\r\n`;
    return [{}, [], Buffer.concat([head, ...pieces, "0\r\n\r\n"].map((piece) => Buffer.from(piece)))];
  },
  "a request that is no longer in chunks": () => [
    {},
    [],
    `POST / HTTP/1.1\n${lines()}Transfer-Encoding: chunked\n\n${BODY}`,
    /warning: the body is not chunked/,
  ],
};

describe("the same request, genuine in every form", { concurrency: 4 }, () => {
  for (const [what, form] of Object.entries(FORMS)) {
    test(what, async () => {
      const [files, args, input, warned = /^$/] = form();
      const cwd = folder({ b: BODY, ...files });
      const { stdout, stderr } = await expectCode(0, ["verify", "peeker", ...AT, "--json", ...args], { cwd, input });
      const { ok, id, bodyBytes } = objects(stdout)[0];
      assert.deepEqual([ok, id, bodyBytes], [true, "evt_1", Buffer.byteLength(BODY)]);
      assert.match(stderr, warned);
    });
  }
});

test("it says what was verified", async () => {
  const input = `${lines()}\n${BODY}`;
  const { stdout } = await expectCode(0, ["verify", "peeker", "--at", String(NOW / 1000 + 90)], { input });
  assert.equal(
    stdout,
    `genuine: peeker
  event id    evt_1
  type        order.completed (signed, in the body)
  signed at   2025-11-21T16:00:00.000Z (90 s ago)
  key         COUNTERSIGN_SECRET
  dedupe key  peeker:evt_1
  body        40 bytes
`,
  );
  const json = await expectCode(0, ["verify", "peeker", ...AT, "--json"], { input });
  assert.deepEqual(objects(json.stdout), [
    {
      ok: true,
      scheme: "peeker",
      id: "evt_1",
      type: "order.completed",
      typeSigned: true,
      typeConflict: false,
      timestamp: "2025-11-21T16:00:00.000Z",
      keyId: "COUNTERSIGN_SECRET",
      dedupeKey: "peeker:evt_1",
      bodyBytes: 40,
    },
  ]);
});

/** What is wrong with the request, and what is said. */
const REFUSED = {
  "another body": [() => `${lines()}\n${BODY} `, AT, "signature_mismatch", "trailing_newline"],
  "a body that was written again": [
    () => `${lines()}\n${JSON.stringify(JSON.parse(BODY), null, 1)}`,
    AT,
    "signature_mismatch",
    "body_reencoded",
  ],
  "another id": [() => `${lines().replace("evt_1", "evt_2")}\n${BODY}`, AT, "signature_mismatch"],
  "too old": [
    () => `${lines()}\n${BODY}`,
    ["--at", String(NOW / 1000 + 301)],
    "timestamp_too_old",
    "stale_but_genuine",
  ],
  "too new": [() => `${lines()}\n${BODY}`, ["--at", String(NOW / 1000 - 301)], "timestamp_too_new", "clock_skew"],
  "less tolerance": [
    () => `${lines()}\n${BODY}`,
    ["--at", String(NOW / 1000 + 11), "--tolerance", "10"],
    "timestamp_too_old",
  ],
  now: [() => `${lines()}\n${BODY}`, [], "timestamp_too_old", "stale_but_genuine"],
  "a header lost": [() => `${lines().replace(/^.*Id.*\n/m, "")}\n${BODY}`, AT, "missing_header", "headers_lost"],
  "a header twice": [() => `${lines()}${lines()}\n${BODY}`, AT, "ambiguous_header"],
  "part of the body": [() => `${lines()}Content-Length: 99\n\n${BODY.slice(0, 20)}`, AT, "signature_mismatch"],
};

describe("a request that is not genuine", { concurrency: 4 }, () => {
  for (const [what, [input, args, code, hint]] of Object.entries(REFUSED)) {
    test(what, async () => {
      const options = { input: input() };
      const verified = await expectCode(1, ["verify", "peeker", "--json", ...args], options);
      const verdict = objects(verified.stdout)[0];
      assert.deepEqual([verdict.ok, verdict.code], [false, code]);
      const explained = await expectCode(1, ["explain", "peeker", "--json", ...args], options);
      const explanation = objects(explained.stdout)[0];
      assert.deepEqual([explanation.ok, explanation.code], [false, code]);
      if (hint)
        assert.ok(
          explanation.hints.some(({ id }) => id === hint),
          explained.stdout,
        );
    });
  }
});

test("in words: what is wrong, what to do, and at which time it would be judged otherwise", async () => {
  const input = `${lines()}\n${BODY}`;
  const late = await expectCode(1, ["verify", "peeker", "--at", String(NOW / 1000 + 400)], { input });
  assert.match(late.stdout, /^not genuine: timestamp_too_old: .*\n {2}--at 2025-11-21T16:00:00\.000Z judges it/);
  const other = await expectCode(1, ["verify", "peeker", ...AT], { input: `${input}\n` });
  assert.match(other.stdout, /^not genuine: signature_mismatch: .*\n {2}`countersign explain` with the same arguments/);
  const why = await expectCode(1, ["explain", "peeker", ...AT], { input: `${input}\n` });
  assert.match(why.stdout, /^not genuine: signature_mismatch: .*\n {2}trailing_newline: The signature is genuine/);
  const fine = await expectCode(0, ["explain", "peeker", ...AT], { input });
  assert.equal(fine.stdout, "genuine\n");
});

test("part of a body is warned about", async () => {
  const { stderr } = await expectCode(1, ["verify", "peeker", ...AT], {
    input: `${lines()}Content-Length: 99\n\n${BODY.slice(0, 20)}`,
  });
  assert.match(stderr, /warning: the body has 20 bytes, and Content-Length says 99: part of it is missing/);
});

test("an event type from a header is not said to be signed", async () => {
  const args = ["sign", "boateros", "--type", "hull.sold", "--timestamp", String(NOW / 1000)];
  const { stdout } = await expectCode(0, args, { input: "{}" });
  const judged = await expectCode(0, ["verify", "boateros", ...AT], { input: `${stdout}\n{}` });
  assert.match(judged.stdout, /^ {2}type {8}hull\.sold \(from a header, not signed\)$/m);
  const conflict = await expectCode(0, args, { input: '{"type":"hull.created"}' });
  const other = await expectCode(0, ["verify", "boateros", ...AT], {
    input: `${conflict.stdout}\n{"type":"hull.created"}`,
  });
  assert.match(
    other.stdout,
    /^ {2}type {8}hull\.created \(signed, in the body\)\n {14}the header names another type$/m,
  );
});

test("what comes from outside does not reach the terminal's controls", async () => {
  const input = `Evil: \u001b[2J\n${lines()}\n{"type":"\u001b[2J\u009b31m"}`;
  for (const command of ["verify", "explain"]) {
    const { stdout, stderr } = await expectCode(1, [command, "peeker", ...AT], { input });
    assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
});

test("who waits for standard input is told so, and not for ever", async () => {
  const waiting = start(["verify", "peeker", "--timeout", "2.5"], { input: null });
  const { code, stderr } = await waiting.done;
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^waiting for a request on standard input, for up to 2\.5 s …\nerror: standard input did not end within 2\.5 s\n$/,
  );
});

// `explain` for schemes of one's own, and for whatever else comes.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";

import {
  AT_NOW,
  defineScheme,
  explain,
  isCertain,
  isProved,
  leaksNothing,
  Verifier,
} from "./explain-checks.mjs";
import { BODY_MARK, COMPACT, keyOf, NOW, SCHEMES, SECRETS, send } from "./explain-senders.mjs";

describe("schemes of one's own", () => {
  const versioned = (header, version) => ({
    ...{ header, syntax: "versioned", version, assign: "=", separator: ",", encoding: "hex" },
  });
  const github = defineScheme({
    name: "github",
    signature: versioned("X-Hub-Signature-256", "sha256"),
    timestamp: null,
    signed: [],
    secret: "utf8",
  });
  const slack = defineScheme({
    name: "slack",
    signature: versioned("X-Slack-Signature", "v0"),
    timestamp: { header: "X-Slack-Request-Timestamp", format: "unix-seconds" },
    signed: ["v0:", "timestamp", ":"],
    secret: "utf8",
  });
  const secret = "canary-of-an-app-4c7d";
  const hmac = (text) => createHmac("sha256", secret).update(text).digest("hex");
  const ids = (scheme, body, headers) => {
    const verifier = new Verifier(scheme, { secrets: secret, ...AT_NOW });
    const explanation = explain(verifier, body, headers);
    leaksNothing(explanation, [secret, Buffer.from(hmac(COMPACT), "hex")]);
    return explanation.hints.map((hint) => [hint.id, isProved(hint)]);
  };

  test("without a timestamp", () => {
    const headers = { "X-Hub-Signature-256": `sha256=${hmac(COMPACT)}`, "X-GitHub-Event": "push" };
    assert.deepEqual(ids(github, COMPACT, headers), []);
    assert.deepEqual(ids(github, `${COMPACT}\n`, headers), [["trailing_newline", true]]);
    const bare = { "X-Hub-Signature-256": hmac(COMPACT) };
    assert.deepEqual(ids(github, COMPACT, bare), [["signature_format", true]]);
    const cgi = { HTTP_X_HUB_SIGNATURE_256: `sha256=${hmac(COMPACT)}` };
    assert.deepEqual(ids(github, COMPACT, cgi), [["header_name", true]]);
    assert.deepEqual(ids(github, COMPACT, send("peeker", COMPACT).headers), [
      ["wrong_scheme", false],
    ]);
  });

  test("with text before the timestamp", () => {
    const headers = (at, tag = hmac(`v0:${at}:${COMPACT}`)) => ({
      "x-slack-request-timestamp": `${at}`,
      "x-slack-signature": `v0=${tag}`,
    });
    const seconds = NOW / 1000;
    assert.deepEqual(ids(slack, COMPACT, headers(seconds)), []);
    assert.deepEqual(ids(slack, JSON.parse(COMPACT), headers(seconds)), [
      ["body_reencoded", true],
      ["body_not_raw", false],
    ]);
    assert.deepEqual(ids(slack, COMPACT, headers(seconds + 3600)), [["clock_skew", true]]);
    assert.deepEqual(ids(slack, COMPACT, headers(NOW)), [["timestamp_milliseconds", false]]);
    assert.deepEqual(ids(slack, COMPACT, { "x-slack-signature": "v0=00" })[0], [
      "headers_lost",
      false,
    ]);
  });
});

describe("whatever comes", () => {
  const verifier = (scheme) => new Verifier(scheme, { secrets: SECRETS[scheme], ...AT_NOW });

  test("it does not throw", () => {
    const cyclic = {};
    cyclic.self = cyclic;
    const detached = new Uint8Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const bodies = [
      ...[
        undefined,
        null,
        0,
        1n,
        true,
        Symbol("a"),
        () => {},
        NaN,
        "",
        "\ud800",
        [],
        {},
        cyclic,
        new Map(),
        Object.create(null),
      ],
      ...[
        { a: 1n },
        { toJSON: () => undefined },
        { type: "Buffer", data: ["x", -1, 1e9] },
        new Date(NaN),
        detached,
        detached.buffer,
      ],
      ...[
        new SharedArrayBuffer(4),
        new DataView(new ArrayBuffer(4)),
        new Float64Array(3),
        new Blob(["a"]),
        new ReadableStream(),
      ],
      ...[
        "[".repeat(100_000),
        "[".repeat(50_000) + "]".repeat(50_000),
        '"\\"\\"\\"'.repeat(20_000),
        '{"a":'.repeat(3),
        "\ufeff",
        "{}\ufeff",
      ],
    ];
    for (const scheme of SCHEMES) {
      const { headers } = send(scheme, COMPACT);
      for (const body of bodies) {
        const { ok, summary, hints } = explain(verifier(scheme), body, headers);
        assert.equal(ok, false);
        assert.ok(summary && hints.length > 0, String(typeof body));
      }
    }
  });

  test("nor for odd headers", () => {
    const names = Object.keys(send("peeker", COMPACT).headers);
    const values = [
      "",
      " ",
      ",",
      "=",
      "v1=",
      "v1=,v1=",
      "a".repeat(2000),
      "\0",
      "\ufffd",
      "é",
      "0",
      "-1",
      "1e9",
      "NaN",
      "2025-11-21",
      "v1=" + "0".repeat(63),
    ];
    for (const name of names) {
      for (const value of values) {
        for (const scheme of SCHEMES) {
          assert.equal(
            explain(verifier(scheme), COMPACT, {
              ...send(scheme, COMPACT).headers,
              ...send("peeker", COMPACT).headers,
              [name]: value,
            }).hints.filter(isProved).length >= 0,
            true,
          );
        }
      }
    }
    const refused = explain(verifier("peeker"), COMPACT, { "Peeker-Timestamp": 5 });
    assert.deepEqual([refused.ok, refused.code], [false, "malformed_header"]);
    for (const headers of [undefined, null, 5, "text"])
      assert.equal(explain(verifier("peeker"), COMPACT, headers).ok, false);
  });

  test("what the caller's own code throws passes through", () => {
    const own = new Error("own");
    const fail = () => {
      throw own;
    };
    assert.throws(
      () =>
        explain(verifier("peeker"), COMPACT, {
          get "Peeker-Timestamp"() {
            return fail();
          },
        }),
      own,
    );
    const verifierWithClock = new Verifier("peeker", { secrets: SECRETS.peeker, now: fail });
    assert.throws(() => explain(verifierWithClock, COMPACT, send("peeker", COMPACT).headers), own);
  });

  test("headers that can be read once are enough", () => {
    function* once() {
      yield* Object.entries(send("boateros", COMPACT).headers);
    }
    const [hint] = explain(verifier("boateros"), `${COMPACT}\n`, once()).hints;
    assert.equal(hint.id, "trailing_newline");
  });

  test("a clock without a time is a mistake of its own", () => {
    const broken = new Verifier("peeker", { secrets: SECRETS.peeker, now: () => new Date(NaN) });
    const { ok, code } = explain(broken, COMPACT, send("peeker", COMPACT).headers);
    assert.deepEqual({ ok, code }, { ok: false, code: "invalid_clock" });
  });

  test("a body over 256 KiB is not tried in other forms, and it says so", () => {
    const big = JSON.stringify({ hull: BODY_MARK, filler: "x".repeat(1 << 18) });
    const { headers } = send("peeker", big);
    const { hints } = explain(verifier("peeker"), `${big}\n`, headers);
    assert.ok(hints.some(({ message }) => message.includes("256 KiB")));
    assert.deepEqual(hints.filter(isCertain), []);
    const parsed = explain(verifier("peeker"), JSON.parse(big), headers).hints.filter(isProved);
    assert.deepEqual(
      parsed.map(({ id }) => id),
      ["body_reencoded"],
    );
    const old = new Verifier("peeker", { secrets: SECRETS.peeker, now: () => new Date(NOW + 1e6) });
    assert.equal(explain(old, big, headers).hints[0].id, "stale_but_genuine");
  });

  test("the longest takes seconds, not minutes", () => {
    const nested = `${"[".repeat(15)}${"1,".repeat(130_000)}1${"]".repeat(15)}`;
    const secrets = ["1", "2"].map((number) => Buffer.from(`"secret number ${number}"`));
    const severalKeys = new Verifier("peeker", { secrets, ...AT_NOW });
    for (const body of [
      nested,
      `[${'{"/é<":"/é<"},'.repeat(15_000)}1]`,
      `"${'\\"'.repeat(130_000)}"`,
      "[".repeat(10_000) + "]".repeat(10_000),
    ]) {
      // The processor's time: others may be busy on this machine.
      const before = process.cpuUsage();
      const { hints } = explain(severalKeys, body, send("peeker", COMPACT).headers);
      const seconds = process.cpuUsage(before).user / 1e6;
      assert.deepEqual(hints.filter(isCertain), []);
      assert.ok(seconds < 10, `${seconds} s`);
    }
  });

  test("a key with several mistakes in one request is proved too", () => {
    const { headers } = send("boateros", `${COMPACT}\n`, { key: keyOf("boateros"), at: NOW - 1e6 });
    const renamed = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [`X-${name}`, value]),
    );
    const mixed = new Verifier("boateros", {
      secrets: Buffer.from(`${SECRETS.boateros}\n`),
      ...AT_NOW,
    });
    const proved = explain(mixed, JSON.parse(COMPACT), renamed).hints.filter(isProved);
    assert.deepEqual(proved.map(({ id }) => id).sort(), [
      "body_reencoded",
      "header_name",
      "secret_white_space",
      "stale_but_genuine",
    ]);
  });
});

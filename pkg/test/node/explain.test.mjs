// `explain` names the mistake that was made, and nothing that a forger could use.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";

import { BODY_MISTAKES } from "./explain-mistakes-body.mjs";
import { KEY_MISTAKES } from "./explain-mistakes-keys.mjs";
import { REQUEST_MISTAKES } from "./explain-mistakes-request.mjs";
import { BODY_MARK, COMPACT, keyOf, NOW, SCHEMES, SECRETS, send } from "./explain-senders.mjs";
import { load } from "./installed.mjs";

const { Verifier } = (await load()).countersign;

const MISTAKES = [...BODY_MISTAKES, ...KEY_MISTAKES, ...REQUEST_MISTAKES];
const AT_NOW = { now: () => new Date(NOW) };

const isCertain = ({ message }) => !/\bmay\b/.test(message);
const isProved = ({ message }) => message.startsWith("The signature is genuine");
const verifierOf = ({ scheme, options }) => new Verifier(scheme, options);
const explained = (mistake) => verifierOf(mistake).explain(mistake.body, mistake.headers);

/** That no secret, tag or piece of the body stands in `explanation`. */
const leaksNothing = (explanation, canaries) => {
  const text = JSON.stringify(explanation);
  const forms = (value) => {
    const bytes = Buffer.from(value);
    const encoded = ["base64", "base64url", "hex"].map((encoding) =>
      bytes.toString(encoding).replace(/=+$/, ""),
    );
    return [bytes.toString(), JSON.stringify(bytes.toString()).slice(1, -1), ...encoded];
  };
  for (const canary of [...canaries.flatMap(forms), BODY_MARK, "Müller"]) {
    assert.ok(!text.toLowerCase().includes(canary.toLowerCase()), `${canary} stands in ${text}`);
  }
};

const canariesOf = ({ options, canaries }) => [
  ...[options.secrets].flat().map((given) => given.secret ?? given),
  ...Object.values(SECRETS),
  canaries.key,
  canaries.tag,
];

for (const kind of new Set(MISTAKES.map(({ id }) => id))) {
  describe(kind, () => {
    const mistakes = MISTAKES.filter(({ id }) => id === kind);
    test("is made in at least three ways", () => assert.ok(mistakes.length >= 3));

    for (const mistake of mistakes) {
      test(mistake.name, () => {
        const { expected } = mistake;
        const verdict = verifierOf(mistake).safeVerify(mistake.body, mistake.headers);
        const explanation = explained(mistake);
        const { hints } = explanation;
        const shown = JSON.stringify(explanation, null, 2);

        assert.equal(explanation.ok, false);
        assert.equal(explanation.code, verdict.error.code);
        const [hint] = hints.filter(({ id }) => id === kind);
        assert.ok(hint, shown);
        assert.equal(isProved(hint), expected.proved, shown);
        if (expected.first) assert.equal(hints[0].id, kind, shown);
        if (expected.alone) assert.equal(hints.length, 1, shown);
        const certain = hints.filter(isCertain).map(({ id }) => id);
        assert.deepEqual(
          certain.filter((id) => id !== kind && !expected.also.includes(id)),
          [],
          shown,
        );
        assert.deepEqual(
          hints.map(isProved),
          hints.map(isProved).sort((a, b) => b - a),
          "what is proved comes first",
        );
        assert.deepEqual(
          hints.map(isCertain),
          hints.map(isCertain).sort((a, b) => b - a),
          "suspicions come last",
        );
        assert.equal(new Set(hints.map(({ id }) => id)).size, hints.length, "one hint of a kind");
        leaksNothing(explanation, canariesOf(mistake));
      });
    }
  });
}

describe("what a hint says", () => {
  const hintOf = (kind, name) => {
    const mistake = MISTAKES.find((mistake) => mistake.id === kind && mistake.name.includes(name));
    return explained(mistake).hints.find(({ id }) => id === kind).message;
  };

  test("bodies: what to call", () => {
    for (const mistake of BODY_MISTAKES) {
      const { message } = explained(mistake).hints.find(({ id }) => id === mistake.id);
      for (const call of ["express.raw", "Fastify", "bodyParser: false", "arrayBuffer()"])
        assert.ok(message.includes(call), message);
    }
  });

  test("clocks: sign and size", () => {
    assert.match(hintOf("stale_but_genuine", "301 s"), /but old \(skew \+301 s\)/);
    assert.match(hintOf("stale_but_genuine", "yesterday"), /but old \(skew \+86400 s\)/);
    assert.match(
      hintOf("clock_skew", "an hour slow"),
      /but early \(skew -3600 s\): your clock is slow/,
    );
    assert.match(hintOf("clock_skew", "nothing proves"), /skew -3600 s/);
  });

  test("dates without a zone: the option", () => {
    for (const mistake of REQUEST_MISTAKES.filter(({ digits }) => digits !== undefined)) {
      const [{ message }] = explained(mistake).hints;
      assert.ok(
        message.includes(`timestamp: { zone: "none", fractionDigits: ${mistake.digits} }`),
        message,
      );
    }
  });

  test("keys: which one, and until or since when", () => {
    assert.match(
      hintOf("key_outside_window", "overlap"),
      /window: {"id":"old","notAfter":"2025-11-20T16:00:00.000Z"}\. /,
    );
    assert.match(
      hintOf("key_outside_window", "begins"),
      /window: {"id":"old","notBefore":"2025-11-22T16:00:00.000Z"}\. /,
    );
    assert.match(hintOf("secret_format", "second key"), /`second`/);
  });

  test("headers: which came, which did not, and under which name", () => {
    assert.match(hintOf("headers_lost", "no timestamp"), /^Peeker-Timestamp did not come/);
    assert.match(
      hintOf("header_name", "X-"),
      /^The signature is genuine once mended: peeker-timestamp came as x-peeker-timestamp/,
    );
    assert.match(hintOf("wrong_scheme", "Boateros's"), /new Verifier\("boateros"/);
    assert.match(hintOf("signature_format", "no v1="), /v1=<64 hex digits>/);
  });

  test("a header under its own name is not looked for under others", () => {
    const headers = [
      ["X-Peeker-Signature", "v1=00"],
      ...Object.entries(send("peeker", COMPACT).headers),
      ["X-Peeker-Event-Id", "1"],
    ];
    const { hints } = new Verifier("peeker", { secrets: SECRETS.peeker, ...AT_NOW }).explain(
      `${COMPACT}\n`,
      headers,
    );
    assert.deepEqual(
      hints.map(({ id }) => id),
      ["trailing_newline"],
    );
  });

  test("names of headers can't break a log", () => {
    const { headers } = send("peeker", COMPACT);
    const odd = Object.entries(headers).map(([name, value]) => [
      `\u001b[2J\r\n${"x".repeat(999)}${name}`,
      value,
    ]);
    const { hints } = new Verifier("peeker", { secrets: SECRETS.peeker, ...AT_NOW }).explain(
      COMPACT,
      odd,
    );
    for (const { message } of hints) assert.match(message, /^[ -~]{1,400}$/);
  });
});

describe("controls", () => {
  const genuine = (scheme) => ({
    scheme,
    options: { secrets: SECRETS[scheme], ...AT_NOW },
    body: COMPACT,
    headers: send(scheme, COMPACT).headers,
  });

  for (const scheme of SCHEMES) {
    test(`a genuine request is fine (${scheme})`, () => {
      const { ok, code, summary, hints } = explained(genuine(scheme));
      assert.deepEqual({ ok, code, hints }, { ok: true, code: undefined, hints: [] });
      assert.ok(summary);
    });

    test(`of a forgery nothing is certain (${scheme})`, () => {
      const keys = [
        "another secret altogether",
        Buffer.alloc(32),
        SECRETS[scheme].slice(0, -1),
        createHmac("sha256", "a").digest(),
      ];
      for (const key of keys) {
        for (const body of [COMPACT, "", "boat=1", "{", "null", '"a"', "[1.0]", "é", "\ufffd"]) {
          const forgery = {
            ...genuine(scheme),
            body,
            headers: send(scheme, body, { key }).headers,
          };
          const { ok, code, hints } = explained(forgery);
          assert.deepEqual({ ok, code }, { ok: false, code: "signature_mismatch" });
          assert.deepEqual(hints.filter(isCertain), [], body);
          assert.ok(hints.some(({ id }) => id === "other_secret"));
        }
      }
    });

    test(`of another body nothing is certain (${scheme})`, () => {
      for (const body of [
        COMPACT.replace("184", "1"),
        COMPACT.slice(1),
        `${COMPACT}${COMPACT}`,
        COMPACT.toUpperCase(),
      ]) {
        const { hints } = explained({ ...genuine(scheme), body });
        assert.deepEqual(hints.filter(isCertain), [], body);
      }
    });
  }
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
        const { ok, summary, hints } = verifier(scheme).explain(body, headers);
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
            verifier(scheme)
              .explain(COMPACT, {
                ...send(scheme, COMPACT).headers,
                ...send("peeker", COMPACT).headers,
                [name]: value,
              })
              .hints.filter(isProved).length >= 0,
            true,
          );
        }
      }
    }
    const refused = verifier("peeker").explain(COMPACT, { "Peeker-Timestamp": 5 });
    assert.deepEqual([refused.ok, refused.code], [false, "malformed_header"]);
    for (const headers of [undefined, null, 5, "text"])
      assert.equal(verifier("peeker").explain(COMPACT, headers).ok, false);
  });

  test("what the caller's own code throws passes through", () => {
    const own = new Error("own");
    const fail = () => {
      throw own;
    };
    assert.throws(
      () =>
        verifier("peeker").explain(COMPACT, {
          get "Peeker-Timestamp"() {
            return fail();
          },
        }),
      own,
    );
    const verifierWithClock = new Verifier("peeker", { secrets: SECRETS.peeker, now: fail });
    assert.throws(() => verifierWithClock.explain(COMPACT, send("peeker", COMPACT).headers), own);
  });

  test("headers that can be read once are enough", () => {
    function* once() {
      yield* Object.entries(send("boateros", COMPACT).headers);
    }
    const [hint] = verifier("boateros").explain(`${COMPACT}\n`, once()).hints;
    assert.equal(hint.id, "trailing_newline");
  });

  test("a clock without a time is a mistake of its own", () => {
    const broken = new Verifier("peeker", { secrets: SECRETS.peeker, now: () => new Date(NaN) });
    const { ok, code } = broken.explain(COMPACT, send("peeker", COMPACT).headers);
    assert.deepEqual({ ok, code }, { ok: false, code: "invalid_clock" });
  });

  test("a body over 256 KiB is not tried in other forms, and it says so", () => {
    const big = JSON.stringify({ hull: BODY_MARK, filler: "x".repeat(1 << 18) });
    const { headers } = send("peeker", big);
    const { hints } = verifier("peeker").explain(`${big}\n`, headers);
    assert.ok(hints.some(({ message }) => message.includes("256 KiB")));
    assert.deepEqual(hints.filter(isCertain), []);
    const parsed = verifier("peeker").explain(JSON.parse(big), headers).hints.filter(isProved);
    assert.deepEqual(
      parsed.map(({ id }) => id),
      ["body_reencoded"],
    );
    const old = new Verifier("peeker", { secrets: SECRETS.peeker, now: () => new Date(NOW + 1e6) });
    assert.equal(old.explain(big, headers).hints[0].id, "stale_but_genuine");
  });

  test("the longest takes seconds, not minutes", () => {
    const nested = `${"[".repeat(15)}${"1,".repeat(130_000)}1${"]".repeat(15)}`;
    const keys = Array.from({ length: 20 }, (_, i) => ({
      id: `${i}`,
      secret: Buffer.from(`"secret number ${i}"`),
    }));
    for (const body of [
      nested,
      `[${'{"/é<":"/é<"},'.repeat(15_000)}1]`,
      `"${'\\"'.repeat(130_000)}"`,
      "[".repeat(50_000) + "]".repeat(50_000),
    ]) {
      const start = performance.now();
      const { hints } = new Verifier("peeker", { secrets: keys, ...AT_NOW }).explain(
        body,
        send("peeker", COMPACT).headers,
      );
      assert.deepEqual(hints.filter(isCertain), []);
      assert.ok(performance.now() - start < 10_000, `${performance.now() - start} ms`);
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
    const proved = mixed.explain(JSON.parse(COMPACT), renamed).hints.filter(isProved);
    assert.deepEqual(proved.map(({ id }) => id).sort(), [
      "body_reencoded",
      "header_name",
      "secret_white_space",
      "stale_but_genuine",
    ]);
  });
});

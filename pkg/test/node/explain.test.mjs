// `explain` names the mistake that was made, and nothing that a forger could use.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { AT_NOW, explain, isCertain, isProved, leaksNothing, Verifier } from "./explain-checks.mjs";
import { BODY_MISTAKES } from "./explain-mistakes-body.mjs";
import { KEY_MISTAKES } from "./explain-mistakes-keys.mjs";
import { REQUEST_MISTAKES } from "./explain-mistakes-request.mjs";
import { COMPACT, SCHEMES, SECRETS, send } from "./explain-senders.mjs";

const MISTAKES = [...BODY_MISTAKES, ...KEY_MISTAKES, ...REQUEST_MISTAKES];

const verifierOf = ({ scheme, options }) => new Verifier(scheme, options);
const explained = (mistake) => explain(verifierOf(mistake), mistake.body, mistake.headers);

const canariesOf = ({ options, canaries }) => [
  ...[options.secrets].flat().map((given) => given.secret ?? given),
  ...Object.values(SECRETS),
  canaries.key,
  canaries.tag,
];

test("every kind of mistake is made here", () => {
  const source = new URL("../../src/explain/explanation.ts", import.meta.url);
  const [, union] = readFileSync(source, "utf8").split("export type HintId =");
  const kinds = union.match(/\w+(?=")/g).filter((kind) => kind !== "other_secret");
  assert.deepEqual([...new Set(MISTAKES.map(({ id }) => id))].sort(), kinds.sort());
});

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
    const { hints } = explain(
      new Verifier("peeker", { secrets: SECRETS.peeker, ...AT_NOW }),
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
    const { hints } = explain(
      new Verifier("peeker", { secrets: SECRETS.peeker, ...AT_NOW }),
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

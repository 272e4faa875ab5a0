// `countersign/standard-webhooks` against what the package `standardwebhooks` promises, and against what the tests of
// that package check (standard-webhooks/standard-webhooks, libraries/javascript), both builds of it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DIVERGENCES } from "./standard-webhooks-divergences.mjs";
import {
  at,
  cjsPackage,
  corpus,
  esmPackage,
  outcome,
  upstream,
  upstreamVersion,
} from "./standard-webhooks-packages.mjs";
import { genuine, SECRET } from "./standard-webhooks-requests.mjs";

const NOW = Date.now();
const fresh = (changes) => genuine({ signedAt: NOW, ...changes });
const without = (name) => {
  const { [name]: _, ...headers } = fresh().headers();
  return headers;
};

for (const [build, { core, webhooks }] of Object.entries({ esm: esmPackage, cjs: cjsPackage })) {
  const { Webhook, WebhookVerificationError } = webhooks;

  /** That the request is refused by the error that callers catch. */
  const refused = (headers, code, payload = fresh().payload) => {
    const webhook = new Webhook(SECRET);
    assert.throws(
      () => webhook.verify(payload, headers),
      (error) => {
        assert.ok(error instanceof WebhookVerificationError);
        assert.equal(error.code, code);
        return true;
      },
    );
  };

  describe(`what upstream's tests check (${build})`, () => {
    test("no secret, no webhook", () => {
      for (const secret of ["", undefined, null, "whsec_"])
        assert.throws(() => new Webhook(secret), Error, `${secret}`);
    });

    test("each of the three headers is needed", () => {
      for (const name of Object.keys(fresh().headers())) refused(without(name), "missing_header");
    });

    test("a timestamp that is no number", () => {
      refused({ ...fresh().headers(), "webhook-timestamp": "hello" }, "malformed_header");
    });

    test("a signature that is no tag, part of one, or nothing", () => {
      const signature = fresh().headers()["webhook-signature"];
      for (const sent of ["v1,dawfeoifkpqwoekfpqoekf", signature.slice(0, 8), "v1,", signature.slice(0, -1)]) {
        refused({ ...fresh().headers(), "webhook-signature": sent }, "malformed_header");
      }
    });

    test("a genuine request passes, with its JSON", () => {
      const webhook = new Webhook(SECRET);
      assert.deepEqual(webhook.verify('{"test": 2432232314}', fresh({ payload: '{"test": 2432232314}' }).headers()), {
        test: 2432232314,
      });
    });

    test("a timestamp a second over five minutes old, or ahead", () => {
      refused(fresh({ signedAt: NOW - 301_000 }).headers(), "timestamp_too_old");
      refused(fresh({ signedAt: Date.now() + 302_000 }).headers(), "timestamp_too_new");
    });

    test("one good signature among others is enough", () => {
      const wrong = "Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
      const headers = fresh().headers();
      const sent = [`v1,${wrong}`, `v2,${wrong}`, headers["webhook-signature"], `v1,${wrong}`].join(" ");
      assert.deepEqual(new Webhook(SECRET).verify(fresh().payload, { ...headers, "webhook-signature": sent }), {
        a: 1,
      });
    });

    test("a secret with its prefix and without is one secret", () => {
      for (const secret of [SECRET, SECRET.slice(6)]) {
        assert.deepEqual(new Webhook(secret).verify(fresh().payload, fresh().headers()), { a: 1 });
      }
    });

    test("the published signature", () => {
      const signature = new Webhook(SECRET).sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        new Date(1_614_265_330_000),
        '{"test": 2432232314}',
      );
      assert.equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    });

    test("an empty body is nothing", () => {
      for (const payload of ["", Buffer.alloc(0)]) {
        assert.equal(new Webhook(SECRET).verify(payload, fresh({ payload }).headers()), undefined);
      }
    });
  });

  describe(`what upstream does, and doesn't test (${build})`, () => {
    test("`jsonParse: false` returns nothing, and needs no JSON", () => {
      const request = fresh({ payload: "not JSON" });
      const verify = (options) => new Webhook(SECRET).verify(request.payload, request.headers(), options);
      assert.equal(verify({ jsonParse: false }), undefined);
      for (const options of [undefined, {}, { jsonParse: true }, { jsonParse: undefined }]) {
        assert.throws(() => verify(options), SyntaxError);
      }
    });

    test("a raw secret is bytes, or text whose characters are bytes", () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
      const text = String.fromCharCode(...bytes);
      const options = { format: "raw" };
      const request = fresh({ secret: bytes, options });
      for (const secret of [bytes, Buffer.from(bytes), text]) {
        assert.deepEqual(new Webhook(secret, options).verify(request.payload, request.headers()), { a: 1 });
        assert.equal(
          new Webhook(secret, options).sign("evt_1", new Date(NOW), request.payload),
          new upstream.Webhook(secret, options).sign("evt_1", new Date(NOW), request.payload),
        );
      }
      const prefixed = "whsec_is part of a raw secret\n";
      assert.equal(
        new Webhook(prefixed, options).sign("evt_1", new Date(NOW), ""),
        new upstream.Webhook(prefixed, options).sign("evt_1", new Date(NOW), ""),
      );
    });

    test("a key that changes after construction changes nothing", () => {
      const secret = new Uint8Array(24).fill(1);
      const webhook = new Webhook(secret, { format: "raw" });
      const request = fresh({ secret: secret.slice(), options: { format: "raw" } });
      secret.fill(2);
      assert.deepEqual(webhook.verify(request.payload, request.headers()), { a: 1 });
      assert.equal(webhook.sign("evt_1", new Date(NOW), request.payload), request.headers()["webhook-signature"]);
    });

    test("what it signs it verifies, the other package too", () => {
      for (const payload of ["{}", '"\u00e9\u{1f600}"', Buffer.from('{"b":2}')]) {
        const ours = new Webhook(SECRET);
        const theirs = new upstream.Webhook(SECRET);
        const headers = fresh().headers();
        for (const [signer, verifier] of [
          [ours, theirs],
          [theirs, ours],
        ]) {
          const signature = signer.sign("evt_1", new Date(NOW + 999), payload);
          headers["webhook-timestamp"] = String(Math.floor((NOW + 999) / 1000));
          const value = verifier.verify(payload, { ...headers, "webhook-signature": signature });
          assert.deepEqual(value, JSON.parse(payload.toString()));
        }
      }
    });
  });

  describe(`what is ours (${build})`, () => {
    test("the error is a VerificationError with a name, a code, and the facts", () => {
      const { "webhook-timestamp": timestamp, ...rest } = fresh({ signedAt: NOW - 400_000 }).headers();
      const error = outcome(webhooks, {
        ...fresh(),
        headers: () => ({ ...rest, "webhook-timestamp": timestamp }),
      }).error;
      assert.ok(error instanceof WebhookVerificationError);
      assert.ok(error instanceof core.VerificationError);
      assert.ok(error instanceof Error);
      assert.equal(error.name, "WebhookVerificationError");
      assert.equal(error.constructor.name, "WebhookVerificationError");
      assert.equal(error.code, "timestamp_too_old");
      assert.equal(error.skewSeconds, (NOW - 1000 * Number(timestamp)) / 1000);
      assert.ok(error.stack.includes(error.message) && error.stack.includes("\n    at "));
      assert.deepEqual(
        Object.keys(error).sort(),
        ["code", "header", "skewSeconds"].filter((key) => key in error),
      );
      const missing = outcome(webhooks, { ...fresh(), headers: () => without("webhook-id") }).error;
      assert.equal(missing.header, "webhook-id");
    });

    test("one error is not the other", () => {
      const verifier = new core.Verifier("standard-webhooks", { secrets: SECRET });
      const { error } = verifier.safeVerify("{}", {});
      assert.ok(error instanceof core.VerificationError);
      assert.ok(!(error instanceof WebhookVerificationError));
      for (const value of [undefined, null, "text", new Error("x"), {}]) {
        assert.ok(!(value instanceof WebhookVerificationError));
      }
    });

    test("the error can be made by hand, as upstream's", () => {
      const error = new WebhookVerificationError("no");
      assert.ok(error instanceof WebhookVerificationError);
      assert.equal(error.message, "no");
      assert.equal(error.name, "WebhookVerificationError");
      assert.equal(error.code, "signature_mismatch");
      class Own extends WebhookVerificationError {}
      assert.ok(new Own("no") instanceof Own && new Own("no") instanceof WebhookVerificationError);
      assert.ok(!(error instanceof Own));
    });

    test("secrets that can't be right", () => {
      const codes = (secret, options) => {
        const { verdict, error } = outcome(webhooks, { ...fresh(), secret, options });
        assert.ok(verdict === "no-webhook" && error instanceof core.ConfigError, `${secret}`);
        return error.code;
      };
      assert.equal(codes(""), "empty_secret");
      assert.equal(codes("whsec_"), "empty_secret");
      assert.equal(codes(" "), "empty_secret");
      assert.equal(codes("", { format: "raw" }), "empty_secret");
      assert.equal(codes(new Uint8Array(0), { format: "raw" }), "empty_secret");
      assert.equal(codes(`${SECRET}\n`), "malformed_secret");
      assert.equal(codes(`v1,${SECRET}`), "malformed_secret");
      assert.equal(codes("not base64, not at all"), "malformed_secret");
      assert.equal(codes("whsec_AAAA"), "weak_secret");
      assert.equal(codes("short", { format: "raw" }), "weak_secret");
      for (const odd of [undefined, null, 42, {}, [], [SECRET], { secret: SECRET }]) {
        codes(odd);
        codes(odd, { format: "raw" });
      }
    });

    test("a weak secret has to be allowed", () => {
      const request = fresh({ secret: "whsec_AAAA" });
      const webhook = new Webhook("whsec_AAAA", { allowWeakSecret: true });
      assert.deepEqual(webhook.verify(request.payload, request.headers()), { a: 1 });
      assert.equal(webhook.sign("evt_1", new Date(NOW), request.payload), request.headers()["webhook-signature"]);
      assert.throws(() => new Webhook("", { allowWeakSecret: true }), { code: "empty_secret" });
    });

    test("nothing of a secret is in sight", async () => {
      const { inspect } = await import("node:util");
      const canary = Buffer.from("canary, canary, canary");
      const webhook = new Webhook(canary.toString("base64"));
      const seen = inspect(webhook, { showHidden: true, depth: 9 }) + JSON.stringify(webhook);
      for (const form of ["latin1", "base64", "hex"]) assert.ok(!seen.includes(canary.toString(form)));
      assert.ok(!/99,\s*97,\s*110/.test(seen));
    });

    test("sign refuses what no receiver could verify", () => {
      const webhook = new Webhook(SECRET);
      for (const id of ["", "a.b", "\u00e9", "x".repeat(256), undefined]) {
        assert.throws(() => webhook.sign(id, new Date(NOW), ""), { name: "ConfigError", code: "invalid_id" }, `${id}`);
      }
      for (const time of [Number.NaN, -1, 0, 1e15]) {
        assert.throws(() => webhook.sign("evt_1", new Date(time), ""), { code: "invalid_timestamp" }, `${time}`);
      }
      for (const body of [{}, null, undefined, 42, "\ud800"]) {
        assert.throws(() => webhook.sign("evt_1", new Date(NOW), body), { code: "body_not_raw" }, `${body}`);
      }
      assert.throws(() => webhook.sign("evt_1", undefined, ""), { code: "invalid_timestamp" });
      assert.throws(() => webhook.sign("evt_1", String(NOW), ""), Error);
    });

    test("headers of no shape at all are missing", () => {
      for (const headers of [null, undefined, 42, "webhook-id: evt_1", Symbol(), [], {}, () => {}, new Date()]) {
        refused(headers, "missing_header");
      }
    });

    test("a getter's own exception comes through", () => {
      const headers = fresh().headers();
      const own = new Error("mine");
      for (const name of ["webhook-id", "svix-id"]) {
        const trap = Object.defineProperty({ ...headers }, name, {
          enumerable: true,
          get: () => {
            throw own;
          },
        });
        assert.throws(() => new Webhook(SECRET).verify("{}", trap), own);
      }
      assert.throws(
        () =>
          new Webhook(SECRET).verify("{}", {
            get: () => {
              throw own;
            },
          }),
        own,
      );
    });
  });

  describe(`Svix's names (${build})`, () => {
    const svix = () =>
      Object.fromEntries(
        Object.entries(fresh().headers()).map(([name, value]) => [name.replace("webhook", "svix"), value]),
      );
    const shapes = {
      object: (headers) => headers,
      "object in capitals": (headers) =>
        Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value])),
      "object without a prototype": (headers) => Object.assign(Object.create(null), headers),
      "arrays and undefined": (headers) => ({
        accept: undefined,
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      }),
      Headers: (headers) => new Headers(headers),
      "only get": (headers) => ({ get: (name) => headers[name.toLowerCase()] ?? null }),
      Map: (headers) => new Map(Object.entries(headers)),
      "Map in capitals": (headers) =>
        new Map(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value])),
      pairs: (headers) => Object.entries(headers),
      iterator: (headers) => Object.entries(headers).values(),
    };
    for (const [shape, of] of Object.entries(shapes)) {
      test(shape, () => {
        const verify = (headers) => new Webhook(SECRET).verify(fresh().payload, of(headers));
        const standard = fresh().headers();
        assert.deepEqual(verify(svix()), { a: 1 });
        assert.deepEqual(verify({ ...svix(), ...standard }), { a: 1 }, "both, and they agree");
        assert.deepEqual(verify({ "svix-id": standard["webhook-id"], ...standard }), { a: 1 }, "one of them twice");
        assert.deepEqual(verify({ "svix-ids": "x", "x-svix-id": "x", ...standard }), { a: 1 }, "other names");
        const refusals = [
          [{ ...svix(), "svix-id": "evt_2" }, "signature_mismatch"],
          [{ ...svix(), "webhook-id": "evt_2" }, "ambiguous_header"],
          [{ ...standard, "svix-id": "evt_2" }, "ambiguous_header"],
          [{ ...standard, "svix-id": "" }, "ambiguous_header"],
          [{ ...standard, "svix-timestamp": "1" }, "ambiguous_header"],
          [{ ...standard, "svix-signature": "v1,AAAA" }, "malformed_header"],
          [{ "svix-id": standard["webhook-id"] }, "missing_header"],
        ];
        for (const [headers, code] of refusals) {
          assert.throws(() => verify(headers), { name: "WebhookVerificationError", code }, JSON.stringify(headers));
        }
      });
    }

    test("doubled in itself", () => {
      const twice = [...Object.entries(svix()), ["Svix-Id", fresh().id]];
      refused(twice, "ambiguous_header");
      refused(
        [...Object.entries(fresh().headers()), ["webhook-id", fresh().id], ["svix-id", fresh().id]],
        "ambiguous_header",
      );
    });

    test("odd entries beside them", () => {
      for (const odd of [null, undefined, 42, [], [1, 2], ["svix-id"], ["svix-id", 42], [null, "x"]]) {
        const { verdict } = outcome(webhooks, { ...fresh(), headers: () => [...Object.entries(svix()), odd] });
        assert.notEqual(verdict, "confused", JSON.stringify(odd));
      }
    });
  });

  describe(`divergences from standardwebhooks ${upstreamVersion} (${build})`, () => {
    for (const { id, kind, examples, applies } of DIVERGENCES) {
      test(`${id} (${kind})`, () => {
        for (const [index, example] of examples.entries()) {
          const request = example(genuine());
          const theirs = outcome(upstream, request);
          const ours = outcome(webhooks, request);
          assert.ok(
            applies(request, theirs, ours),
            `example ${index}: ${JSON.stringify([request.headers(), theirs, ours])}`,
          );
        }
      });
    }
  });
}

test("the builds know each other's errors", () => {
  for (const [one, two] of [
    [esmPackage, cjsPackage],
    [cjsPackage, esmPackage],
  ]) {
    const { error } = outcome(one.webhooks, { ...fresh(), headers: () => ({}) });
    assert.ok(error instanceof two.webhooks.WebhookVerificationError);
    assert.ok(error instanceof two.core.VerificationError);
  }
});

test("the corpus: published requests, and all others that one key at the default tolerance can judge", (t) => {
  const isPublished = ({ comment }) => /standard-webhooks\/standard-webhooks@|svix/i.test(comment);
  // The core ignores Svix's names; here they mean something, and these say another thing than the standard ones.
  const hasSvixName = ({ headers }) => headers.some(([name]) => /^svix-/i.test(name));
  const counts = { published: 0, tests: 0, svix: 0, keyringsRefused: 0 };
  const body = ({ body, bodyHex, bodyRepeat }) =>
    bodyHex !== undefined ? Buffer.from(bodyHex, "hex") : bodyRepeat ? bodyRepeat.text.repeat(bodyRepeat.count) : body;

  for (const group of corpus.testGroups) {
    const [key] = group.keys;
    if (group.keys.length !== 1 || (group.toleranceSeconds ?? 300) !== 300 || "notBefore" in key || "notAfter" in key)
      continue;
    const secret = key.secret ?? Buffer.from(key.secretHex, "hex");
    const options = { allowWeakSecret: group.allowWeakSecret };
    if (group.keysResult !== undefined) {
      assert.equal(outcome(esmPackage.webhooks, { ...fresh(), secret, options }).code, group.keysResult, group.comment);
      counts.keyringsRefused++;
    }
    for (const vector of group.tests ?? []) {
      const request = {
        secret,
        options,
        payload: body(vector),
        now: vector.now,
        headers: () => vector.headers,
        verify: { jsonParse: false },
      };
      const valid = vector.result === "valid" && !hasSvixName(vector);
      const refusal = hasSvixName(vector) ? ["ambiguous_header", "webhook-id"] : [vector.code, vector.header];
      const expected = valid ? ["accepted"] : ["refused", ...refusal];
      for (const { webhooks } of [esmPackage, cjsPackage]) {
        const { verdict, code, header } = outcome(webhooks, request);
        assert.deepEqual(
          [verdict, code, header].slice(0, expected.length),
          expected,
          `${vector.tcId} ${vector.comment}`,
        );
      }
      counts.tests++;
      counts.svix += hasSvixName(vector) ? 1 : 0;
      counts.published += isPublished(vector) ? 1 : 0;
    }
  }
  t.diagnostic(JSON.stringify(counts));
  assert.equal(counts.published, 17);
  assert.equal(counts.svix, 1);
  assert.ok(counts.tests > 600 && counts.keyringsRefused > 20);
});

test("the clock of these tests is one for both", () => {
  assert.equal(
    at(1234, () => Date.now()),
    1234,
  );
  assert.equal(
    at(1234, () => new Date().getTime()),
    1234,
  );
  assert.ok(at(1234, () => new Date(5)) instanceof Date);
});

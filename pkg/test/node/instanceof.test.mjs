// The ESM and the CommonJS build in one process: whoever catches an error need not know which of
// them threw it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { load, NOW, now, require, SECRET } from "./installed.mjs";

const esm = await load();
const cjs = {
  countersign: require("countersign"),
  standardWebhooks: require("countersign/standard-webhooks"),
};

const thrown = (run) => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

const errors = ({ countersign: { Verifier, sign, matchesType } }) => ({
  VerificationError: [
    thrown(() => new Verifier("peeker", { secrets: SECRET }).verify("", {})),
    thrown(() => new Verifier("peeker", { secrets: SECRET }).verify({}, {})),
    new Verifier("peeker", { secrets: SECRET }).safeVerify("", {}).error,
  ],
  ConfigError: [
    thrown(() => new Verifier("peeker", { secrets: "" })),
    thrown(() => sign("peeker", { secret: SECRET, body: "" })),
    thrown(() => matchesType("", "a.b")),
  ],
});

test("these are two builds", () => {
  assert.notEqual(esm.countersign.Verifier, cjs.countersign.Verifier);
  assert.notEqual(esm.countersign.VerificationError, cjs.countersign.VerificationError);
});

test("classes and errors go by their names, also in a stack", () => {
  for (const build of [esm, cjs]) {
    const { Verifier, VerificationError, ConfigError } = build.countersign;
    const { Webhook, WebhookVerificationError } = build.standardWebhooks;
    const names = { Verifier, VerificationError, ConfigError, Webhook, WebhookVerificationError };
    for (const [name, { name: own }] of Object.entries(names)) assert.equal(own, name);
    for (const [kind, list] of Object.entries(errors(build))) {
      for (const error of list) {
        assert.ok(inspect(error).startsWith(`${kind}: ${error.message}`), inspect(error));
      }
    }
  }
});

test("they export the same", () => {
  for (const entry of ["countersign", "standardWebhooks"]) {
    const names = (of) =>
      Object.keys(of[entry])
        .filter((name) => name !== "default" && name !== "module.exports")
        .sort();
    assert.deepEqual(names(esm), names(cjs));
  }
  const asDefault = ["countersign", "standardWebhooks"].filter((entry) => "default" in cjs[entry]);
  assert.deepEqual(asDefault, []);
});

for (const [from, other, say] of [
  [esm, cjs, "ESM to CommonJS"],
  [cjs, esm, "CommonJS to ESM"],
  [esm, esm, "ESM"],
  [cjs, cjs, "CommonJS"],
]) {
  test(`instanceof, ${say}`, () => {
    for (const [kind, list] of Object.entries(errors(from))) {
      const foreign = kind === "ConfigError" ? "VerificationError" : "ConfigError";
      for (const error of list) {
        assert.ok(error instanceof other.countersign[kind], `${error} is a ${kind}`);
        assert.ok(!(error instanceof other.countersign[foreign]), `${error} is no ${foreign}`);
        assert.ok(error instanceof Error);
        assert.equal(error.name, kind);
      }
    }
  });

  test(`instanceof of the other entry point, ${say}`, () => {
    const { Webhook, WebhookVerificationError } = from.standardWebhooks;
    const error = thrown(() => new Webhook(Buffer.alloc(32, 1)).verify("", {}));
    assert.ok(error instanceof WebhookVerificationError);
    assert.ok(error instanceof other.countersign.VerificationError);
    const plain = errors(from).VerificationError[0];
    assert.ok(
      !(plain instanceof other.standardWebhooks.WebhookVerificationError),
      "a plain one is none",
    );
  });
}

test("what only looks like one is none", () => {
  const real = errors(esm).VerificationError[0];
  const fakes = [
    null,
    undefined,
    5,
    "VerificationError",
    {},
    [],
    new Error("x"),
    Object.assign(new Error("x"), { name: "VerificationError", code: "x" }),
    { ...real },
    JSON.parse(JSON.stringify(real)),
    new Proxy({}, {}),
    Object.create(null),
  ];
  for (const { countersign } of [esm, cjs]) {
    for (const fake of fakes) {
      assert.ok(!(fake instanceof countersign.VerificationError));
      assert.ok(!(fake instanceof countersign.ConfigError));
    }
  }
});

test("the builds verify inside one another", () => {
  const verifiers = [esm, cjs].map(
    ({ countersign }) => new countersign.Verifier("peeker", { secrets: SECRET, now }),
  );
  const message = (size) => {
    const body = Buffer.alloc(size, "x");
    const id = `evt_${size}`;
    return {
      body,
      id,
      headers: esm.countersign.sign("peeker", {
        secret: SECRET,
        body,
        id,
        timestamp: new Date(NOW),
      }),
    };
  };
  const inner = message(200_000);
  for (const [outer, other] of [verifiers, [...verifiers].reverse()]) {
    const { body, id, headers } = message(3000);
    const nested = Object.defineProperty({ ...headers }, "Peeker-Signature", {
      enumerable: true,
      get() {
        assert.equal(other.verify(inner.body, inner.headers).id, inner.id);
        return headers["Peeker-Signature"];
      },
    });
    assert.equal(outer.verify(body, nested).id, id);
    assert.equal(outer.safeVerify(Buffer.alloc(3000), nested).error.code, "signature_mismatch");
  }
});

// Whose verifiers `explain` looks into, and that nobody else can.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { serialize } from "node:v8";
import { load, now, project, require, SECRET } from "./installed.mjs";

const esm = await load();
const cjs = { countersign: require("countersign"), explain: require("countersign/explain") };

// As if another dependency had brought a version of its own.
const folder = mkdtempSync(join(tmpdir(), "countersign-"));
after(() => rmSync(folder, { recursive: true }));
const copy = join(folder, "node_modules/countersign");
cpSync(join(project, "node_modules/countersign"), copy, { recursive: true });
const fromCopy = (file) => import(pathToFileURL(join(copy, "dist/esm", file)).href);
const other = {
  countersign: await fromCopy("index.js"),
  explain: await fromCopy("explain/index.js"),
};

const made = ({ countersign }) => new countersign.Verifier("peeker", { secrets: SECRET, now });
const headers = () =>
  esm.countersign.sign("peeker", { secret: SECRET, id: "evt_1", body: "{}", timestamp: now() });

const ANOTHER_COPY = /no Verifier of this copy .*`import`.*`require`.*one installed version/;
const NO_VERIFIER = /explain\(verifier, body, headers\): the first argument is no Verifier$/;

const isForeign = (error) => isRefused(error, ANOTHER_COPY);

function isRefused(error, message) {
  assert.ok(error instanceof esm.countersign.ConfigError, inspect(error));
  assert.equal(error.code, "foreign_verifier");
  assert.match(error.message, message);
  return true;
}

test("a copy that has made no verifier yet knows none", () => {
  assert.throws(() => other.explain.explain(made(esm), "{}", headers()), isForeign);
});

const BUILDS = { ESM: esm, CommonJS: cjs, "another installed version": other };
for (const [to, { explain }] of Object.entries(BUILDS)) {
  for (const [from, build] of Object.entries(BUILDS)) {
    const verifier = made(build);
    if (to === from) {
      test(`a verifier and explain, both of ${to}`, () => {
        assert.equal(explain.explain(verifier, "{}", headers()).ok, true);
        const { hints } = explain.explain(verifier, "{}\n", headers());
        assert.equal(hints[0].id, "trailing_newline");
      });
    } else {
      test(`a verifier of ${from}, and explain of ${to}`, () => {
        for (const body of ["{}", "{}\n", undefined]) {
          assert.throws(() => explain.explain(verifier, body, headers()), isForeign);
        }
      });
    }
  }
}

test("a verifier of a class of one's own is explained as any other", () => {
  class Mine extends esm.countersign.Verifier {}
  const mine = new Mine("peeker", { secrets: SECRET, now });
  assert.equal(esm.explain.explain(mine, "{}\n", headers()).hints[0].id, "trailing_newline");
});

test("what only looks like a verifier is none, and the error does not show it", () => {
  const verifier = made(esm);
  const unlike = [
    ...[undefined, null, 0, "", SECRET, Symbol("verifier"), () => verifier, [verifier]],
    ...[{ ...verifier }, esm.countersign.Verifier],
  ];
  const alike = [
    ...[Object.create(verifier), new Proxy(verifier, {}), esm.countersign.Verifier.prototype],
    Object.setPrototypeOf({ scheme: "peeker" }, esm.countersign.Verifier.prototype),
  ];
  for (const [looks, message] of [[unlike, NO_VERIFIER], [alike, ANOTHER_COPY]]) {
    for (const look of looks) {
      assert.throws(
        () => esm.explain.explain(look, "{}", headers()),
        (error) => isRefused(error, message) && !inspect(error).includes(SECRET),
      );
    }
  }
});

const CANARY = "CANARY-7f3a-the-secret-that-must-not-show";
const FORMS = /CANARY|43414e415259|43 41 4e 41 52 59|67,\s*65,\s*78,\s*65,\s*82,\s*89|Q0FOQVJZ/i;

/** Everything that properties lead to, hidden ones and those of prototypes too. */
function reachable(value, found = new Set()) {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  if (found.has(value)) return found;
  found.add(value);
  if (!isObject) return found;
  for (const key of Reflect.ownKeys(value)) {
    found.add(key);
    const { value: held, get } = Reflect.getOwnPropertyDescriptor(value, key);
    reachable(get === undefined ? held : attempt(() => get.call(value)), found);
  }
  return reachable(Object.getPrototypeOf(value), found);
}

const attempt = (run) => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

const textOf = (value) =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer
    ? Buffer.from(value.buffer ?? value).toString("hex")
    : String(attempt(() => String(value)));

for (const [name, { countersign, explain }] of Object.entries(BUILDS)) {
  test(`no property of a verifier leads to its keys (${name})`, () => {
    const key = { id: "mine", secret: CANARY, notAfter: new Date(now().getTime() + 1) };
    for (const secrets of [CANARY, Buffer.from(CANARY), [key, `${CANARY}-2`]]) {
      for (const digest of ["auto", "host", "wasm"]) {
        const verifier = new countersign.Verifier("peeker", { secrets, now, digest });
        // What is made at first need is there afterwards.
        verifier.safeVerify("{}", headers());
        explain.explain(verifier, "{}", headers());
        const found = [...reachable(verifier)];
        for (const level of found) assert.doesNotMatch(textOf(level), FORMS, inspect(level));
        const shown = [
          JSON.stringify(verifier),
          inspect(verifier, { showHidden: true, depth: Infinity, getters: true }),
          inspect(verifier, { showProxy: true, depth: Infinity, compact: false }),
          serialize(structuredClone(verifier)).toString("latin1"),
          JSON.stringify(Object.getOwnPropertyDescriptors(verifier)),
        ];
        for (const text of shown) assert.doesNotMatch(text, FORMS);
        for (const part of ["WebAssembly.Memory", "CoreVerifier", "__wbg_ptr"]) {
          assert.ok(!shown.join("\n").includes(part), part);
        }
      }
    }
  });

  test(`a verifier has its scheme and what it is asked, and nothing else (${name})`, () => {
    const verifier = made({ countersign });
    assert.deepEqual(Reflect.ownKeys(verifier), ["scheme"]);
    const asked = ["constructor", "safeVerify", "verify", "verifyRequest"];
    assert.deepEqual(Reflect.ownKeys(countersign.Verifier.prototype).sort(), asked);
    const statics = Reflect.ownKeys(countersign.Verifier).sort();
    assert.deepEqual(statics, ["length", "name", "prototype"]);
  });
}

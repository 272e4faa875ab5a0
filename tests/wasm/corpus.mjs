// The corpus in tests/vectors, through the core as WebAssembly: with its own hash, and with node:crypto's.
//
// The environment variable COUNTERSIGN_GLUE names what wasm-bindgen made for Node.js; default: build/corpus/index.js.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { test } from "node:test";

const glue = process.env.COUNTERSIGN_GLUE ?? "build/corpus/index.js";
const { Keys, Verifier } = createRequire(import.meta.url)(resolve(glue));
const VECTORS = new URL("../vectors/", import.meta.url);
const FILES = readdirSync(VECTORS).filter((name) => name.endsWith(".json"));

/** The group's verifier; throws the code of what is wrong with its keys. */
function verifier(group) {
  const keys = new Keys(group.scheme, group.allowWeakSecret ?? false);
  for (const key of group.keys) {
    if (key.secretHex === undefined) keys.addText(key.id, key.secret, key.notBefore, key.notAfter);
    else keys.addBytes(key.id, Buffer.from(key.secretHex, "hex"), key.notBefore, key.notAfter);
  }
  return new Verifier(group.scheme, keys, group.toleranceSeconds, group.timestampFormat?.fractionDigits);
}

function bodyOf(vector) {
  if (vector.bodyHex !== undefined) return Buffer.from(vector.bodyHex, "hex");
  const { text, count } = vector.bodyRepeat ?? { text: vector.body, count: 1 };
  return Buffer.from(text.repeat(count));
}

const PATHS = {
  core: (verifier, headers, body, now) => verifier.verify(headers, body, now),
  host(verifier, headers, body, now) {
    const digests = verifier
      .hostPrefixes(headers, now)
      .map((prefix) => createHash("sha256").update(prefix).update(body).digest());
    return verifier.finish(headers, Buffer.concat(digests), body, now);
  },
};

function check(verdict, vector, context) {
  if (vector.result === "valid") {
    assert.equal(verdict.code, undefined, context);
    for (const name of ["keyId", "dedupeKey", "type", "typeSigned", "typeConflict"]) {
      if (name in vector) assert.equal(verdict[name] ?? null, vector[name], `${context}: ${name}`);
    }
  } else {
    assert.equal(verdict.code, vector.code, context);
    assert.equal(verdict.header ?? undefined, vector.header ?? undefined, context);
  }
}

for (const file of FILES) {
  test(file, () => {
    const { testGroups } = JSON.parse(readFileSync(new URL(file, VECTORS), "utf8"));
    let vectors = 0;
    let refused = 0;
    for (const group of testGroups) {
      if (group.keysResult !== undefined) {
        assert.throws(() => verifier(group), (code) => code === group.keysResult, group.comment);
        refused += 1;
        continue;
      }
      const ours = verifier(group);
      for (const vector of group.tests) {
        const body = bodyOf(vector);
        for (const [name, path] of Object.entries(PATHS)) {
          const verdict = path(ours, vector.headers.flat(), body, vector.now);
          check(verdict, vector, `${file} ${group.class} ${vector.tcId} (${name} digests): ${vector.comment}`);
          verdict.free();
        }
        vectors += 1;
      }
      ours.free();
    }
    assert.ok(vectors > 0);
    const name = file.replace(".json", "");
    console.log(`corpus: ${name}: ${vectors} vectors by ${Object.keys(PATHS).length} paths, ${refused} refused keyrings`);
  });
}

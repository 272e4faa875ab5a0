// A million random requests; and what Node shows of a verifier, which must not be its secret.

import assert from "node:assert/strict";
import * as nodeCrypto from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { run } from "../suite/index.ts";
import { load, NOW, readVectors } from "./installed.mjs";

const packages = await load();
const randomInputs = Number(process.env.COUNTERSIGN_RANDOM ?? 1_000_000);

test("safeVerify judges a million random requests and never throws", async (t) => {
  const digests = ["wasm", "host"];
  const api = { ...packages, vectors: readVectors(), digests, nodeCrypto, randomInputs };
  const { sections, failed } = await run({ ...api, only: ["random"] });
  assert.deepEqual(
    sections.flatMap(({ failures }) => failures),
    [],
  );
  assert.equal(failed, 0);
  assert.ok(sections[0].checks > 20);
  t.diagnostic(`${randomInputs} random requests`);
});

const CANARY = "CANARY-7f3a-the-secret-that-must-not-show";
const { Verifier, sign } = packages.countersign;
const { explain } = packages.explain;

test("inspect shows no secret, however deep it looks", () => {
  const now = () => new Date(NOW);
  const key = { id: "mine", secret: CANARY, notAfter: new Date(NOW + 1) };
  const headers = sign("peeker", { secret: CANARY, body: "{}", id: "evt_1", timestamp: now() });
  for (const digest of ["wasm", "host", "auto"]) {
    const verifier = new Verifier("peeker", { secrets: [key, `${CANARY}-2`], now, digest });
    const bytes = new Verifier("peeker", { secrets: Buffer.from(CANARY), now, digest });
    const handedOut = [
      verifier,
      bytes,
      Verifier,
      { ...packages.countersign },
      verifier.verify("{}", headers),
      verifier.safeVerify("{}", headers),
      verifier.safeVerify("{} ", headers),
      verifier.safeVerify(null, headers),
      explain(verifier, "{} ", headers),
      explain(verifier, {}, {}),
    ];
    for (const value of handedOut) {
      const options = {
        showHidden: true,
        depth: 20,
        getters: true,
        maxStringLength: Infinity,
        maxArrayLength: 5000,
      };
      for (const text of [
        inspect(value, options),
        inspect(value),
        JSON.stringify(value) ?? "",
        String(value),
      ]) {
        assert.doesNotMatch(
          text,
          /CANARY|43414e415259|43 41 4e 41 52 59|67,\s*65,\s*78,\s*65,\s*82,\s*89|Q0FOQVJZ/i,
        );
      }
    }
  }
});

test("a mistake in the configuration quotes no secret, also as a cause", () => {
  const tries = [
    { secrets: `${CANARY}\n` },
    { secrets: [CANARY, CANARY] },
    { secrets: { value: CANARY } },
    CANARY,
    [CANARY],
  ];
  for (const options of tries) {
    assert.throws(
      () => new Verifier("peeker", options),
      (error) => {
        assert.doesNotMatch(inspect(error, { showHidden: true, depth: 20 }), /CANARY/);
        assert.doesNotMatch(error.stack, /CANARY/);
        return true;
      },
    );
  }
});

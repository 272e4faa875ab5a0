// Lengths around each crossover and each buffer's length that the package's source names, and beyond
// a megabyte, against node:crypto.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LENGTHS } from "../suite/lengths.ts";
import { load, now, root, SECRET } from "./installed.mjs";

const { countersign } = await load();
/** The numbers in a file's constants, and products of them, if they can be lengths. */
function lengthsIn(file) {
  const source = readFileSync(join(root, "pkg/src", file), "utf8");
  const constants = source.match(/^(?:export )?const [A-Z_]+ = [^;]*;/gm) ?? [];
  return constants
    .flatMap((constant) => constant.match(/\b[0-9][0-9_]*(?:\s*\*\s*[0-9][0-9_]*)*\b/g) ?? [])
    .map((product) => product.split("*").map((one) => Number(one.replaceAll("_", ""))))
    .map((factors) => factors.reduce((all, one) => all * one, 1))
    .filter((length) => length >= 64 && length <= 8 * 1024 * 1024);
}

const crossovers = [...new Set(["digest.ts", "core.ts"].flatMap(lengthsIn))];

const largest = 8 * 1024 * 1024 + 200;
const content = Buffer.alloc(largest + 64, (_, i) => i).map((_, i) => (i * 2_654_435_761) >>> 13);

function genuine(length, offset) {
  const body = content.subarray(offset, offset + length);
  const mac = createHmac("sha256", SECRET).update("1763740800.evt_1.").update(body).digest("hex");
  const headers = {
    "peeker-timestamp": "1763740800",
    "peeker-event-id": "evt_1",
    "peeker-signature": `v1=${mac}`,
  };
  return { body, headers };
}

const options = { secrets: ["another secret, which comes first", SECRET], now };
const verifiers = ["wasm", "host", "auto"].map((digest) => [
  digest,
  new countersign.Verifier("peeker", { ...options, digest }),
]);

function judge(length) {
  const { body, headers } = genuine(length, length % 61);
  const forged = Buffer.from(body);
  if (length > 0) forged[(length * 7919) % length || length - 1] ^= 1;
  for (const [digest, verifier] of verifiers) {
    const verdict = verifier.safeVerify(body, headers);
    assert.ok(
      verdict.ok && verdict.event.keyId === "key-2",
      `${length} bytes, ${digest}: ${verdict.error}`,
    );
    if (length === 0) continue;
    assert.equal(
      verifier.safeVerify(forged, headers).error?.code,
      "signature_mismatch",
      `${length} bytes, ${digest}`,
    );
  }
}

test("around every crossover", (t) => {
  assert.ok(crossovers.length > 0, "the source names no length");
  t.diagnostic(`crossovers: ${crossovers.join(", ")}`);
  for (const crossover of crossovers) {
    // The signed content has up to 330 bytes more than the body.
    for (let length = Math.max(0, crossover - 400); length <= crossover + 400; length += 1) {
      if (Math.abs(length - crossover) < 80 || length % 7 === 0) judge(length);
    }
  }
});

test("the suite, which every runtime runs, goes through them too", () => {
  const covered = new Set(LENGTHS);
  for (const crossover of crossovers.filter((length) => length <= 2 ** 20)) {
    for (const length of [crossover - 1, crossover, crossover + 1]) {
      assert.ok(covered.has(length), `${length} is not among the suite's lengths`);
    }
  }
});

test("megabytes", () => {
  for (const length of [2, 4, 8].flatMap((megabytes) =>
    [-1, 0, 1].map((more) => megabytes * 2 ** 20 + more),
  ))
    judge(length);
});

test("every offset and every length of a few blocks", () => {
  for (let length = 0; length < 200; length += 1) judge(length);
});

test("prefixes of every length: long ids", () => {
  for (let length = 1; length <= 255; length += 1) {
    const id = "x".repeat(length);
    for (const size of [0, 57, 300, 2000, 100_000]) {
      if (size > 300 && length % 16 > 1) continue;
      const body = content.subarray(0, size);
      const mac = createHmac("sha256", SECRET)
        .update(`1763740800.${id}.`)
        .update(body)
        .digest("hex");
      const headers = {
        "Peeker-Timestamp": "1763740800",
        "Peeker-Event-Id": id,
        "Peeker-Signature": `v1=${mac}`,
      };
      for (const [digest, verifier] of verifiers) {
        const verdict = verifier.safeVerify(body, headers);
        assert.ok(
          verdict.ok && verdict.event.id === id,
          `an id of ${length}, ${size} bytes, ${digest}`,
        );
      }
    }
  }
});

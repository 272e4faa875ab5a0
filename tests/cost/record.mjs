// Runs the built package through some requests, each in an instance of its own, and writes down all that crosses the
// boundary: `node record.mjs DIST OUTPUT`.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { recordInstances } from "./recorder.mjs";

const SECRET = "whatever the portal shows";
const NOW = new Date("2026-11-21T18:00:00.000Z");
const SIZES = { "0 B": 0, "256 B": 256, "1 KiB": 1024, "16 KiB": 16_384, "64 KiB": 65_536 };

/** How often a request is verified before it counts: what is made at first need is there then. */
const WARM_UPS = 2;

const [dist, output] = process.argv.slice(2);
const recordings = recordInstances();
const shipped = readFileSync(join(dist, "verifier.wasm"));

const cases = [];
for (const [index, { name, scheme = "peeker", digest = "wasm", request, act }] of plan().entries()) {
  const { Verifier } = await import(`${pathToFileURL(resolve(dist, "esm/index.js"))}?case=${index}`);
  const before = recordings.length;
  const verifier = new Verifier(scheme, { secrets: SECRET, now: () => NOW, digest });
  for (let round = 0; round < WARM_UPS; round++) act(verifier, request);
  const recording = recordings[before];
  assert.equal(recordings.length, before + 1, `${name}: there is to be one instance`);
  assert.ok(shipped.equals(recording.binary), "the script has another wasm in it than verifier.wasm");
  recording.label("counted");
  act(verifier, request);
  cases.push({ name, calls: recording.calls });
}
writeFileSync(output, JSON.stringify(cases));

function plan() {
  const accepted = Object.entries(SIZES).flatMap(([size, length]) => {
    const request = peeker(length);
    return [
      { name: `verify, wasm, ${size}`, request, act: verify },
      { name: `verify, host, ${size}`, digest: "host", request, act: verify },
      { name: `verify and read, wasm, ${size}`, request, act: verifyAndRead },
    ];
  });
  const { body, headers } = peeker(1024);
  const [id, timestamp] = headers;
  const others = [
    { name: "refused: no signature", request: { body, headers: [id, timestamp] }, act: refuse },
    { name: "refused: too old", request: peeker(1024, 301), act: refuse },
    { name: "refused: changed body", request: { body: changed(body), headers }, act: refuse },
  ];
  const request = boateros(1024);
  const boaterosCases = [
    { name: "verify, Boateros, wasm, 1 KiB", scheme: "boateros", request, act: verify },
    { name: "verify and read, Boateros, wasm, 1 KiB", scheme: "boateros", request, act: verifyAndRead },
  ];
  return [...accepted, ...boaterosCases, ...others];
}

function verify(verifier, { body, headers }) {
  return verifier.verify(body, Object.fromEntries(headers));
}

function verifyAndRead(verifier, request) {
  const event = verify(verifier, request);
  assert.equal(event.timestamp.getTime(), NOW.getTime());
  assert.equal(event.type, request.type);
  assert.ok(event.dedupeKey.startsWith(verifier.scheme));
}

function refuse(verifier, { body, headers }) {
  assert.equal(verifier.safeVerify(body, Object.fromEntries(headers)).ok, false);
}

function peeker(length, age = 0) {
  const [body, type] = bodyOf(length);
  const timestamp = String(NOW.getTime() / 1000 - age);
  const signature = `v1=${sign(`${timestamp}.evt_01JD7Z5K3V9Q8W2X4Y6B.`, body)}`;
  const headers = [
    ["peeker-event-id", "evt_01JD7Z5K3V9Q8W2X4Y6B"],
    ["peeker-timestamp", timestamp],
    ["peeker-signature", signature],
  ];
  return { body, type, headers };
}

function boateros(length) {
  const [body] = bodyOf(length, "hull.sold");
  const headers = [
    ["boateros-event", "hull.sold"],
    ["boateros-timestamp", NOW.toISOString()],
    ["boateros-signature", sign(`${NOW.toISOString()}.`, body)],
  ];
  return { body, type: "hull.sold", headers };
}

function sign(prefix, body) {
  return createHmac("sha256", SECRET).update(prefix).update(body).digest("hex");
}

/** A JSON event of exactly this length, and its type. Nothing is no event, and has none. */
function bodyOf(length, type = "order.completed") {
  if (length === 0) return [new Uint8Array(), undefined];
  const item = '{"sku":"A-1029","quantity":3,"price":1999,"note":"leave at \\"pier 4\\""},';
  const start = `{"type":"${type}","lines":[`;
  const room = length - start.length - '""]}'.length;
  const items = item.repeat(Math.floor(room / item.length));
  const text = `${start}${items}"${"x".repeat(room - items.length)}"]}`;
  assert.equal(text.length, length);
  return [new TextEncoder().encode(text), type];
}

function changed(body) {
  const copy = body.slice();
  copy[copy.length - 4] ^= 1;
  return copy;
}

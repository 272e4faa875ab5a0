// The real `standardwebhooks` against `countersign/standard-webhooks`: one verdict on every random request, but for the
// divergences that are listed, each of which has to occur. CASES and SEED make other runs of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";

import { DIVERGENCES } from "./standard-webhooks-divergences.mjs";
import { random, request } from "./standard-webhooks-mutations.mjs";
import { isGenuine } from "./standard-webhooks-requests.mjs";
import { at, esmPackage, outcome, upstream } from "./standard-webhooks-packages.mjs";

const CASES = Number(process.env.CASES ?? 30_000);
const SEED = Number(process.env.SEED ?? 20261121);
const { webhooks } = esmPackage;

const isSame = (theirs, ours) => theirs.verdict === ours.verdict && isDeepStrictEqual(theirs.value, ours.value);
const show = (value) =>
  JSON.stringify(value, (_, part) =>
    part instanceof Uint8Array ? `bytes ${Buffer.from(part).toString("hex")}` : part,
  );

test("one verdict, but for what is listed", (t) => {
  const r = random(SEED);
  const same = {};
  const divergences = Object.fromEntries(DIVERGENCES.map(({ id }) => [id, 0]));
  for (let index = 0; index < CASES; index++) {
    const sent = request(r);
    const theirs = outcome(upstream, sent);
    const ours = outcome(webhooks, sent);
    if (ours.verdict === "accepted" || ours.verdict === "unreadable") {
      assert.ok(
        isGenuine(sent),
        `case ${index} of seed ${SEED} is forged: ${show({ ...sent, headers: sent.headers() })}`,
      );
    }
    if (isSame(theirs, ours)) {
      same[ours.verdict] = (same[ours.verdict] ?? 0) + 1;
      continue;
    }
    const row = DIVERGENCES.find(({ applies }) => applies(sent, theirs, ours));
    assert.ok(
      row,
      `case ${index} of seed ${SEED} is on no list: ${show({ ...sent, headers: sent.headers(), theirs, ours })}`,
    );
    divergences[row.id]++;
  }
  t.diagnostic(`${CASES} requests; the same verdict: ${show(same)}; divergences: ${show(divergences)}`);
  for (const verdict of ["accepted", "refused", "unreadable", "no-webhook"]) {
    assert.ok(same[verdict] > CASES / 200, `${verdict}: ${same[verdict]}`);
  }
  for (const [id, count] of Object.entries(divergences)) assert.ok(count > 0, `${id} did not occur`);
});

test("one signature, or a refusal that is listed", (t) => {
  const r = random(SEED + 1);
  const counts = { same: 0, refusedBecause: {} };
  for (let index = 0; index < CASES / 3; index++) {
    const { secret, options, id, now, payload } = request(r);
    const attempt = ({ Webhook }) => {
      try {
        return { signature: new Webhook(secret, options).sign(id, new Date(now), payload) };
      } catch (error) {
        return { error };
      }
    };
    const [theirs, ours] = [upstream, webhooks].map(attempt);
    if (theirs.signature === ours.signature) {
      counts.same++;
      continue;
    }
    const reason = SIGNING.find(({ applies }) => applies({ secret, options, id, payload }, theirs, ours));
    assert.ok(reason, `case ${index} is on no list: ${show({ secret, options, id, now, payload, theirs, ours })}`);
    counts.refusedBecause[reason.because] = (counts.refusedBecause[reason.because] ?? 0) + 1;
  }
  t.diagnostic(show(counts));
  assert.ok(counts.same > CASES / 6);
  for (const { because } of SIGNING) assert.ok(counts.refusedBecause[because] > 0, because);
});

/** Where signatures differ: we refuse what no receiver could verify, and sign the bytes that are sent. */
const SIGNING = [
  {
    because: "the secret: as for verifying",
    applies: (_, theirs, ours) => theirs.signature && /^(malformed|weak)_secret$/.test(ours.error?.code),
  },
  {
    because: "an id that the specification forbids",
    applies: ({ id }, theirs, ours) =>
      theirs.signature && ours.error?.code === "invalid_id" && !/^[A-Za-z0-9_-]{1,255}$/.test(id),
  },
  {
    because: "half a surrogate pair",
    applies: ({ payload }, theirs, ours) =>
      theirs.signature && ours.error?.code === "body_not_raw" && !payload.isWellFormed(),
  },
  {
    because: "not UTF-8: they sign U+FFFD, we the bytes",
    applies: ({ payload }, theirs, ours) =>
      theirs.signature &&
      ours.signature &&
      Buffer.isBuffer(payload) &&
      !Buffer.from(payload.toString()).equals(payload),
  },
  {
    because: "bytes that are no Buffer: they throw",
    applies: ({ payload }, theirs, ours) =>
      theirs.error && ours.signature && !Buffer.isBuffer(payload) && typeof payload === "object",
  },
  {
    because: "a secret in bytes without `raw`: they throw",
    applies: ({ secret, options }, theirs, ours) =>
      theirs.error && ours.signature && secret instanceof Uint8Array && options?.format !== "raw",
  },
];

test("both read the clock of these tests", () => {
  const sent = request(random(1));
  assert.notEqual(
    at(sent.now, () => Date.now()),
    Date.now(),
  );
});

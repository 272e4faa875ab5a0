// Random requests, most of them near a genuine one. `safeVerify` must judge them all, and whatever
// it accepts must be what was signed.

import { random, sameBytes, utf8 } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { FORM_NAMES, outcome, sample, verifierFor } from "./samples.ts";
import type { Pair, Sample } from "./samples.ts";
import type { AnyResult, AnyVerifier, Context } from "./subject.ts";

type Next = (limit: number) => number;

const CODES = new Set([
  "missing_header",
  "malformed_header",
  "ambiguous_header",
  "unsupported_signature",
  "signature_mismatch",
  "timestamp_too_old",
  "timestamp_too_new",
  "no_active_key",
  "body_not_raw",
]);

/** So many random requests, in batches of which each is one check. */
export async function randomInputs(context: Context, checks: Checks): Promise<void> {
  const subjects: (readonly [AnyVerifier, Sample])[] = [];
  for (const scheme of FORM_NAMES) {
    const genuine = await sample(context, scheme);
    for (const digest of context.paths)
      subjects.push([verifierFor(context, scheme, { digest }), genuine]);
  }
  const total = context.randomInputs ?? 2000;
  const batch = Math.ceil(total / 20);
  const seen = new Map<string, number>();
  for (let number = 0; number < 20; number += 1) {
    const wrong = attempt(context, subjects, { seed: number + 1, batch }, seen);
    checks.equal(wrong, undefined, `batch ${number} of ${batch} random requests`);
  }
  const rare = [...CODES, "valid"].filter(
    (verdict) => verdict !== "no_active_key" && !seen.has(verdict),
  );
  checks.equal(
    rare,
    [],
    `verdicts that none of them got, of ${JSON.stringify(Object.fromEntries(seen))}`,
  );
  for (const [verifier, { body, pairs }] of subjects.filter(
    (_, i) => i % context.paths.length === 0,
  )) {
    checks.ok(
      outcome(verifier, body, () => pairs).startsWith("valid "),
      "a genuine request after all of them",
    );
  }
}

function attempt(
  context: Context,
  subjects: readonly (readonly [AnyVerifier, Sample])[],
  { seed, batch }: { seed: number; batch: number },
  seen: Map<string, number>,
): string | undefined {
  const next = random(seed);
  for (let i = 0; i < batch; i += 1) {
    const [verifier, genuine] = pick(next, subjects);
    const body = randomBody(next, genuine.body);
    const pairs = randomPairs(next, genuine.pairs);
    const headers = randomShape(next, pairs);
    const say = `seed ${seed}, number ${i}`;
    try {
      const result = verifier.safeVerify(body, headers);
      const verdict = result.ok ? "valid" : result.error.code;
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      const wrong = wrongResult(context, result, genuine);
      if (wrong !== undefined) return `${say}: ${wrong}`;
    } catch (error) {
      return `${say}: threw ${error instanceof Error ? error.stack : String(error)}`;
    }
  }
  return undefined;
}

function wrongResult(
  { countersign }: Context,
  result: AnyResult,
  genuine: Sample,
): string | undefined {
  if (result.ok) {
    const { event } = result;
    const signed = genuine.pairs.find(([name]) => /-id$/i.test(name))?.[1];
    const same =
      sameBytes(event.body, genuine.body) &&
      event.id === signed &&
      event.timestamp?.getTime() === 1_763_740_800_000;
    return same ? undefined : `accepted ${event.id} at ${event.timestamp?.toISOString()}`;
  }
  const { error } = result;
  if (!(error instanceof countersign.VerificationError)) return `the error is ${String(error)}`;
  return CODES.has(error.code) ? undefined : `the code is ${error.code}`;
}

const pick = <T>(next: Next, list: readonly T[]): T => list[next(list.length)] as T;

const PIECES = [
  "",
  " ",
  "\t",
  ",",
  ", ",
  "=",
  ".",
  "v1",
  "v1=",
  "v1,",
  "v2=00",
  "0",
  "1763740800",
  "-1",
  "+1",
  "1e9",
  "NaN",
  "\0",
  "\n",
  "\r\n",
  "é",
  "\u0131",
  "\u212a",
  "\ud800",
  "\udc00",
  "🚤",
  "\ufeff",
  "\u00a0",
  "Z",
  "+00:00",
  "2025-11-21T16:00:00Z",
  "T",
  "evt_1",
  "__proto__",
  "a".repeat(300),
  "0".repeat(64),
  "f".repeat(63),
  "A".repeat(44),
  "=".repeat(9),
  ",".repeat(9),
  "v1=,".repeat(9),
  "9".repeat(5000),
];

function randomText(next: Next): string {
  const pieces = Array.from({ length: next(4) }, () => pick(next, PIECES));
  if (next(4) === 0)
    pieces.push(String.fromCharCode(...Array.from({ length: next(40) }, () => next(0x1_0000))));
  return pieces.join("");
}

/** Usually the genuine value, or one near it. */
function randomValue(next: Next, value: string): string {
  const at = next(value.length + 1);
  const edits: readonly (() => string)[] = [
    () => randomText(next),
    () => value.slice(0, at) + randomText(next) + value.slice(at),
    () => value.slice(0, at) + value.slice(at + 1),
    () => value.slice(0, at) + String.fromCharCode(next(256)) + value.slice(at + 1),
    () => value.slice(0, at) + String(next(10)) + value.slice(at + 1),
    () => value.toUpperCase(),
    () => `${value},${value}`,
    () => ` ${value}\t`,
    () => value.repeat(next(30)),
  ];
  return pick(next, edits)();
}

function randomPairs(next: Next, pairs: readonly Pair[]): Pair[] {
  const changed = pairs.map(([name, value]): Pair => [
    name,
    next(4) === 0 ? randomValue(next, value) : value,
  ]);
  if (next(6) === 0) changed.splice(next(changed.length), 1);
  if (next(6) === 0) changed.push(pick(next, pairs));
  if (next(6) === 0) changed.push([randomText(next), randomText(next)]);
  if (next(8) === 0) changed.reverse();
  return next(8) === 0 ? changed.map(([name, value]) => [name.toUpperCase(), value]) : changed;
}

const ODD: readonly unknown[] = [
  undefined,
  null,
  5,
  Number.NaN,
  true,
  5n,
  {},
  [],
  [[]],
  [null],
  [[["x"]]],
  "text",
  new Date(0),
  () => 5,
];

function randomShape(next: Next, pairs: Pair[]): unknown {
  const shapes: readonly (() => unknown)[] = [
    () => pairs,
    () => pairs,
    () => Object.fromEntries(pairs),
    () => Object.fromEntries(pairs),
    () => new Map(pairs),
    () => pairs.values(),
    () => ({
      get: (name: string) =>
        pairs.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1] ?? null,
    }),
    () =>
      Object.fromEntries(
        pairs.map(([name, value]) => [name, next(2) === 0 ? [value] : [value, randomText(next)]]),
      ),
    () =>
      Object.fromEntries(
        pairs.map(([name, value]) => [name, next(5) === 0 ? pick(next, ODD) : value]),
      ),
    () => pairs.map((pair) => (next(5) === 0 ? pick(next, ODD) : pair)),
    () => asHeaders(pairs),
    () => (next(4) === 0 ? pick(next, ODD) : pairs),
  ];
  return pick(next, shapes)();
}

/** What Fetch does not take stays as it is. */
function asHeaders(pairs: Pair[]): unknown {
  try {
    return new Headers(pairs);
  } catch {
    return pairs;
  }
}

function randomBody(next: Next, body: Uint8Array<ArrayBuffer>): unknown {
  const at = next(body.length);
  const bodies: readonly (() => unknown)[] = [
    () => body,
    () => body,
    () => body,
    () => new TextDecoder().decode(body),
    () => body.buffer,
    () => new DataView(body.buffer, at),
    () => body.with(at, next(256)),
    () => body.subarray(0, at),
    () => randomText(next),
    () => utf8(`{"type":"${randomText(next)}","event":${randomText(next)}}`),
    () => Uint8Array.from({ length: next(2000) }, () => next(256)),
    () => pick(next, ODD),
  ];
  return pick(next, bodies)();
}

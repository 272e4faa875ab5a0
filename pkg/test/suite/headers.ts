// Every shape in which headers come: the same verdict for all of them, and for odd ones a verdict
// too, never an exception of ours.

import { copied, GENUINE, ODD_VALUES, onlyGet, REFUSED } from "./header-shapes.ts";
import type { Names } from "./header-shapes.ts";
import type { Checks } from "./report.ts";
import {
  FORM_NAMES,
  FORMS,
  outcome,
  record,
  sample,
  thrown,
  verifierFor,
  withValue,
} from "./samples.ts";
import type { Pair, Sample } from "./samples.ts";
import type { AnyVerifier, Context } from "./subject.ts";

/** Runs every table for every scheme and digest path. */
export async function headers(context: Context, checks: Checks): Promise<void> {
  for (const scheme of FORM_NAMES) {
    const genuine = await sample(context, scheme);
    const expected = outcome(verifierFor(context, scheme), genuine.body, () => genuine.pairs);
    checks.ok(expected.startsWith("valid key-1 "), `${scheme}: pairs give ${expected}`);
    for (const path of context.paths) {
      await checks.where("host digests", path === "host", () =>
        eachShape(checks, genuine, expected, verifierFor(context, scheme, { digest: path }), path),
      );
      if (path !== "host")
        eachShape(checks, genuine, expected, verifierFor(context, scheme, { digest: path }), path);
    }
    refusals(checks, genuine, verifierFor(context, scheme));
    exceptions(checks, genuine, verifierFor(context, scheme));
  }
}

function eachShape(
  checks: Checks,
  genuine: Sample,
  expected: string,
  verifier: AnyVerifier,
  path: string,
): void {
  const names: Names = FORMS[genuine.scheme].headers;
  for (const [what, shape] of Object.entries(GENUINE)) {
    const actual = outcome(verifier, genuine.body, () => shape(copied(genuine.pairs), names));
    checks.equal(actual, expected, `${genuine.scheme} (${path}), ${what}`);
    const forged = genuine.body.with(0, 0x5b);
    const refused = outcome(verifier, forged, () => shape(copied(genuine.pairs), names));
    checks.equal(refused, "signature_mismatch", `${genuine.scheme} (${path}), ${what}, forged`);
  }
}

function refusals(checks: Checks, { scheme, body, pairs }: Sample, verifier: AnyVerifier): void {
  const names: Names = FORMS[scheme].headers;
  for (const [what, shape, expected] of REFUSED) {
    const actual = outcome(verifier, body, () => shape(copied(pairs), names));
    agrees(checks, actual, expected(names), `${scheme}, ${what}`);
  }
  for (const header of Object.values(names)) {
    for (const [what, odd] of Object.entries(ODD_VALUES)) {
      const changed = pairs.map(([name, value]): Pair => [
        name,
        name === header ? odd(value) : value,
      ]);
      for (const [how, shape] of [
        ["pairs", copied],
        ["object", record],
        ["get", onlyGet],
      ] as const) {
        const actual = outcome(verifier, body, () => shape(changed));
        checks.equal(
          actual,
          `malformed_header ${header}`,
          `${scheme}, ${header} as ${how}: ${what}`,
        );
      }
    }
    const without = pairs.filter(([name]) => name !== header);
    checks.equal(
      outcome(verifier, body, () => without),
      `missing_header ${header}`,
      `${scheme} without ${header}`,
    );
  }
}

/** `*` stands for any typed refusal, `valid` for any success. */
function agrees(checks: Checks, actual: string, expected: string, context: string): void {
  const isTyped = /^(missing|malformed|ambiguous)_header( [A-Za-z-]+)?$/.test(actual);
  if (expected === "*") checks.ok(isTyped, `${context}: ${actual}`);
  else if (expected === "valid") checks.ok(actual.startsWith("valid "), `${context}: ${actual}`);
  else checks.equal(actual, expected, context);
}

/** What the caller's own code throws is the caller's to see. */
function exceptions(checks: Checks, { scheme, body, pairs }: Sample, verifier: AnyVerifier): void {
  const mine = new RangeError("the caller's own");
  const fail = (): never => {
    throw mine;
  };
  const [first, ...rest] = pairs;
  const throwing: Readonly<Record<string, () => unknown>> = {
    "a getter": () => Object.defineProperty(record(pairs), first?.[0] ?? "", { get: fail }),
    get: () => ({ get: fail }),
    "an iterator": () => ({ [Symbol.iterator]: fail }),
    "an iterator's next": () => ({ [Symbol.iterator]: () => ({ next: fail }) }),
    "a generator after one pair": () => failing([first, ...rest].slice(0, 1), fail),
    "a proxy": () => new Proxy({}, { ownKeys: fail }),
    "a list's getter": () => ({
      ...record(rest),
      [first?.[0] ?? ""]: new Proxy(["1"], { get: fail }),
    }),
  };
  for (const [what, headersOf] of Object.entries(throwing)) {
    checks.ok(
      thrown(() => verifier.verify(body, headersOf())) === mine,
      `${scheme}: verify with ${what} that throws`,
    );
    checks.ok(
      thrown(() => verifier.safeVerify(body, headersOf())) === mine,
      `${scheme}: safeVerify with ${what} that throws`,
    );
    checks.ok(
      outcome(verifier, body, () => pairs).startsWith("valid "),
      `${scheme}: the next one after ${what}`,
    );
  }
  const changed = withValue(pairs, first?.[0] ?? "", "odd");
  let closed = 0;
  outcome(verifier, body, () => ({
    *[Symbol.iterator]() {
      try {
        yield* changed;
        yield 5;
        yield* changed;
      } finally {
        closed += 1;
      }
    },
  }));
  checks.equal(closed, 2, `${scheme}: an iterator that is left early is closed`);
}

function* failing(
  pairs: readonly (Pair | undefined)[],
  fail: () => never,
): Generator<Pair | undefined> {
  yield* pairs;
  fail();
}

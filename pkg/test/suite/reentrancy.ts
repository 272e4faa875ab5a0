// The core has one memory. Nothing that the caller's code does while a request is being read may
// mix one verification with another.

import { concat, noise, sameBytes, utf8 } from "./bytes.ts";
import type { Checks } from "./report.ts";
import {
  FORMS,
  NOW,
  outcome,
  outcomeLater,
  record,
  sample,
  thrown,
  verifierFor,
} from "./samples.ts";
import type { FormName, Pair, Sample } from "./samples.ts";
import { post } from "./streams.ts";
import type { AnyVerified, AnyVerifier, Context } from "./subject.ts";

/** Verifying from within, several verifiers at once, and reading the proofs late. */
export async function reentrancy(context: Context, checks: Checks): Promise<void> {
  const parts = await cast(context);
  for (const path of context.paths) {
    const run = async (): Promise<void> => {
      await fromWithin(context, checks, parts, path);
      interleaved(context, checks, parts, path);
      await inFlight(context, checks, parts, path);
      readLate(context, checks, parts, path);
    };
    await (path === "host" ? checks.where("host digests", true, run) : run());
  }
}

const OTHER_KEY = utf8("the secret of the second source");
const OTHER = "the secret of the second source";

interface Cast {
  readonly outer: Sample;
  /** Another key, another scheme, another length. */
  readonly inner: readonly (readonly [sample: Sample, secret: object])[];
}

async function cast(context: Context): Promise<Cast> {
  const outer = await sample(context, "peeker", { id: "evt_outer" });
  const lengths = [0, 55, 5000, 120_000, 400_000];
  const inner = lengths.map(async (length, i) => {
    const body = noise(length, i + 2);
    const wanted = { body, key: OTHER_KEY, id: `evt_inner_${i}` };
    return [
      await sample(context, i % 2 === 0 ? "peeker" : "boateros", wanted),
      { secrets: OTHER },
    ] as const;
  });
  return { outer, inner: await Promise.all(inner) };
}

/** The places at which the caller's own code runs during a verification. */
const WITHIN: Readonly<Record<string, (pairs: readonly Pair[], act: () => void) => unknown>> = {
  "a getter": (pairs, act) =>
    Object.defineProperties(
      {},
      Object.fromEntries(
        pairs.map(([name, value]) => [
          name,
          {
            enumerable: true,
            get: () => {
              act();
              return value;
            },
          },
        ]),
      ),
    ),
  "an iterator": (pairs, act) => acting(pairs, act),
  "the pairs of an iterator": (pairs, act) =>
    pairs.map(([name, value]) => ({
      0: name,
      get 1() {
        act();
        return value;
      },
      *[Symbol.iterator]() {
        act();
        yield* [name, value];
      },
    })),
  "a list of values": (pairs, act) =>
    Object.fromEntries(
      pairs.map(([name, value]) => [
        name,
        new Proxy([value], { get: (target, key) => (act(), Reflect.get(target, key)) }),
      ]),
    ),
  get: (pairs, act) => ({
    get: (name: string) => {
      act();
      return pairs.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1] ?? null;
    },
  }),
  "a proxy": (pairs, act) =>
    new Proxy(record(pairs), {
      ownKeys: (target) => {
        act();
        return Reflect.ownKeys(target);
      },
    }),
};

async function fromWithin(
  context: Context,
  checks: Checks,
  { outer, inner }: Cast,
  path: string,
): Promise<void> {
  const verifier = verifierFor(context, "peeker", { digest: path });
  const expected = outcome(verifier, outer.body, () => outer.pairs);
  const forged = outer.body.with(3, 0x2a);
  // Each turn is larger than any before it, so that memory grows in the middle of things.
  for (const [turn, [other, secrets]] of inner.entries()) {
    const others = [verifierFor(context, other.scheme, { digest: path, ...secrets }), verifier];
    const expectedInner = ["valid key-1 ", "signature_mismatch"];
    for (const [where, headers] of Object.entries(WITHIN)) {
      for (const [i, inside] of others.entries()) {
        const seen: string[] = [];
        const pairs = i === 0 ? other.pairs : outer.pairs;
        const act = (): void => void seen.push(outcome(inside, other.body, () => pairs));
        const whose = i === 0 ? "another verifier" : "the same";
        const say = `${where}, turn ${turn}, ${whose} (${path})`;
        checks.equal(
          outcome(verifier, outer.body, () => headers(outer.pairs, act)),
          expected,
          say,
        );
        checks.ok(
          seen.length > 0 && seen.every((verdict) => verdict.startsWith(expectedInner[i] ?? "?")),
          () => `${say}: inside ${[...new Set(seen)].join(", ")}`,
        );
        const refused = outcome(verifier, forged, () => headers(outer.pairs, act));
        checks.equal(refused, "signature_mismatch", `${say}, a forgery outside`);
      }
    }
    withinClock(context, checks, outer, other, path);
  }
  exceptionsWithin(checks, verifier, outer, path);
  deep(checks, verifier, outer, path);
  await requestWithin(context, checks, verifier, { outer, inner }, path);
}

/** A clock that verifies, at another verifier and at the one that asks for the time. */
function withinClock(
  context: Context,
  checks: Checks,
  outer: Sample,
  other: Sample,
  path: string,
): void {
  let act = (): void => {};
  const now = (): Date => {
    act();
    return new Date(NOW);
  };
  const timed = verifierFor(context, "peeker", { digest: path, now });
  const inside = verifierFor(context, other.scheme, { digest: path, secrets: OTHER });
  const forged = outer.body.with(3, 0x2a);
  const acts: Readonly<Record<string, () => void>> = {
    "another verifier": () => void inside.safeVerify(other.body, other.pairs),
    "the same": () => void timed.safeVerify(outer.body, outer.pairs),
    "the same, forged": () => void timed.safeVerify(other.body, outer.pairs),
    "the same, without headers": () => void timed.safeVerify(other.body, {}),
  };
  for (const [what, run] of Object.entries(acts)) {
    const judged = [outer.body, forged].map((body) => {
      // Whenever the outer one asks, but not when the inner one does.
      const each = (): void => {
        act = () => {};
        run();
        act = each;
      };
      act = each;
      const result = timed.safeVerify(body, outer.pairs);
      return result.ok ? result.event.id : result.error.code;
    });
    const say = `now() verifies at ${what} (${path})`;
    checks.equal(judged, ["evt_outer", "signature_mismatch"], say);
  }
}

/** An exception from within the caller's code leaves nothing behind. */
function exceptionsWithin(
  checks: Checks,
  verifier: AnyVerifier,
  { body, pairs }: Sample,
  path: string,
): void {
  const mine = new Error("mine");
  for (let turn = 0; turn < 50; turn += 1) {
    const throwing = acting(pairs, () => {
      outcome(verifier, body, () => pairs);
      throw mine;
    });
    if (thrown(() => verifier.verify(body, throwing)) !== mine)
      checks.ok(false, `the caller's error is lost (${path})`);
  }
  checks.ok(
    outcome(verifier, body, () => pairs).startsWith("valid"),
    `after 50 exceptions within (${path})`,
  );
}

/** A hundred verifications inside one another. */
function deep(checks: Checks, verifier: AnyVerifier, { body, pairs }: Sample, path: string): void {
  const verdicts: string[] = [];
  const descend = (depth: number): void => {
    const go = once(() => (depth < 100 ? descend(depth + 1) : undefined));
    const result = verifier.safeVerify(
      depth % 2 === 0 ? body : body.subarray(1),
      acting(pairs, go),
    );
    verdicts.push(result.ok ? "valid" : result.error.code);
  };
  descend(0);
  const expected = Array.from({ length: 101 }, (_, i) =>
    i % 2 === 0 ? "valid" : "signature_mismatch",
  );
  checks.equal(verdicts, expected, `a hundred deep (${path})`);
}

/** A body that arrives while others are verified. */
async function requestWithin(
  context: Context,
  checks: Checks,
  verifier: AnyVerifier,
  { outer, inner }: Cast,
  path: string,
): Promise<void> {
  for (const [other, secrets] of inner) {
    const inside = verifierFor(context, other.scheme, { digest: path, ...secrets });
    const seen: string[] = [];
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          seen.push(outcome(inside, other.body, () => other.pairs));
          const at = seen.length - 1;
          if (at < outer.body.length) controller.enqueue(outer.body.slice(at, at + 1));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const request = { headers: new Headers([...outer.pairs]), body: stream };
    const verdict = await outcomeLater(() => verifier.verifyRequest(request));
    checks.equal(verdict, "valid key-1 peeker:evt_outer", `a body among others (${path})`);
    checks.ok(
      seen.length > outer.body.length && seen.every((one) => one.startsWith("valid key-1 ")),
      `the others (${path})`,
    );
  }
}

/** Two keys, two schemes, in turn: each takes its own and nothing else. */
function interleaved(context: Context, checks: Checks, { outer, inner }: Cast, path: string): void {
  const first = verifierFor(context, "peeker", { digest: path });
  const all = inner.filter(([{ scheme }]) => scheme === "peeker");
  const second = verifierFor(context, "peeker", { digest: path, secrets: OTHER });
  const verdicts = new Set<string>();
  for (let turn = 0; turn < 20; turn += 1) {
    for (const [other] of all) {
      verdicts.add(`own ${outcome(first, outer.body, () => outer.pairs)}`);
      verdicts.add(`own ${outcome(second, other.body, () => other.pairs)}`);
      verdicts.add(`foreign ${outcome(first, other.body, () => other.pairs)}`);
      verdicts.add(`foreign ${outcome(second, outer.body, () => outer.pairs)}`);
    }
  }
  const ids = ["outer", "inner_0", "inner_2", "inner_4"];
  const own = ids.map((id) => `own valid key-1 peeker:evt_${id}`);
  checks.equal(
    [...verdicts].sort(),
    ["foreign signature_mismatch", ...own].sort(),
    `interleaved (${path})`,
  );
}

/** Forty requests in flight at two verifiers, and synchronous calls at the same ones in between. */
async function inFlight(
  context: Context,
  checks: Checks,
  { outer, inner }: Cast,
  path: string,
): Promise<void> {
  const samples = [outer, ...inner.map(([other]) => other)];
  const shared = (scheme: FormName): AnyVerifier =>
    verifierFor(context, scheme, { digest: path, secrets: [FORMS[scheme].secret, OTHER] });
  const verifiers = { peeker: shared("peeker"), boateros: shared("boateros") };
  const jobs = Array.from({ length: 40 }, (_, i) => {
    const other = samples[i % samples.length] ?? outer;
    const body = i % 3 === 0 ? concat([other.body, utf8("!")]) : other.body;
    const verifier = verifiers[other.scheme === "boateros" ? "boateros" : "peeker"];
    const pending = verifier.verifyRequest(post(other.pairs, body), { maxBytes: 2_000_000 });
    return { pending, isGenuine: i % 3 !== 0, other };
  });
  const all = Promise.allSettled(jobs.map(({ pending }) => pending));
  for (let turn = 0; turn < 10; turn += 1) {
    const verdict = outcome(verifiers.peeker, outer.body, () => outer.pairs);
    checks.equal(verdict, "valid key-1 peeker:evt_outer", `between requests (${path})`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const [i, result] of (await all).entries()) {
    const { isGenuine = true, other = outer } = jobs[i] ?? {};
    const say = `request ${i} in flight (${path})`;
    const verdict = result.status === "fulfilled" ? result.value : String(result.reason?.code);
    const isRefused = verdict === "signature_mismatch";
    checks.ok(
      typeof verdict === "string" ? !isGenuine && isRefused : isGenuine,
      `${say}: ${result.status}`,
    );
    if (typeof verdict === "string") continue;
    const id = other.pairs.find(([name]) => name === "Peeker-Event-Id")?.[1];
    if (verdict.id !== id || !sameBytes(verdict.body, other.body))
      checks.ok(false, `${say} is another's`);
  }
}

/** What a proof says does not change with what is verified after it. */
function readLate(context: Context, checks: Checks, { outer, inner }: Cast, path: string): void {
  const verify = (late: Sample, secrets: object): AnyVerified =>
    verifierFor(context, late.scheme, { digest: path, ...secrets }).verify(late.body, late.pairs);
  const early = verify(outer, {});
  const lates = inner.map(([late, secrets]) => verify(late, secrets));
  const fresh = inner.map(([late, secrets]) => facts(verify(late, secrets)));
  checks.equal(facts(early), facts(verify(outer, {})), `the first proof, read last (${path})`);
  checks.equal(
    lates.reverse().map(facts),
    fresh.reverse(),
    `the others, read in reverse (${path})`,
  );
  checks.equal(early.type, "order.completed", `the first proof's type (${path})`);
}

const facts = (event: AnyVerified): unknown[] => [
  event.scheme,
  event.id ?? null,
  event.type ?? null,
  event.typeSigned,
  event.typeConflict,
  event.keyId,
  event.dedupeKey,
  event.timestamp?.getTime(),
  event.body.length,
  event.body[7] ?? null,
];

function* acting<T>(values: readonly T[], act: () => void): Generator<T> {
  for (const value of values) {
    act();
    yield value;
    act();
  }
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) {
      done = true;
      run();
    }
  };
}

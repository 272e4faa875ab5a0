// `verifyRequest`: the headers first, then the body, with a cap and a deadline, whatever the body
// does.

import { noise } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { pieces, whole } from "./request-bodies.ts";
import { FORM_NAMES, NOW, outcomeLater, sample, verifierFor, withValue } from "./samples.ts";
import type { Pair, Sample } from "./samples.ts";
import { bare, post, streamOf, watched } from "./streams.ts";
import type { AnyError, AnyVerifier, Context } from "./subject.ts";

/** Bodies whole and in pieces, too large, too slow, broken, used, and headers that are refused. */
export async function requests(context: Context, checks: Checks): Promise<void> {
  for (const path of context.paths) {
    const run = async (): Promise<void> => {
      for (const scheme of FORM_NAMES) {
        const genuine = await sample(context, scheme);
        await whole(
          checks,
          genuine,
          verifierFor(context, scheme, { digest: path }),
          `${scheme} (${path})`,
        );
      }
      await pieces(context, checks, path);
    };
    await (path === "host" ? checks.where("host digests", true, run) : run());
  }
  const genuine = await sample(context, "peeker");
  const verifier = verifierFor(context, "peeker");
  await caps(context, checks, verifier);
  await deadlines(checks, genuine, verifier);
  await brokenBodies(checks, genuine, verifier);
  await headersFirst(checks, genuine, verifier);
  await clock(context, checks, genuine);
  // Long enough for WebCrypto, where there is nothing else.
  await clock(context, checks, await sample(context, "peeker", { body: noise(50_000) }));
  await options(checks, genuine, verifier);
}

const VALID = "valid key-1 peeker:evt_1";

/** The cap is inclusive, and holds with and without a length that is announced. */
async function caps(context: Context, checks: Checks, verifier: AnyVerifier): Promise<void> {
  const megabyte = 2 ** 20;
  for (const [length, maxBytes, fits] of [
    [0, 1, true],
    [1, 1, true],
    [2, 1, false],
    [1000, 1000, true],
    [1001, 1000, false],
    [megabyte, undefined, true],
    [megabyte + 1, undefined, false],
    [megabyte + 1, megabyte + 1, true],
  ] as const) {
    const { body, pairs } = await sample(context, "peeker", { body: noise(length) });
    const given = maxBytes === undefined ? undefined : { maxBytes };
    const expected = fits ? VALID : "body_too_large";
    const say = `${length} bytes where ${maxBytes ?? "1 MiB"} may be`;
    const whole = await outcomeLater(() => verifier.verifyRequest(post(pairs, body), given));
    checks.equal(whole, expected, say);
    const cut = [body.subarray(0, length / 2), body.subarray(length / 2)];
    const streamed = await outcomeLater(() =>
      verifier.verifyRequest(bare(pairs, streamOf(cut)), given),
    );
    checks.equal(streamed, expected, `${say}, streamed`);
  }
  const { pairs } = await sample(context, "peeker", { body: noise(1000) });
  const endless = watched(undefined, noise(1000));
  const tooLong = await outcomeLater(() =>
    verifier.verifyRequest(bare(pairs, endless.stream), { maxBytes: 5000 }),
  );
  checks.equal(tooLong, "body_too_large", "a body without an end");
  checks.ok(endless.pulls() <= 8, `and it is left after ${endless.pulls()} pieces`);
  await turn();
  checks.equal(endless.cancelled(), true, "and cancelled");
}

/** A body that stalls is given up on. */
async function deadlines(
  checks: Checks,
  { body, pairs }: Sample,
  verifier: AnyVerifier,
): Promise<void> {
  for (const [what, first] of [
    ["from the start", []],
    ["half-way", [body.subarray(0, 9)]],
  ] as const) {
    const source = watched([...first], undefined, true);
    const verdict = await outcomeLater(() =>
      verifier.verifyRequest(bare(pairs, source.stream), { timeoutMs: 40 }),
    );
    checks.equal(verdict, "body_timeout", `stalled ${what}`);
    await turn();
    checks.equal(source.cancelled(), true, `stalled ${what}: cancelled`);
  }
  let pulls = 0;
  const trickle = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await turn(10);
      pulls += 1;
      if (pulls < 200) controller.enqueue(Uint8Array.of(0x20));
      else controller.close();
    },
  });
  const verdict = await outcomeLater(() =>
    verifier.verifyRequest(bare(pairs, trickle), { timeoutMs: 60 }),
  );
  checks.equal(verdict, "body_timeout", "a trickle: the deadline is for all of the body");
  const slow = new ReadableStream<Uint8Array>({
    async start(controller) {
      await turn(20);
      controller.enqueue(body);
      controller.close();
    },
  });
  const inTime = await outcomeLater(() =>
    verifier.verifyRequest(bare(pairs, slow), { timeoutMs: 5000 }),
  );
  checks.equal(inTime, VALID, "a body that comes in time");
  const hanging = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
    cancel: () => new Promise(() => {}),
  });
  const stuck = await outcomeLater(() =>
    verifier.verifyRequest(bare(pairs, hanging), { timeoutMs: 40 }),
  );
  checks.equal(stuck, "body_timeout", "a source that can't be cancelled");
}

/** A body that can't be read is a typed failure. */
async function brokenBodies(
  checks: Checks,
  { body, pairs }: Sample,
  verifier: AnyVerifier,
): Promise<void> {
  const used = post(pairs, body);
  await used.text();
  const locked = post(pairs, body);
  locked.body?.getReader();
  const controller = new AbortController();
  const aborted = post(pairs, streamOf([body], true), {
    duplex: "half",
    signal: controller.signal,
  });
  const broken = (at: number): ReadableStream<Uint8Array> => {
    let pulls = 0;
    return new ReadableStream(
      {
        pull(stream) {
          pulls += 1;
          if (pulls > at) stream.error(new Error("the connection is gone"));
          else stream.enqueue(body.slice(0, 5));
        },
      },
      { highWaterMark: 0 },
    );
  };
  const throwing = new ReadableStream(
    {
      pull: () => {
        throw new Error("no");
      },
    },
    { highWaterMark: 0 },
  );
  const cases: readonly (readonly [what: string, request: unknown])[] = [
    ["used", used],
    ["locked", locked],
    ["broken at once", bare(pairs, broken(0))],
    ["broken half-way", bare(pairs, broken(3))],
    ["whose source throws", bare(pairs, throwing)],
    ["of text pieces", bare(pairs, streamOf(["{}" as never]))],
    ["of numbers", bare(pairs, streamOf([5 as never]))],
    ["of null", bare(pairs, streamOf([null as never]))],
  ];
  for (const [what, request] of cases) {
    const verdict = await outcomeLater(() => verifier.verifyRequest(request));
    checks.equal(verdict, "body_unreadable", `a body ${what}`);
  }
  const pending = outcomeLater(() => verifier.verifyRequest(aborted, { timeoutMs: 2000 }));
  await turn(5);
  controller.abort();
  const verdict = await pending;
  // Whether a signal ends the reading of a request's own body is up to the runtime.
  checks.ok(
    ["body_unreadable", "body_timeout"].includes(verdict),
    `an aborted request: ${verdict}`,
  );
  const empty = await outcomeLater(() => verifier.verifyRequest(bare(pairs, null)));
  checks.equal(empty, "signature_mismatch", "no body");
}

/** What the headers say already is said before the body is touched. */
async function headersFirst(
  checks: Checks,
  { body, pairs }: Sample,
  verifier: AnyVerifier,
): Promise<void> {
  const change = (name: string, value: string): Pair[] => withValue(pairs, name, value);
  const cases: readonly (readonly [what: Pair[], expected: string])[] = [
    [[], "missing_header Peeker-Timestamp"],
    [change("Peeker-Event-Id", "a.b"), "malformed_header Peeker-Event-Id"],
    [change("Peeker-Timestamp", "1"), "timestamp_too_old"],
    [change("Peeker-Timestamp", "1763741101"), "timestamp_too_new"],
    [change("Peeker-Signature", "v2=00"), "unsupported_signature"],
  ];
  for (const [changed, expected] of cases) {
    const source = watched([body]);
    const verdict = await outcomeLater(() => verifier.verifyRequest(bare(changed, source.stream)));
    checks.equal([verdict, source.pulls()], [expected, 0], `${expected}, and no byte is read`);
    const request = post(changed, body);
    await outcomeLater(() => verifier.verifyRequest(request));
    checks.equal(request.bodyUsed, false, `${expected}: the request's body is not used`);
    checks.equal(
      await request.text(),
      new TextDecoder().decode(body),
      `${expected}: it can still be read`,
    );
  }
}

/** A slow body does not hold a valid timestamp open, nor a key's window. */
async function clock(context: Context, checks: Checks, { body, pairs }: Sample): Promise<void> {
  const late = (time: { now: number }, to: number): ReadableStream<Uint8Array> =>
    new ReadableStream(
      {
        pull(controller) {
          time.now = to;
          controller.enqueue(body);
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  for (const path of context.paths) {
    const run = async (): Promise<void> => {
      for (const [to, notAfter, expected] of [
        [NOW + 300_000, undefined, VALID],
        [NOW + 300_001, undefined, "timestamp_too_old"],
        [NOW - 300_001, undefined, "timestamp_too_new"],
        [NOW + 1000, NOW + 1000, "no_active_key"],
        [NOW + 999, NOW + 1000, VALID],
      ] as const) {
        const time = { now: NOW };
        const secret = "the secret of the first source";
        const secrets = notAfter === undefined ? secret : { secret, notAfter: new Date(notAfter) };
        const verifier = verifierFor(context, "peeker", {
          secrets,
          digest: path,
          now: () => new Date(time.now),
        });
        const verdict = await outcomeLater(() =>
          verifier.verifyRequest(bare(pairs, late(time, to))),
        );
        checks.equal(verdict, expected, `the clock moves by ${to - NOW} ms (${path})`);
      }
    };
    await (path === "host" ? checks.where("host digests", true, run) : run());
  }
}

/** Limits that are none. */
async function options(
  checks: Checks,
  { body, pairs }: Sample,
  verifier: AnyVerifier,
): Promise<void> {
  const odd = [Number.NaN, 0, -1, 1.5, Infinity, 2 ** 31, "5", true];
  for (const [name, values] of [
    ["maxBytes", odd],
    ["timeoutMs", odd],
  ] as const) {
    for (const value of values) {
      const given = { [name]: value };
      const error = await verifier.verifyRequest(post(pairs, body), given).then(
        () => undefined,
        (one: AnyError) => one,
      );
      checks.equal(error?.name, "ConfigError", `${name}: ${String(value)}`);
      checks.ok(
        error?.message.includes(name) === true,
        `${name}: ${String(value)} says "${error?.message}"`,
      );
    }
  }
  const none = { maxBytes: undefined, timeoutMs: undefined };
  checks.equal(
    await outcomeLater(() => verifier.verifyRequest(post(pairs, body), none)),
    VALID,
    "limits that are undefined",
  );
}

const turn = (milliseconds = 0): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

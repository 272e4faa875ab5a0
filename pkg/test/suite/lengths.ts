// Bodies of every length at which something changes: a block, a buffer, a digest. Each is signed by
// somebody else's HMAC; it must verify, and with one bit changed it must not.

import { noise } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { FORM_NAMES, FORMS, outcome, outcomeLater, sample, verifierFor } from "./samples.ts";
import type { FormName, Sample } from "./samples.ts";
import { post } from "./streams.ts";
import type { AnyVerifier, Context } from "./subject.ts";

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

const POWERS = range(0, 20).flatMap((power) => [2 ** power - 1, 2 ** power, 2 ** power + 1]);

// Where the package takes another way: from the largest body that is copied next to its prefix, and
// at each whole buffer.
const TURNS = [4096, 16_384, 24_576, 65_536, 131_072, 262_144];

/** Every length up to 2,100, around the larger turns, and around every power of two up to 1 MiB. */
export const LENGTHS: readonly number[] = [
  ...new Set([
    ...range(0, 2100),
    ...TURNS.flatMap((turn) => range(turn - 130, turn + 130)),
    ...POWERS,
  ]),
];

const LARGEST = 2 ** 20 + 1;
// An odd offset, so that nothing is aligned by luck.
const CONTENT = noise(LARGEST + 8).subarray(3);

/** Every length with one scheme, and every power of two with all. */
export async function lengths(context: Context, checks: Checks): Promise<void> {
  for (const scheme of FORM_NAMES) {
    const verifiers = context.paths.map(
      (path) => [path, verifierFor(context, scheme, { digest: path })] as const,
    );
    for (const length of scheme === "peeker" ? LENGTHS : POWERS) {
      const genuine = await sampleOf(context, scheme, length);
      for (const [path, verifier] of verifiers) {
        const run = (): void =>
          judge(checks, verifier, genuine, `${scheme}, ${length} bytes (${path})`);
        await (path === "host" ? checks.where("host digests", true, run) : run());
      }
    }
  }
}

// Around each host's crossover, the blocks of SHA-256, and the usual chunks.
const REQUEST_LENGTHS = [
  ...[0, 1, 239, 240, 241, 511, 512, 513, 1279, 1280, 1281, 1023, 1024, 1025, 4096, 65_535, 65_536, 65_537],
  ...[...range(20, 130), ...range(16_280, 16_390), 98_303, 98_304, 131_072, 2 ** 20 - 1, 2 ** 20],
];

/** The same for bodies of requests, which may be hashed elsewhere again. */
export async function requestLengths(context: Context, checks: Checks): Promise<void> {
  for (const length of REQUEST_LENGTHS) {
    const { body, pairs } = await sampleOf(context, "peeker", length);
    const forged = length === 0 ? Uint8Array.of(0) : flipped(body, length - 1, 1);
    for (const path of context.paths) {
      const secrets = ["another secret, which comes first", FORMS.peeker.secret];
      const verifier = verifierFor(context, "peeker", { digest: path, secrets });
      const run = async (): Promise<void> => {
        const say = `a request of ${length} bytes (${path})`;
        const verdict = await outcomeLater(() => verifier.verifyRequest(post(pairs, body)));
        checks.equal(verdict, "valid key-2 peeker:evt_1", say);
        const refused = await outcomeLater(() => verifier.verifyRequest(post(pairs, forged)));
        checks.equal(refused, "signature_mismatch", `${say}, forged`);
      };
      await (path === "host" ? checks.where("host digests", true, run) : run());
    }
  }
}

/** A genuine request whose body has so many bytes. */
export const sampleOf = (context: Context, scheme: FormName, length: number): Promise<Sample> =>
  sample(context, scheme, { body: CONTENT.subarray(0, length) });

/** It verifies; and with one bit changed, or one byte more or fewer, it does not. */
export function judge(
  checks: Checks,
  verifier: AnyVerifier,
  { body, pairs }: Sample,
  say: string,
): void {
  const verdict = outcome(verifier, body, () => pairs);
  checks.ok(verdict.startsWith("valid key-1 "), `${say}: ${verdict}`);
  // The fraction makes the bit wander through the body from length to length.
  const within = Math.floor(body.length * ((body.length * 0.618) % 1));
  const changes: readonly (readonly [what: string, changed: Uint8Array])[] = [
    ["a byte more", new Uint8Array(body.buffer, body.byteOffset, body.length + 1)],
    ["the last bit", flipped(body, body.length - 1, 1)],
    ["a bit within", flipped(body, within, 0x10)],
    ["the first bit", flipped(body, 0, 0x80)],
    ["a byte fewer", body.subarray(0, -1)],
  ];
  const some =
    body.length === 0 ? changes.slice(0, 1) : changes.slice(0, body.length > 2100 ? 3 : 5);
  for (const [what, changed] of some) {
    const refused = verifier.safeVerify(changed, pairs);
    checks.ok(!refused.ok && refused.error.code === "signature_mismatch", `${say}, ${what}`);
  }
}

function flipped(body: Uint8Array, at: number, bit: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(body);
  copy[at] = (copy[at] ?? 0) ^ bit;
  return copy;
}

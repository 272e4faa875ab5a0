// Bodies of requests that are fine: whole, and in pieces.

import { noise, sameBytes, utf8 } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { BODY, outcomeLater, sample, verifierFor } from "./samples.ts";
import type { Sample } from "./samples.ts";
import { bare, post, streamOf } from "./streams.ts";
import type { AnyError, AnyVerifier, Context } from "./subject.ts";

/** A body in one piece. */
export async function whole(
  checks: Checks,
  { body, pairs, scheme }: Sample,
  verifier: AnyVerifier,
  say: string,
): Promise<void> {
  const text = new TextDecoder().decode(body);
  const made: Readonly<Record<string, () => unknown>> = {
    bytes: () => post(pairs, body),
    text: () => post(pairs, text),
    "an ArrayBuffer": () => post(pairs, body.slice().buffer),
    "a Blob": () => post(pairs, new Blob([body])),
    "a clone": () => post(pairs, body).clone(),
    "a stream": () => post(pairs, streamOf([body]), { duplex: "half" }),
    "a bare stream": () => bare(pairs, streamOf([body])),
  };
  for (const [what, make] of Object.entries(made)) {
    const verdict = await outcomeLater(() => verifier.verifyRequest(make()));
    checks.ok(verdict.startsWith("valid key-1 "), `${say}, ${what}: ${verdict}`);
  }
  const event = await verifier.verifyRequest(post(pairs, body));
  checks.ok(sameBytes(event.body, body), `${say}: the body's bytes`);
  checks.equal([event.text(), event.type], [text, "order.completed"], `${say}: text and type`);
  checks.ok(event.body.buffer.byteLength < 65_536, `${say}: not the core's memory`);
  const forged = await outcomeLater(() => verifier.verifyRequest(post(pairs, `${text} `)));
  checks.equal(forged, "signature_mismatch", `${say}, forged`);
  const promise = verifier.verifyRequest(post([], body));
  checks.ok(promise instanceof Promise, `${say}: a refusal is a promise`);
  const refused = await outcomeLater(() => promise);
  checks.ok(refused.startsWith("missing_header "), `${say}, without headers: ${refused}`);
  const key = scheme === "peeker" ? "peeker:evt_1" : undefined;
  if (key !== undefined) checks.equal(event.dedupeKey, key, `${say}: the dedupe key`);
}

/** However a body is cut into pieces, it is the same body. */
export async function pieces(context: Context, checks: Checks, path: string): Promise<void> {
  const verifier = verifierFor(context, "peeker", { digest: path });
  const bodies = [new Uint8Array(0), utf8(BODY), noise(5000), noise(200_000)];
  for (const body of bodies) {
    const { pairs } = await sample(context, "peeker", { body });
    for (const size of [1, 7, 64, 4096, 65_536].filter((one) => body.length / one < 6000)) {
      const cut = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
        body.subarray(i * size, (i + 1) * size),
      );
      const gaps = cut.flatMap((piece) => [new Uint8Array(0), piece]);
      for (const list of [cut, gaps]) {
        const event = await verifier
          .verifyRequest(bare(pairs, streamOf(list)))
          .catch((error: AnyError) => error);
        const same = !("code" in event) && sameBytes(event.body, body);
        checks.ok(same, `${body.length} bytes by ${size} (${path}): ${String(event)}`);
        const more = bare(pairs, streamOf([...list, Uint8Array.of(0)]));
        checks.equal(
          await outcomeLater(() => verifier.verifyRequest(more)),
          "signature_mismatch",
          `and one more (${path})`,
        );
      }
    }
  }
}

/**
 * Why a request does not verify, in words that a developer can act on.
 *
 * @module
 */

import { ConfigError, internalSubjectOf, VerificationError } from "countersign";
import type { BodyInput, HeadersInput, Scheme, Verifier } from "countersign";
import { inBody, unexplained } from "./detect/body.ts";
import { inHeaders } from "./detect/headers.ts";
import { inKeys } from "./detect/key.ts";
import { inClocks, inTimestamp } from "./detect/time.ts";
import type { Explanation, Hint } from "./explanation.ts";
import { investigate } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { Subject } from "./subject.ts";

export type { Explanation, Hint, HintId } from "./explanation.ts";

/**
 * Why `verifier` refuses this request, and what to do about it: for logs and for people, not for
 * the answer to the sender. It tries many variants of body and secret, which can take a thousand
 * times as long as `verify`, so don't call it for every forgery.
 *
 * @throws ConfigError `foreign_verifier` for what is no verifier, or one of another copy of the
 * package; and whatever a getter, an iterator or a clock of the caller's own throws
 *
 * @example
 * ```ts
 * import { Verifier } from "countersign";
 * import { explain } from "countersign/explain";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * for (const hint of explain(verifier, "{}", {}).hints) console.log(hint.id, hint.message);
 * ```
 */
export function explain(
  verifier: Verifier<Scheme>,
  body: unknown,
  headers: HeadersInput,
): Explanation {
  const subject = internalSubjectOf(verifier);
  if (subject === undefined) throw new ConfigError("foreign_verifier", refusalOf(verifier));
  return explanationOf(subject, body, headers);
}

/** What was passed instead, and what to do. A verifier of another copy looks like one. */
function refusalOf(given: unknown): string {
  const isVerifier =
    typeof (given as Partial<Verifier<Scheme>> | null | undefined)?.safeVerify === "function";
  return isVerifier
    ? "explain: this is no Verifier of this copy of countersign. Take Verifier and explain both " +
        "with `import` or both with `require`, from one installed version"
    : "explain(verifier, body, headers): the first argument is no Verifier";
}

function explanationOf(subject: Subject, body: unknown, headers: HeadersInput): Explanation {
  try {
    const pairs = subject.headerPairs(headers);
    const error = subject.verify(body as BodyInput, pairs);
    if (!error) return { ok: true, summary: "The request is genuine.", hints: [] };
    return refused(error, hintsAt(investigate(subject, body, pairs)));
  } catch (error) {
    if (!(error instanceof VerificationError || error instanceof ConfigError)) throw error;
    return refused(error, []);
  }
}

const refused = (error: VerificationError | ConfigError, hints: Hint[]): Explanation => ({
  ok: false,
  code: error.code,
  summary: error.message,
  hints,
});

const hintsAt = (refusal: Refusal): Hint[] =>
  DETECTORS.flatMap((detect) => detect(refusal))
    .filter((found) => !!found)
    .sort(([a], [b]) => a - b)
    .map(([, hint]) => hint);

const DETECTORS = [inHeaders, inTimestamp, inClocks, inKeys, inBody, unexplained];

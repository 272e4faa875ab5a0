// Why a request is refused, in words that a developer can act on.

import type { BodyInput } from "../body.ts";
import { ConfigError, VerificationError } from "../errors.ts";
import type { HeadersInput } from "../headers.ts";
import { inBody, unexplained } from "./detect/body.ts";
import { inHeaders } from "./detect/headers.ts";
import { inKeys } from "./detect/key.ts";
import { inClocks, inTimestamp } from "./detect/time.ts";
import type { Explanation, Hint } from "./explanation.ts";
import { investigate } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import type { Subject } from "./subject.ts";

/**
 * Why `subject` refuses this request. Never throws, but for getters, iterators and clocks of the
 * caller's own. It can take a thousand times as long as `verify`.
 */
export function explain(subject: Subject, body: unknown, headers: HeadersInput): Explanation {
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

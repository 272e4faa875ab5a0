// A hint, and how sure it is.

import type { Hint, HintId } from "./explanation.ts";
import type { Refusal } from "./refusal.ts";

/** A hint with its rank: what is proved comes before what is seen, and that before suspicions. */
export type Finding = readonly [rank: number, hint: Hint];

/** A finding, or anything false. */
export type Found = Finding | undefined | null | false | "";

/** Looks for mistakes of one sort. */
export type Detector = (refusal: Refusal) => Found[];

const finding = (rank: number, id: HintId, message: string): Finding => [rank, { id, message }];

/** What a genuine signature proves. */
export const proved = (id: HintId, what: string): Finding =>
  finding(0, id, `The signature is genuine ${what}`);

/** What the request shows, whoever sent it. */
export const seen = (id: HintId, message: string): Finding => finding(1, id, message);

/** What may be. The message says "may". */
export const suspected = (id: HintId, message: string): Finding => finding(2, id, message);

/** What the request shows; where a genuine signature confirms it, that too. */
export const mended = ({ proof }: Refusal, id: HintId, message: string): Finding =>
  (proof ? proved : seen)(id, proof ? `once mended: ${message}` : message);

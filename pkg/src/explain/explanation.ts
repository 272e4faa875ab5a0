// What `explain` returns.

import type { ConfigErrorCode, VerificationErrorCode } from "countersign";

/**
 * Why a request is refused, or that it is not.
 *
 * No text in it shows a secret, a signature, or anything of the body.
 *
 * @example
 * ```ts
 * import { Verifier } from "countersign";
 * import { explain } from "countersign/explain";
 *
 * declare const body: Uint8Array;
 * declare const headers: Headers;
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * const { summary, hints } = explain(verifier, body, headers);
 * console.log(summary);
 * for (const hint of hints) console.log(`${hint.id}: ${hint.message}`);
 * ```
 */
export interface Explanation {
  /** Whether the request verifies. */
  readonly ok: boolean;
  /** The code with which `verify` fails; absent if it doesn't. */
  readonly code?: VerificationErrorCode | ConfigErrorCode;
  /** What came of it, in a sentence. */
  readonly summary: string;
  /**
   * What is wrong: first what a genuine signature proves, then what the request shows, then what
   * may be; only there do messages have the word "may". Empty if the request verifies, or if it is
   * refused for what people rarely get wrong.
   */
  readonly hints: readonly Hint[];
}

/** One mistake, and what to do about it. */
export interface Hint {
  /** The kind of mistake, for machines. */
  readonly id: HintId;
  /** What is wrong and what to do, for people. It may change between versions. */
  readonly message: string;
}

/**
 * A kind of mistake.
 *
 * | id | what happened |
 * |---|---|
 * | `body_base64` | the body is in base64, as API gateways hand over binary bodies |
 * | `body_empty` | there are no bytes: something read them before |
 * | `body_not_raw` | the body is no bytes and no text: a parsed object, a stream, nothing |
 * | `body_reencoded` | the body was parsed, and written as JSON again |
 * | `byte_order_mark` | a byte-order mark was lost or added |
 * | `clock_skew` | the receiver's or the sender's clock is off |
 * | `header_name` | a header came under another name |
 * | `headers_lost` | headers are missing |
 * | `key_outside_window` | the key that signed is not valid now, or no key is |
 * | `line_endings` | CR LF became LF, or the reverse |
 * | `other_secret` | nothing fits: another endpoint's secret, another body, or a forgery |
 * | `secret_format` | the secret is to be decoded, or not to be, with its prefix or without |
 * | `secret_white_space` | the secret has white space that the sender's has not, or the reverse |
 * | `separator_missing` | the sender signs the parts without what belongs between them |
 * | `signature_format` | the signature is not written as the scheme has it |
 * | `stale_but_genuine` | the signature is genuine, and too old |
 * | `text_round_trip` | the body was decoded to text in one encoding, and encoded in another |
 * | `timestamp_format` | the timestamp is not written as the scheme has it |
 * | `timestamp_milliseconds` | milliseconds were taken for seconds, or seconds for milliseconds |
 * | `timestamp_without_zone` | the timestamp is a date without a time zone |
 * | `trailing_newline` | a line end, or other white space, was cut from the body or added to it |
 * | `wrong_scheme` | the headers are those of another scheme |
 */
export type HintId =
  | "body_base64"
  | "body_empty"
  | "body_not_raw"
  | "body_reencoded"
  | "byte_order_mark"
  | "clock_skew"
  | "header_name"
  | "headers_lost"
  | "key_outside_window"
  | "line_endings"
  | "other_secret"
  | "secret_format"
  | "secret_white_space"
  | "separator_missing"
  | "signature_format"
  | "stale_but_genuine"
  | "text_round_trip"
  | "timestamp_format"
  | "timestamp_milliseconds"
  | "timestamp_without_zone"
  | "trailing_newline"
  | "wrong_scheme";

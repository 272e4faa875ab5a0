// A genuine event, as its user sees it.

import type { Bytes } from "./body.ts";

/**
 * A genuine event: what `verify` returns.
 *
 * @typeParam T the event types of the scheme
 */
export interface Verified<T extends string = string> {
  /** The scheme by which it was signed. */
  readonly scheme: string;
  /** The provider's id of the event, if the scheme has one. It is signed. */
  readonly id?: string;
  /**
   * What kind of event it is: the body's `type`, else its `event`, else what the scheme's header
   * says. Types look like `order.completed`; anything else counts as none.
   */
  readonly type?: T;
  /** Whether the type stands in the body, under the signature. A header's type is not signed. */
  readonly typeSigned: boolean;
  /** Whether body and header name different types. */
  readonly typeConflict: boolean;
  /** When it was signed, if the scheme says so. */
  readonly timestamp?: Date;
  /** The key that signed it. */
  readonly keyId: string;
  /**
   * What identifies the event among the provider's: `peeker:evt_1`,
   * `boateros:hull.sold:<SHA-256 of the body>`. Copies have the same.
   *
   * @throws TypeError if it is made of the body, and that was transferred to somebody else before
   * anybody asked
   */
  readonly dedupeKey: string;
  /** The bytes that were signed: those that were passed in, which you should not change. */
  readonly body: Bytes;
  /**
   * The body as text.
   *
   * @throws TypeError if it is not UTF-8
   */
  text(): string;
  /**
   * The body as JSON. Nothing checks that it is a `B`.
   *
   * @throws SyntaxError if it is not JSON
   * @throws TypeError if it is not UTF-8
   */
  json<B = unknown>(): B;
}

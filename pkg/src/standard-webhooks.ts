/**
 * The `Webhook` class of the packages `standardwebhooks` and `svix`, on this package's verifier. To
 * move, change the import and nothing else.
 *
 * It refuses what no sender of Standard Webhooks sends and those packages let pass, and takes more
 * shapes of bodies and headers. For rotated secrets, another tolerance, the event's id, or to be told
 * why a request fails, take `Verifier`.
 *
 * @example
 * ```ts
 * import { Webhook } from "countersign/standard-webhooks";
 *
 * declare const body: Uint8Array;
 * declare const headers: Headers;
 *
 * const webhook = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
 * const event = webhook.verify(body, headers) as { type: string };
 * ```
 *
 * @module
 */

import { ConfigError, sign, VerificationError, Verifier } from "countersign";
import type { BodyInput, HeadersInput } from "countersign";
import { withStandardNames } from "./svix-names.ts";

/** How the secret is given. */
export interface WebhookOptions {
  /**
   * `"raw"`: the secret is the key itself, in bytes, or in text of which each character is a byte
   * (U+0000 to U+00FF). Otherwise text is base64, with or without the prefix `whsec_`.
   */
  readonly format?: "raw" | undefined;
  /** Takes a secret of fewer than 16 bytes, which can be guessed. */
  readonly allowWeakSecret?: boolean | undefined;
}

/** What `verify` returns. */
export interface VerifyOptions {
  /** `false`: nothing is parsed, and `undefined` is returned. The default is `true`. */
  readonly jsonParse?: boolean | undefined;
}

/** The headers of a request by their standard names. */
export interface WebhookUnbrandedRequiredHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

/** The headers of a request as Svix names them. */
export interface WebhookRequiredHeaders {
  readonly "svix-id": string;
  readonly "svix-timestamp": string;
  readonly "svix-signature": string;
}

/** Headers in any shape, under either family of names. */
export type WebhookHeaders =
  HeadersInput | WebhookUnbrandedRequiredHeaders | WebhookRequiredHeaders;

/**
 * A request that is not genuine. It is a `VerificationError` too, so `code` says why. A header at
 * fault has its standard name, also where the request had Svix's.
 *
 * @example
 * ```ts
 * import { Webhook, WebhookVerificationError } from "countersign/standard-webhooks";
 *
 * declare const webhook: Webhook;
 * declare const request: { body: Uint8Array; headers: Record<string, string> };
 *
 * try {
 *   webhook.verify(request.body, request.headers);
 * } catch (error) {
 *   if (!(error instanceof WebhookVerificationError)) throw error;
 *   console.log(error.code, error.message);
 * }
 * ```
 */
export class WebhookVerificationError extends VerificationError {
  /** The ES module and CommonJS have a class each; `instanceof` holds for errors of both. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // A class derived from this one asks for its own.
    return Object.hasOwn(this, Symbol.hasInstance)
      ? typeof value === "object" && value !== null && BRAND in value
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** @param reason what to take the code and the facts from; without it, `signature_mismatch` */
  constructor(message: string, reason?: VerificationError) {
    super(reason?.code ?? "signature_mismatch", message, reason);
    Object.defineProperty(this, "name", { value: "WebhookVerificationError" });
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Signs and verifies Standard Webhooks with one secret.
 *
 * @example
 * ```ts
 * import { Webhook } from "countersign/standard-webhooks";
 *
 * const webhook = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
 * const body = '{"type":"order.paid"}';
 * const now = new Date();
 * const event = webhook.verify(body, {
 *   "webhook-id": "msg_1",
 *   "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
 *   "webhook-signature": webhook.sign("msg_1", now, body),
 * });
 * ```
 */
export class Webhook {
  readonly #key: Key;
  readonly #verifier: Verifier<"standard-webhooks">;

  /**
   * @param secret base64 text, with or without the prefix `whsec_`; bytes are the key itself
   * @throws ConfigError if the secret is empty, malformed, or has fewer than 16 bytes
   */
  constructor(secret: string | Uint8Array, options?: WebhookOptions) {
    const allowWeakSecret = options?.allowWeakSecret === true;
    const key = options?.format === "raw" ? rawKey(secret) : ownCopy(secret);
    this.#key = { secret: key, allowWeakSecret };
    this.#verifier = new Verifier("standard-webhooks", {
      secrets: { secret: key },
      allowWeakSecret,
    });
  }

  /**
   * The JSON of a genuine request's body; `undefined` if the body is empty, or `jsonParse` is
   * `false`. A request is at most 300 seconds old, or ahead. Where it has both `webhook-id` and
   * `svix-id`, or both names of another header, they must agree.
   *
   * @param payload the body as it was received, before anything parsed it
   * @throws WebhookVerificationError if the request is not genuine
   * @throws SyntaxError or TypeError if it is genuine, and its body is no JSON or no UTF-8
   *
   * @example
   * ```ts
   * import { Webhook } from "countersign/standard-webhooks";
   *
   * const webhook = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
   *
   * async function receive(request: Request): Promise<unknown> {
   *   return webhook.verify(await request.text(), request.headers);
   * }
   * ```
   */
  verify(payload: BodyInput, headers: WebhookHeaders, options?: VerifyOptions): unknown {
    const verdict = this.#verifier.safeVerify(payload, withStandardNames(headers as HeadersInput));
    if (!verdict.ok) throw new WebhookVerificationError(verdict.error.message, verdict.error);
    const { event } = verdict;
    return (options?.jsonParse ?? true) && event.body.length > 0 ? event.json() : undefined;
  }

  /**
   * What a sender puts into `webhook-signature`, such as `v1,g0hM9SsE+OTPJTGt…`.
   *
   * @param msgId what goes into `webhook-id`: 1 to 255 of A-Z, a-z, 0-9, `_` and `-`
   * @param timestamp what goes into `webhook-timestamp`, in whole seconds
   * @throws ConfigError if no receiver could verify it: `invalid_id`, `invalid_timestamp`
   * @throws VerificationError `body_not_raw`
   *
   * @example
   * ```ts
   * import { Webhook } from "countersign/standard-webhooks";
   *
   * const webhook = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
   * const signature = webhook.sign("msg_1", new Date(), '{"type":"order.paid"}');
   * ```
   */
  sign(msgId: string, timestamp: Date, payload: BodyInput): string {
    // Without a time `sign` would take now, of which the caller knows nothing.
    const message = { id: msgId, timestamp: timestamp ?? new Date(Number.NaN), body: payload };
    return sign("standard-webhooks", { ...this.#key, ...message })["webhook-signature"] as string;
  }
}

interface Key {
  readonly secret: string | Uint8Array;
  readonly allowWeakSecret: boolean;
}

const BRAND = /* @__PURE__ */ Symbol.for("countersign.WebhookVerificationError");

/** Bytes that nobody else can change: `verify` and `sign` go on with one key. */
function ownCopy(secret: string | Uint8Array): string | Uint8Array {
  const isBytes = Object.prototype.toString.call(secret) === "[object Uint8Array]";
  return isBytes ? new Uint8Array(secret as Uint8Array) : secret;
}

/** The key that raw text spells, one byte for each character. */
function rawKey(secret: string | Uint8Array): string | Uint8Array {
  if (typeof secret !== "string") return ownCopy(secret);
  if (/[^\0-\xff]/.test(secret)) {
    throw new ConfigError(
      "malformed_secret",
      "the raw secret has characters above U+00FF, which are no bytes; pass its bytes instead",
    );
  }
  return Uint8Array.from(secret, (character) => character.charCodeAt(0));
}

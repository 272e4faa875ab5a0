// What is not genuine, and how it is answered: as the gateway does it, in src/gateway/reply.rs.

import { VerificationError } from "countersign";
import type { VerificationErrorCode } from "countersign";
import type { WebhookOptions } from "./options.ts";

/** Why a request gets no further, as far as the sender is told. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer; without a body if it is good. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What became of a request: an event, or an answer. */
export type Verdict<E> =
  | { readonly event: E; readonly refusal?: never }
  | { readonly refusal: Refusal; readonly event?: never };

/** The providers' requests are all POST. */
export const NOT_POST: Refusal = {
  status: 405,
  error: "method_not_allowed",
  headers: { allow: "POST" },
};

/** The handler of a server without a framework has failed. */
export const FAILED: Refusal = { status: 500, error: "internal" };

/** All other reasons get one answer, byte for byte, so that a forger learns nothing. */
const UNAUTHORIZED: Refusal = { status: 401, error: "unauthorized" };
const OTHERS: { readonly [code in VerificationErrorCode]?: Refusal } = {
  body_timeout: { status: 408, error: "timeout" },
  body_too_large: { status: 413, error: "too_large" },
  body_unreadable: { status: 400, error: "body_unreadable" },
  no_active_key: { status: 503, error: "misconfigured", headers: { "retry-after": "60" } },
};

/**
 * The verdict on a request. What isn't the sender's fault is thrown.
 *
 * @param verify starts the verification
 */
export async function judge<E, Context>(
  verify: () => Promise<E>,
  { onRefused }: WebhookOptions<Context>,
  context: Context,
): Promise<Verdict<E>> {
  try {
    return { event: await verify() };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    await onRefused?.(error, context);
    return { refusal: OTHERS[error.code] ?? UNAUTHORIZED };
  }
}

/** What a refusal looks like. */
export function answerTo({ status, error, headers }: Refusal): Answer & { readonly body: string } {
  const body = JSON.stringify({ error });
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

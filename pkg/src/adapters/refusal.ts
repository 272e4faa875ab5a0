// What is not genuine, and how it is answered: as the gateway does it, in src/gateway/reply.rs.

import { VerificationError } from "countersign";
import type { VerificationErrorCode } from "countersign";
import type { WebhookOptions } from "./options.ts";

/** An answer to a request that gets no further. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What became of a request: an event, or an answer. */
export type Verdict<E> =
  | { readonly event: E; readonly refusal?: never }
  | { readonly refusal: Refusal; readonly event?: never };

/** The providers' requests are all POST. */
export const NOT_POST = refusal(405, "method_not_allowed", { allow: "POST" });

/** The handler of a server without a framework has failed. */
export const FAILED = refusal(500, "internal");

/** Every other reason gets one answer, byte for byte, so that a forger learns nothing. */
const UNAUTHORIZED = refusal(401, "unauthorized");
const OTHERS: { readonly [code in VerificationErrorCode]?: Refusal } = {
  body_timeout: refusal(408, "timeout"),
  body_too_large: refusal(413, "too_large"),
  body_unreadable: refusal(400, "body_unreadable"),
  no_active_key: refusal(503, "misconfigured", { "retry-after": "60" }),
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

function refusal(status: number, error: string, headers?: Record<string, string>): Refusal {
  const body = JSON.stringify({ error });
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

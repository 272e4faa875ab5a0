// What the adapters have in common whose requests and responses are Node's.

import type { EventType, RequestOptions, Scheme, Verified, Verifier } from "countersign";
import { acknowledge, refuse } from "./answer.ts";
import type { NodeResponse } from "./answer.ts";
import { requestOf } from "./message.ts";
import type { NodeRequest } from "./message.ts";
import type { Exchange } from "./options.ts";
import { judge, NOT_POST } from "./refusal.ts";

/** Verifies a request, lets the handler act on it, and answers. What the handler throws is thrown. */
export async function exchange<S extends Scheme, Context>(
  message: NodeRequest,
  response: NodeResponse,
  { find, handler, options, context, advice }: Exchange<S, Context>,
): Promise<void> {
  if (message.method !== "POST") return refuse(message, response, NOT_POST);
  const verify = (): Promise<Verified<EventType<S>>> =>
    verifyMessage(find(), message, options, advice);
  const { event, refusal } = await judge(verify, options, context);
  if (refusal !== undefined) return refuse(message, response, refusal);
  acknowledge(response, await handler(event, context));
}

/** `verifier.verifyRequest`, for a request of Node's. */
export async function verifyMessage<S extends Scheme>(
  verifier: Verifier<S>,
  message: NodeRequest,
  { maxBytes, timeoutMs }: RequestOptions,
  advice: string,
): Promise<Verified<EventType<S>>> {
  const request = requestOf(message, { stream: message, kept: message, advice });
  return verifier.verifyRequest(request, { maxBytes, timeoutMs });
}

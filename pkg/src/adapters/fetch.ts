// What the adapters have in common whose requests and responses are those of Fetch.

import { ConfigError } from "countersign";
import type { EventType, RequestLike, Scheme, Verified } from "countersign";
import type { Exchange } from "./options.ts";
import { answerTo, judge, NOT_POST } from "./refusal.ts";
import type { Answer } from "./refusal.ts";

/** The global type of this name, if there is one. */
type Global<Name extends string, Otherwise> = typeof globalThis extends {
  readonly [name in Name]: { readonly prototype: infer Instance };
}
  ? Instance
  : Otherwise;

/** The runtime's `Request`. */
export type FetchRequest = Global<"Request", FetchRequestLike>;

/** The runtime's `Response`. */
export type FetchResponse = Global<"Response", FetchResponseLike>;

/** What every runtime's `Request` has, as far as it takes part. */
export interface FetchRequestLike extends RequestLike {
  readonly method: string;
}

/** What every runtime's `Response` has, as far as it takes part. */
export interface FetchResponseLike {
  readonly status: number;
  readonly headers: object;
}

/** An exchange whose answer is a `Response`. */
export interface FetchExchange<S extends Scheme, Context> extends Exchange<S, Context> {
  readonly respond?: ((answer: Answer) => FetchResponse) | undefined;
}

const ACKNOWLEDGED: Answer = { status: 204, headers: {}, body: null };

/** Verifies a request, lets the handler act on it, and answers. What the handler throws is thrown. */
export async function exchangeFetch<S extends Scheme, Context>(
  request: FetchRequestLike,
  exchange: FetchExchange<S, Context>,
): Promise<FetchResponse> {
  const { handler, options, context, respond = makeResponse } = exchange;
  if (request.method !== "POST") return respond(answerTo(NOT_POST));
  const { event, refusal } = await judge(() => verifyFetch(request, exchange), options, context);
  if (refusal !== undefined) return respond(answerTo(refusal));
  const result = await handler(event, context);
  return isResponse(result) ? result : respond(ACKNOWLEDGED);
}

function verifyFetch<S extends Scheme, Context>(
  request: FetchRequestLike,
  { find, options: { maxBytes, timeoutMs }, advice }: FetchExchange<S, Context>,
): Promise<Verified<EventType<S>>> {
  const { bodyUsed, body } = request;
  if (bodyUsed || (body as { readonly locked?: boolean } | null)?.locked === true) {
    throw new ConfigError("body_consumed", `the body was read before: ${advice}`);
  }
  return find().verifyRequest(request, { maxBytes, timeoutMs });
}

/** Not `instanceof`: servers in Node have a `Response` of their own, and `fetch` makes another. */
function isResponse(value: unknown): value is FetchResponse {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { status?: unknown }).status === "number" &&
    typeof (value as { headers?: unknown }).headers === "object"
  );
}

function makeResponse({ body, ...init }: Answer): FetchResponse {
  return new Response(body, init);
}

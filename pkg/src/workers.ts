/**
 * Webhooks in Cloudflare Workers.
 *
 * @example
 * ```ts
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/workers";
 *
 * interface Env {
 *   PEEKER_SECRET: string;
 * }
 *
 * export default {
 *   fetch: webhook(
 *     (env: Env) => new Verifier("peeker", { secrets: env.PEEKER_SECRET }),
 *     async (event) => {
 *       console.log(event.id, event.type);
 *     },
 *   ),
 * };
 * ```
 *
 * @module
 */

import type { EventType, Scheme, Verified } from "countersign";
import { exchangeFetch } from "./adapters/fetch.ts";
import type { FetchRequest, FetchRequestLike, FetchResponse } from "./adapters/fetch.ts";
import { checkArguments } from "./adapters/options.ts";
import type { WebhookOptions } from "./adapters/options.ts";
import { verifierOf } from "./adapters/source.ts";
import type { VerifierSource } from "./adapters/source.ts";

export type {
  FetchRequest,
  FetchRequestLike,
  FetchResponse,
  FetchResponseLike,
} from "./adapters/fetch.ts";
export type { WebhookOptions } from "./adapters/options.ts";
export type { VerifierSource } from "./adapters/source.ts";

/** What the runtime hands over with a request, as far as it takes part. */
export interface WorkersExecution {
  waitUntil(promise: Promise<any>): void;
}

/** What a handler gets besides the event. */
export interface WorkersContext<Env = any, Request = FetchRequest, Execution = WorkersExecution> {
  /** The request. Its body has been read: it is `event.body`. */
  readonly request: Request;
  /** Secrets, variables and bindings. */
  readonly env: Env;
  /** `waitUntil` and the like. */
  readonly ctx: Execution;
}

const ADVICE = "call this before request.json() and the like, or give those request.clone()";

/**
 * A `fetch` of a Worker. Yours gets genuine events only, and then the answer is 204, unless it
 * returns a `Response`. What it throws is thrown, which the runtime logs and answers 500, so that
 * the provider sends the event again.
 *
 * @param verifier a verifier, or a function that makes it of `env`, where the secrets are
 * @throws ConfigError if an option is out of its range
 *
 * @example
 * ```ts
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/workers";
 *
 * interface Env {
 *   BOATEROS_SECRET: string;
 *   QUEUE: { send(message: unknown): Promise<void> };
 * }
 *
 * const boateros = webhook(
 *   (env: Env) => new Verifier("boateros", { secrets: env.BOATEROS_SECRET }),
 *   async (event, { env }) => {
 *     await env.QUEUE.send({ key: event.dedupeKey, text: event.text() });
 *     return Response.json({ status: "queued" }, { status: 202 });
 *   },
 *   { maxBytes: 65_536, onRefused: (error) => console.warn(error.code, error.message) },
 * );
 *
 * export default {
 *   async fetch(request: Request, env: Env, ctx: { waitUntil(promise: Promise<unknown>): void }) {
 *     const { pathname } = new URL(request.url);
 *     if (pathname === "/hooks/boateros") return boateros(request, env, ctx);
 *     return new Response(null, { status: 404 });
 *   },
 * };
 * ```
 */
export function webhook<
  S extends Scheme,
  Env = any,
  Request extends FetchRequestLike = FetchRequest,
  Execution = WorkersExecution,
>(
  verifier: VerifierSource<S, Env>,
  handler: (
    event: Verified<EventType<S>>,
    context: WorkersContext<Env, Request, Execution>,
  ) => unknown,
  options: WebhookOptions<WorkersContext<Env, Request, Execution>> = {},
): (request: Request, env: Env, ctx: Execution) => Promise<FetchResponse> {
  checkArguments({ verifier, handler, options });
  const find = verifierOf(verifier);
  return async (request, env, ctx) => {
    const context = { request, env, ctx };
    const given = { find: () => find(env), handler, options, context, advice: ADVICE };
    return exchangeFetch(request, given);
  };
}

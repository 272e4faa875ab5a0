/**
 * Webhooks in Next.js: `webhook` for route handlers of the App Router, `pagesWebhook` for `pages/api`.
 *
 * @example
 * ```ts
 * // app/hooks/peeker/route.ts
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/next";
 *
 * const verifier = new Verifier("peeker", { secrets: process.env.PEEKER_SECRET ?? "" });
 *
 * export const POST = webhook(verifier, async (event) => {
 *   console.log(event.id, event.type);
 * });
 * ```
 *
 * @module
 */

/** @ts-ignore without its types, it is `any` */
import type { NextApiRequest, NextApiResponse } from "next";
/** @ts-ignore without its types, it is `any` */
import type { NextRequest } from "next/server.js";
import type { EventType, Scheme, Verified } from "countersign";
import type { NodeResponse } from "./adapters/answer.ts";
import { exchange } from "./adapters/exchange.ts";
import { exchangeFetch } from "./adapters/fetch.ts";
import type { FetchRequestLike, FetchResponse } from "./adapters/fetch.ts";
import type { NodeRequest } from "./adapters/message.ts";
import { checkArguments } from "./adapters/options.ts";
import type { WebhookOptions } from "./adapters/options.ts";
import { lazily } from "./adapters/source.ts";
import type { VerifierSource } from "./adapters/source.ts";

export type { NodeResponse } from "./adapters/answer.ts";
export type { FetchRequestLike, FetchResponse, FetchResponseLike } from "./adapters/fetch.ts";
export type { NodeRequest, NodeStream } from "./adapters/message.ts";
export type { WebhookOptions } from "./adapters/options.ts";
export type { VerifierSource } from "./adapters/source.ts";

/** What a handler of the App Router gets besides the event. */
export interface RouteContext {
  /** The request. Its body has been read: it is `event.body`. */
  readonly request: NextRequest;
  /** The dynamic segments of the route. */
  readonly params: Promise<any>;
}

/** What a handler in `pages/api` gets besides the event. */
export interface PagesContext {
  /** The request. Its body has been read: it is `event.body`. */
  readonly req: NextApiRequest;
  /** The response. Whoever wants to answer does so here; else the answer is 204. */
  readonly res: NextApiResponse;
}

const ROUTE_ADVICE = "call this before request.json() and the like, or give those request.clone()";
const PAGES_ADVICE =
  "by Next.js itself. Add to the file: export const config = { api: { bodyParser: false } }";

/**
 * A route handler of the App Router, to be exported as `POST`. Yours gets genuine events only, and
 * then the answer is 204, unless it returns a `Response`. What it throws goes to Next.js, which logs
 * it and answers 500, so that the provider sends the event again.
 *
 * @throws ConfigError if an option is out of its range
 *
 * @example
 * ```ts
 * // app/hooks/[tenant]/route.ts
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/next";
 *
 * const verifier = new Verifier("boateros", { secrets: process.env.BOATEROS_SECRET ?? "" });
 *
 * export const POST = webhook(
 *   verifier,
 *   async (event, { params }) => {
 *     const { tenant } = await params;
 *     return Response.json({ tenant, key: event.dedupeKey }, { status: 202 });
 *   },
 *   { maxBytes: 65_536, onRefused: (error) => console.warn(error.code, error.message) },
 * );
 * ```
 */
export function webhook<S extends Scheme>(
  verifier: VerifierSource<S>,
  handler: (event: Verified<EventType<S>>, context: RouteContext) => unknown,
  options: WebhookOptions<RouteContext> = {},
): (
  request: FetchRequestLike,
  context?: { readonly params: Promise<any> },
) => Promise<FetchResponse> {
  checkArguments({ verifier, handler, options });
  const find = lazily(verifier);
  return (request, { params } = { params: Promise.resolve({}) }) => {
    const context = { request: request as NextRequest, params };
    return exchangeFetch(request, { find, handler, options, context, advice: ROUTE_ADVICE });
  };
}

/**
 * A handler for `pages/api`, to be exported as the default. Next.js parses bodies unless the file
 * exports a `config` that says not to; it has to stand there as it is, and can't be imported.
 *
 * Yours gets genuine events only, and then the answer is 204, unless it has answered itself. What it
 * throws goes to Next.js, which logs it and answers 500, so that the provider sends the event again.
 *
 * @throws ConfigError if an option is out of its range
 *
 * @example
 * ```ts
 * // pages/api/peeker.ts
 * import { Verifier } from "countersign";
 * import { pagesWebhook } from "countersign/next";
 *
 * const verifier = new Verifier("peeker", { secrets: process.env.PEEKER_SECRET ?? "" });
 *
 * export const config = { api: { bodyParser: false } };
 * export default pagesWebhook(verifier, async (event) => {
 *   console.log(event.id, event.type);
 * });
 * ```
 */
export function pagesWebhook<S extends Scheme>(
  verifier: VerifierSource<S>,
  handler: (event: Verified<EventType<S>>, context: PagesContext) => unknown,
  options: WebhookOptions<PagesContext> = {},
): (req: NodeRequest, res: NodeResponse) => Promise<void> {
  checkArguments({ verifier, handler, options });
  const find = lazily(verifier);
  return (req, res) => {
    const context = { req: req as NextApiRequest, res: res as NextApiResponse };
    return exchange(req, res, { find, handler, options, context, advice: PAGES_ADVICE });
  };
}

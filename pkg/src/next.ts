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

import type { EventType, Scheme, Verified, Verifier } from "countersign";
import type { NodeResponse } from "./adapters/answer.ts";
import { exchange } from "./adapters/exchange.ts";
import { exchangeFetch } from "./adapters/fetch.ts";
import type { FetchRequest, FetchRequestLike, FetchResponse } from "./adapters/fetch.ts";
import type { NodeRequest } from "./adapters/message.ts";
import { checkArguments } from "./adapters/options.ts";
import type { WebhookOptions } from "./adapters/options.ts";

export type { NodeResponse } from "./adapters/answer.ts";
export type {
  FetchRequest,
  FetchRequestLike,
  FetchResponse,
  FetchResponseLike,
} from "./adapters/fetch.ts";
export type { NodeRequest, NodeStream } from "./adapters/message.ts";
export type { WebhookOptions } from "./adapters/options.ts";

/** What a handler of the App Router gets besides the event. */
export interface RouteContext<Request = FetchRequest, Params = any> {
  /** The request. Its body has been read: it is `event.body`. */
  readonly request: Request;
  /** The dynamic segments of the route. */
  readonly params: Promise<Params>;
}

/** What a handler in `pages/api` gets besides the event. */
export interface PagesContext<Request = NodeRequest, Response = NodeResponse> {
  /** The `NextApiRequest`. Its body has been read: it is `event.body`. */
  readonly req: Request;
  /** The `NextApiResponse`. Whoever wants to answer does so here; else the answer is 204. */
  readonly res: Response;
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
export function webhook<
  S extends Scheme,
  Request extends FetchRequestLike = FetchRequest,
  Params = any,
>(
  verifier: Verifier<S>,
  handler: (event: Verified<EventType<S>>, context: RouteContext<Request, Params>) => unknown,
  options: WebhookOptions<RouteContext<Request, Params>> = {},
): (request: Request, context: { readonly params: Promise<Params> }) => Promise<FetchResponse> {
  checkArguments({ verifier, handler, options });
  return (request, { params }) => {
    const context = { request, params };
    return exchangeFetch(request, { verifier, handler, options, context, advice: ROUTE_ADVICE });
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
export function pagesWebhook<
  S extends Scheme,
  Request extends NodeRequest = NodeRequest,
  Response extends NodeResponse = NodeResponse,
>(
  verifier: Verifier<S>,
  handler: (event: Verified<EventType<S>>, context: PagesContext<Request, Response>) => unknown,
  options: WebhookOptions<PagesContext<Request, Response>> = {},
): (req: Request, res: Response) => Promise<void> {
  checkArguments({ verifier, handler, options });
  return (req, res) => {
    const context = { req, res };
    return exchange(req, res, { verifier, handler, options, context, advice: PAGES_ADVICE });
  };
}

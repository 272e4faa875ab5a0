/**
 * Webhooks in Hono, on every runtime that it runs on.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/hono";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * const app = new Hono();
 *
 * app.post(
 *   "/hooks/peeker",
 *   webhook(verifier, async (event) => {
 *     console.log(event.id, event.type);
 *   }),
 * );
 * ```
 *
 * @module
 */

/** @ts-ignore without its types, it is `any` */
import type { Context } from "hono";
import type { EventType, Scheme, Verified } from "countersign";
import { exchangeFetch } from "./adapters/fetch.ts";
import type { FetchRequestLike, FetchResponse } from "./adapters/fetch.ts";
import { checkArguments } from "./adapters/options.ts";
import type { WebhookOptions } from "./adapters/options.ts";
import type { Answer } from "./adapters/refusal.ts";
import { verifierOf } from "./adapters/source.ts";
import type { VerifierSource } from "./adapters/source.ts";

export type { FetchRequestLike, FetchResponse, FetchResponseLike } from "./adapters/fetch.ts";
export type { WebhookOptions } from "./adapters/options.ts";
export type { VerifierSource } from "./adapters/source.ts";

/** What Hono's `Context` has, as far as it takes part. */
export interface HonoContextLike {
  readonly env: any;
  readonly req: { readonly raw: FetchRequestLike };
  body(data: string | null, status?: any, headers?: any): FetchResponse;
}

/** Hono's `Context`, with these bindings. Its variables are not known here. */
export type HonoContext<Bindings = any> = Context<{ Bindings: Bindings; Variables: any }>;

const ADVICE =
  "by a middleware that calls c.req.json() or the like, or a validator. Mount it behind the " +
  "webhook's route, or let it skip the route";

/**
 * A handler for `app.post`. Yours gets genuine events only, and then the answer is 204, unless it
 * returns a `Response`. What it throws goes to `app.onError`, by default 500, so that the provider
 * sends the event again.
 *
 * On Workers the secrets are in `c.env`: give a function that makes the verifier of it.
 *
 * @throws ConfigError if an option is out of its range
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/hono";
 *
 * type Bindings = { BOATEROS_SECRET: string };
 * const app = new Hono<{ Bindings: Bindings }>();
 *
 * app.post(
 *   "/hooks/boateros",
 *   webhook(
 *     (env: Bindings) => new Verifier("boateros", { secrets: env.BOATEROS_SECRET }),
 *     (event, c) => c.json({ key: event.dedupeKey }, 202),
 *     { maxBytes: 65_536, onRefused: (error) => console.warn(error.code, error.message) },
 *   ),
 * );
 * ```
 */
export function webhook<S extends Scheme, Bindings = any>(
  verifier: VerifierSource<S, Bindings>,
  handler: (event: Verified<EventType<S>>, c: HonoContext<Bindings>) => unknown,
  options: WebhookOptions<HonoContext<Bindings>> = {},
): (c: HonoContextLike) => Promise<FetchResponse> {
  checkArguments({ verifier, handler, options });
  const find = verifierOf(verifier);
  return async (c) => {
    const respond = ({ status, headers, body }: Answer): FetchResponse =>
      c.body(body, status, headers);
    const context = c as HonoContext<Bindings>;
    const given = { find: () => find(c.env), handler, options, context, advice: ADVICE, respond };
    return exchangeFetch(c.req.raw, given);
  };
}

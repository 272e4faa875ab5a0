/**
 * Webhooks in Express, 4 and 5: for one route, whatever parses the bodies of the others.
 *
 * @example
 * ```ts
 * import express from "express";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/express";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * const app = express();
 *
 * app.post(
 *   "/hooks/peeker",
 *   webhook(verifier, async (event) => {
 *     console.log(event.id, event.type);
 *   }),
 * );
 * app.use(express.json()); // below it
 * ```
 *
 * @module
 */

/** @ts-ignore without its types, it is `any` */
import type { Request, Response } from "express";
import type { EventType, RequestOptions, Scheme, Verified, Verifier } from "countersign";
import type { NodeResponse } from "./adapters/answer.ts";
import { exchange, verifyMessage } from "./adapters/exchange.ts";
import type { NodeRequest } from "./adapters/message.ts";
import { checkArguments } from "./adapters/options.ts";
import type { WebhookOptions } from "./adapters/options.ts";
import { lazily } from "./adapters/source.ts";
import type { VerifierSource } from "./adapters/source.ts";

export type { NodeResponse } from "./adapters/answer.ts";
export type { NodeRequest, NodeStream } from "./adapters/message.ts";
export type { WebhookOptions } from "./adapters/options.ts";
export type { VerifierSource } from "./adapters/source.ts";

const NO_REASON = "the webhook's handler has failed, and gave no reason";

/** What a handler gets besides the event. */
export interface ExpressContext {
  /** The request. Its body has been read: it is `event.body`. */
  readonly req: Request;
  /** The response. Whoever wants to answer does so here; else the answer is 204. */
  readonly res: Response;
}

const ADVICE =
  "by express.json() or another middleware. Mount the webhook's route above it, or let it skip the " +
  'route: app.use(/^(?!\\/hooks\\/)/, express.json()). express.raw({ type: "*/*" }) may stand above';

/**
 * A handler for `app.post`. It reads the body itself, so mount it above parsers such as
 * `express.json()`; where `express.raw()` or `rawBody` has kept the bytes, they are taken.
 *
 * The handler gets genuine events only, and then the answer is 204, unless it has answered itself.
 * What it throws goes to the application's error handlers, by default 500, so that the provider
 * sends the event again.
 *
 * @throws ConfigError if an option is out of its range
 *
 * @example
 * ```ts
 * import express from "express";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/express";
 *
 * const verifier = new Verifier("boateros", { secrets: "whatever the portal shows" });
 * const app = express();
 *
 * app.post(
 *   "/hooks/boateros",
 *   webhook(verifier, (event, { res }) => res.status(202).json({ key: event.dedupeKey }), {
 *     maxBytes: 65_536,
 *     onRefused: (error, { req }) => console.warn(req.ip, error.code, error.message),
 *   }),
 * );
 * ```
 */
export function webhook<S extends Scheme>(
  verifier: VerifierSource<S>,
  handler: (event: Verified<EventType<S>>, context: ExpressContext) => unknown,
  options: WebhookOptions<ExpressContext> = {},
): (req: NodeRequest, res: NodeResponse, next: (error?: any) => void) => Promise<void> {
  checkArguments({ verifier, handler, options });
  const find = lazily(verifier);
  return async (req, res, next) => {
    const context = { req: req as Request, res: res as Response };
    const given = { find, handler, options, context, advice: ADVICE };
    // Express 4 doesn't look at what the promise comes to; and `next(undefined)` is no error.
    await exchange(req, res, given).catch((error) => next(error || new Error(NO_REASON)));
  };
}

/**
 * Verifies a request, for those who answer themselves.
 *
 * @throws VerificationError if it is not genuine, or its body can't be read
 * @throws ConfigError `body_consumed` if something has read the body before and kept no bytes;
 * `invalid_limit`
 *
 * @example
 * ```ts
 * import express from "express";
 * import { VerificationError, Verifier } from "countersign";
 * import { verifyRequest } from "countersign/express";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 *
 * express().post("/hooks/peeker", async (req, res) => {
 *   try {
 *     const event = await verifyRequest(verifier, req);
 *     res.send(event.type);
 *   } catch (error) {
 *     if (!(error instanceof VerificationError)) throw error;
 *     res.sendStatus(401);
 *   }
 * });
 * ```
 */
export function verifyRequest<S extends Scheme>(
  verifier: Verifier<S>,
  req: NodeRequest,
  options: RequestOptions = {},
): Promise<Verified<EventType<S>>> {
  return verifyMessage(verifier, req, options, ADVICE);
}

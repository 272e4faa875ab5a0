/**
 * Webhooks in servers of Node's own: `node:http`, Koa, and whatever else hands over an
 * `IncomingMessage`.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/node";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 *
 * createServer(
 *   webhook(verifier, async (event) => {
 *     console.log(event.id, event.type);
 *   }),
 * ).listen(8080);
 * ```
 *
 * @module
 */

/** @ts-ignore without Node's types, it is `any` */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EventType, RequestOptions, Scheme, Verified, Verifier } from "countersign";
import { refuse } from "./adapters/answer.ts";
import type { NodeResponse } from "./adapters/answer.ts";
import { exchange, verifyMessage } from "./adapters/exchange.ts";
import type { NodeRequest } from "./adapters/message.ts";
import { checkArguments } from "./adapters/options.ts";
import type { WebhookOptions } from "./adapters/options.ts";
import { FAILED } from "./adapters/refusal.ts";
import { lazily } from "./adapters/source.ts";
import type { VerifierSource } from "./adapters/source.ts";

export type { NodeResponse } from "./adapters/answer.ts";
export type { NodeRequest, NodeStream } from "./adapters/message.ts";
export type { WebhookOptions } from "./adapters/options.ts";
export type { VerifierSource } from "./adapters/source.ts";

/** What a handler gets besides the event. */
export interface NodeContext {
  /** The `IncomingMessage`. Its body has been read: it is `event.body`. */
  readonly request: IncomingMessage;
  /** The `ServerResponse`. Whoever wants to answer does so here; else the answer is 204. */
  readonly response: ServerResponse;
}

/** How a webhook is received. */
export interface NodeOptions extends WebhookOptions<NodeContext> {
  /**
   * Gets what the handler threw, and mistakes in the program such as a body that something has read
   * before. The sender gets 500. The default is `console.error`.
   */
  readonly onError?: ((error: unknown, context: NodeContext) => void) | undefined;
}

const ADVICE = "call this before anything else reads the request";

/**
 * A listener for `createServer`. The handler gets genuine events only, and then the answer is 204,
 * unless it has answered itself. If it throws, the answer is 500, so that the provider sends the
 * event again.
 *
 * @throws ConfigError if an option is out of its range
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/node";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * const receive = webhook(
 *   verifier,
 *   async (event, { response }) => {
 *     response.statusCode = 202;
 *     response.end(event.dedupeKey);
 *   },
 *   { maxBytes: 65_536, onRefused: (error) => console.warn(error.code, error.message) },
 * );
 * createServer((request, response) => {
 *   if (request.url === "/hooks/peeker") return receive(request, response);
 *   response.writeHead(404).end();
 * }).listen(8080);
 * ```
 */
export function webhook<S extends Scheme>(
  verifier: VerifierSource<S>,
  handler: (event: Verified<EventType<S>>, context: NodeContext) => unknown,
  options: NodeOptions = {},
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  checkArguments({ verifier, handler, options, more: ["onError"] });
  const find = lazily(verifier);
  const { onError = (error) => console.error(error) } = options;
  return async (request, response) => {
    const context = {
      request: request as IncomingMessage,
      response: response as ServerResponse,
    };
    const given = { find, handler, options, context, advice: ADVICE };
    try {
      await exchange(request, response, given);
    } catch (error) {
      onError(error, context);
      // An answer that was begun must not look like one.
      if (response.headersSent && response.writableEnded !== true) response.destroy();
      else await refuse(request, response, FAILED);
    }
  };
}

/**
 * Verifies an `IncomingMessage`, for those who answer themselves: the headers first, and only if
 * they are in order its body, up to a size and a moment. The body is then read; take it from the
 * event.
 *
 * Bytes that something has read before and kept as `request.rawBody` or `request.body` are taken.
 *
 * @throws VerificationError if it is not genuine, or its body can't be read
 * @throws ConfigError `body_consumed` if something has read the body before and kept no bytes;
 * `invalid_limit`
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { VerificationError, Verifier } from "countersign";
 * import { verifyRequest } from "countersign/node";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 *
 * createServer(async (request, response) => {
 *   try {
 *     const event = await verifyRequest(verifier, request, { maxBytes: 65_536 });
 *     response.end(event.type);
 *   } catch (error) {
 *     response.writeHead(error instanceof VerificationError ? 401 : 500).end();
 *   }
 * }).listen(8080);
 * ```
 */
export function verifyRequest<S extends Scheme>(
  verifier: Verifier<S>,
  request: NodeRequest,
  options: RequestOptions = {},
): Promise<Verified<EventType<S>>> {
  return verifyMessage(verifier, request, options, ADVICE);
}

/**
 * Webhooks in Fastify: for one route, whatever parses the bodies of the others.
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/fastify";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 * const fastify = Fastify();
 *
 * fastify.register(
 *   webhook(verifier, async (event) => {
 *     console.log(event.id, event.type);
 *   }),
 *   { prefix: "/hooks/peeker" },
 * );
 * ```
 *
 * @module
 */

/** @ts-ignore without its types, it is `any` */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { EventType, RequestOptions, Scheme, Verified, Verifier } from "countersign";
import { answerOn, cutOff, discard, isSharing } from "./adapters/answer.ts";
import { requestOf } from "./adapters/message.ts";
import type { NodeRequest, NodeStream } from "./adapters/message.ts";
import { checkArguments } from "./adapters/options.ts";
import type { WebhookOptions } from "./adapters/options.ts";
import { judge } from "./adapters/refusal.ts";
import type { Refusal } from "./adapters/refusal.ts";
import { lazily } from "./adapters/source.ts";
import type { VerifierSource } from "./adapters/source.ts";

export type { NodeRequest, NodeStream } from "./adapters/message.ts";
export type { WebhookOptions } from "./adapters/options.ts";
export type { VerifierSource } from "./adapters/source.ts";

/** What a `FastifyInstance` has, as far as it takes part. */
export interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    parser: (request: any, payload: any, done: (error: Error | null, body?: any) => void) => void,
  ): unknown;
  post(path: string, handler: (request: any, reply: any) => any): unknown;
}

/** What a `FastifyRequest` has, as far as it takes part. */
export interface FastifyRequestLike {
  readonly raw: NodeRequest;
  body?: unknown;
}

/** What a `FastifyReply` has, as far as it takes part. */
export interface FastifyReplyLike {
  readonly raw: { destroy(): unknown };
  readonly sent: boolean;
  statusCode: number;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(payload?: unknown): unknown;
}

/** What a handler gets besides the event. */
export interface FastifyContext {
  /** The request. Its body has been read: it is `event.body`. */
  readonly request: FastifyRequest;
  /** The reply. Whoever wants to answer does so here, or returns what is to be sent. */
  readonly reply: FastifyReply;
}

const ADVICE =
  "by Fastify. Register what webhook() returns, with the route as the prefix: " +
  'fastify.register(webhook(verifier, handler), { prefix: "/hooks/peeker" }); or call rawBody(scope) ' +
  "in the plugin that has the route";

/**
 * A plugin with one route, `POST` to the prefix with which it is registered. In it, and nowhere else,
 * bodies of every content type are left as they are; Fastify's `bodyLimit` doesn't count there, but
 * `maxBytes` does.
 *
 * The handler gets genuine events only, and then the answer is 204, unless it has answered itself or
 * returns something. What it throws goes to Fastify's error handler, by default 500, so that the
 * provider sends the event again.
 *
 * @throws ConfigError if an option is out of its range
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { Verifier } from "countersign";
 * import { webhook } from "countersign/fastify";
 *
 * const verifier = new Verifier("boateros", { secrets: "whatever the portal shows" });
 * const fastify = Fastify({ logger: true });
 *
 * fastify.register(
 *   webhook(
 *     verifier,
 *     async (event, { reply }) => {
 *       reply.code(202);
 *       return { key: event.dedupeKey };
 *     },
 *     {
 *       maxBytes: 65_536,
 *       onRefused: (error) => fastify.log.warn({ code: error.code }, error.message),
 *     },
 *   ),
 *   { prefix: "/hooks/boateros" },
 * );
 * ```
 */
export function webhook<S extends Scheme>(
  verifier: VerifierSource<S>,
  handler: (event: Verified<EventType<S>>, context: FastifyContext) => unknown,
  options: WebhookOptions<FastifyContext> = {},
): (scope: FastifyScope) => Promise<void> {
  checkArguments({ verifier, handler, options });
  const find = lazily(verifier);
  const receive = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const context = { request, reply };
    const { maxBytes, timeoutMs } = options;
    const verify = (): Promise<Verified<EventType<S>>> =>
      verifyRequest(find(), request, { maxBytes, timeoutMs });
    const { event, refusal } = await judge(verify, options, context);
    if (refusal !== undefined) return refuse(request, reply, refusal);
    request.body = event.body;
    const result = await handler(event, context);
    if (result !== undefined || reply.sent) return result;
    // Another status is the handler's own.
    if (reply.statusCode === 200) reply.code(204);
    return reply.send();
  };
  return async (scope) => {
    rawBody(scope);
    scope.post("/", receive);
  };
}

/**
 * Leaves bodies of every content type as they are, in this scope and those below it, for
 * `verifyRequest`. Parsers that were there are forgotten in it.
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { rawBody } from "countersign/fastify";
 *
 * const fastify = Fastify();
 * fastify.register(async (scope) => {
 *   rawBody(scope); // in here, and nowhere else
 * });
 * ```
 */
export function rawBody(scope: FastifyScope): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
}

/**
 * Verifies a request, for those who answer themselves, in a scope with `rawBody`.
 *
 * @throws VerificationError if it is not genuine, or its body can't be read
 * @throws ConfigError `body_consumed` if something has read the body before and kept no bytes;
 * `invalid_limit`
 *
 * @example
 * ```ts
 * import Fastify from "fastify";
 * import { VerificationError, Verifier } from "countersign";
 * import { rawBody, verifyRequest } from "countersign/fastify";
 *
 * const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
 *
 * Fastify().register(async (scope) => {
 *   rawBody(scope);
 *   scope.post("/hooks/peeker", async (request, reply) => {
 *     try {
 *       const event = await verifyRequest(verifier, request);
 *       return { type: event.type };
 *     } catch (error) {
 *       if (!(error instanceof VerificationError)) throw error;
 *       return reply.code(401).send();
 *     }
 *   });
 * });
 * ```
 */
export async function verifyRequest<S extends Scheme>(
  verifier: Verifier<S>,
  request: FastifyRequestLike,
  options: RequestOptions = {},
): Promise<Verified<EventType<S>>> {
  const source = { stream: streamOf(request), kept: request, advice: ADVICE };
  return verifier.verifyRequest(requestOf(request.raw, source), options);
}

/** What `rawBody` has left in place of the body; hooks may have put another stream there. */
function streamOf({ raw, body }: FastifyRequestLike): NodeStream {
  const isStream = typeof (body as NodeStream | undefined)?.resume === "function";
  return isStream ? (body as NodeStream) : raw;
}

/** As `refuse` in answer.ts, but through Fastify, so that its hooks see it. */
function refuse(request: FastifyRequestLike, reply: FastifyReplyLike, refusal: Refusal): unknown {
  const { status, headers, body } = answerOn(request.raw, refusal);
  reply.code(status);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  const stream = streamOf(request);
  if (!isSharing(request.raw)) return reply.send(endingWith(stream, body));
  void cutOff(stream, reply.raw);
  return reply.send(body);
}

/** A text that is there at once, and ends when nothing comes any more. */
function endingWith(stream: NodeStream, text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      await discard(stream);
      controller.close();
    },
  });
}

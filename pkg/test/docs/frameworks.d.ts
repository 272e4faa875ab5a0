// What the blocks in the README and in doc comments may use: their reader's own names, and as much
// of each framework as they touch.

type Received = import("countersign").Verified;

/** The reader's verifier, what is to be done with an event, and the answer to a request. */
declare const verifier: import("countersign").Verifier<"peeker">;
declare function handle(event: Received): Promise<void>;
declare function hook(request: Request): Promise<Response>;

/** The application, whichever framework it is made with. */
declare const app: ExpressApp & HonoApp;
declare const fastify: FastifyApp;

interface ExpressRequest {
  readonly body: any;
  readonly headers: import("node:http").IncomingHttpHeaders;
}
interface ExpressResponse {
  sendStatus(status: number): this;
}
type ExpressHandler = (request: ExpressRequest, response: ExpressResponse) => unknown;
interface ExpressMiddleware {
  readonly isMiddleware: true;
}
interface ExpressApp {
  post(path: string, middleware: ExpressMiddleware, handler: ExpressHandler): void;
  use(middleware: ExpressMiddleware): void;
}
declare const express: {
  raw(options: { type(request: unknown): boolean; limit: string }): ExpressMiddleware;
  json(): ExpressMiddleware;
};

interface FastifyRequest {
  readonly body: any;
  readonly headers: import("node:http").IncomingHttpHeaders;
}
interface FastifyReply {
  code(status: number): this;
  send(): this;
}
interface FastifyApp {
  register(plugin: (scope: FastifyApp) => Promise<void>): void;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    options: { parseAs: "buffer" },
    parser: (
      request: FastifyRequest,
      body: Buffer,
      done: (error: Error | null, body: unknown) => void,
    ) => void,
  ): void;
  post(
    path: string,
    handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
  ): void;
}

interface HonoApp {
  post(path: string, handler: (context: HonoContext) => Promise<Response>): void;
}
interface HonoContext {
  readonly req: { readonly raw: Request };
}

declare namespace Deno {
  function serve(handler: (request: Request) => Promise<Response>): void;
  /** What Deno itself thinks of it, pkg/test/dedupe/deno.test.mjs asks. */
  function openKv(): Promise<import("countersign/dedupe/deno-kv").DenoKvLike>;
}
declare namespace Bun {
  function serve(options: {
    routes: Record<string, { POST: (request: Request) => Promise<Response> }>;
  }): void;
}

declare module "express" {
  export interface Request extends ExpressRequest {}
}
declare module "@nestjs/common" {
  export type RawBodyRequest<T> = T & { rawBody?: Buffer };
  export class UnauthorizedException extends Error {}
  export function Controller(path: string): ClassDecorator;
  export function Post(path: string): MethodDecorator;
  export function HttpCode(status: number): MethodDecorator;
  export function Req(): ParameterDecorator;
}
declare module "cloudflare:workers" {
  import type { D1Database, DurableObjectState, KVNamespace } from "@cloudflare/workers-types";
  export const env: { readonly DB: D1Database; readonly SEEN: KVNamespace };
  export class DurableObject {
    protected readonly ctx: DurableObjectState;
  }
}

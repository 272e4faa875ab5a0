// What the blocks in the README and in doc comments may use: their reader's own names, and as much
// of each framework as they touch.

type Received = import("countersign").Verified;

/** The reader's verifier, what is to be done with an event, and the answer to a request. */
declare const verifier: import("countersign").Verifier<"peeker">;
declare function handle(event: Received): Promise<void>;
declare function hook(request: Request): Promise<Response>;

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
  export interface Request {
    readonly headers: import("node:http").IncomingHttpHeaders;
  }
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

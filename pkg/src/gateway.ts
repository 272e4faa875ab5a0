/**
 * The gateway, built: a Cloudflare Worker that verifies webhooks at the edge, drops duplicates and
 * delivers what is genuine. `npx countersign gateway init` writes what a deployment of it needs.
 *
 * It runs in workerd only, which `wrangler dev` and `wrangler deploy` take care of. An import in any
 * other runtime throws. What is declared here is what workerd gets; this file is what all others get.
 *
 * @example
 * ```ts
 * // worker.js
 * export { default, Inbox } from "countersign/gateway";
 * ```
 *
 * @module
 */

import type { FetchRequest, FetchResponse } from "./adapters/fetch.ts";

/** What the runtime hands over with a request, as far as it takes part. */
export interface GatewayExecution {
  waitUntil(promise: Promise<any>): void;
}

/** What the runtime calls. */
export interface Gateway {
  /** Answers `POST /hooks/<source>` and `GET /healthz`. */
  fetch(request: FetchRequest, env: any, ctx: GatewayExecution): Promise<FetchResponse>;
  /** For inbox mode's timer: wakes what should have been awake. */
  scheduled(controller: any, env: any): Promise<void>;
}

/**
 * The Worker. Its variables and secrets say what it does; it takes none from you.
 *
 * @example
 * ```ts
 * // Beside handlers of your own: all requests are the gateway's, the queue is yours.
 * import gateway from "countersign/gateway";
 *
 * export { Inbox } from "countersign/gateway";
 * export default {
 *   ...gateway,
 *   async queue(batch: { readonly messages: readonly unknown[] }) {
 *     console.log(batch.messages.length);
 *   },
 * };
 * ```
 */
const gateway: Gateway = elsewhere();
export default gateway;

/**
 * The Durable Object that holds the events of inbox mode. The runtime makes it: export it, under this
 * name, and leave it alone.
 *
 * @example
 * ```ts
 * // wrangler.toml names it: class_name = "Inbox"
 * export { Inbox } from "countersign/gateway";
 * ```
 */
export class Inbox {
  constructor(_ctx: any, _env: any) {
    elsewhere();
  }

  /** What the runtime calls when something is due. */
  alarm(): Promise<void> {
    return elsewhere();
  }
}

function elsewhere(): never {
  throw new Error(
    "countersign/gateway is a Cloudflare Worker and runs in workerd only: name the file that exports " +
      "it as `main` in wrangler.toml, and run `npx wrangler dev`. A bundler of your own has to resolve " +
      'it with the condition `workerd`. To verify webhooks here, import { Verifier } from "countersign"',
  );
}

// `countersign/gateway`, as a Worker's own module re-exports it.

import gateway from "countersign/gateway";
import type { Gateway } from "countersign/gateway";

export { default, Inbox } from "countersign/gateway";

interface Env {
  PEEKER_SECRET: string;
}
interface Execution {
  waitUntil(promise: Promise<unknown>): void;
  passThroughOnException(): void;
}
/** As in Cloudflare's types. */
interface ExportedHandler<E> {
  fetch?: (request: Request, env: E, ctx: Execution) => Response | Promise<Response>;
  scheduled?: (
    controller: { readonly cron: string; readonly scheduledTime: number },
    env: E,
    ctx: Execution,
  ) => void | Promise<void>;
}

exact<typeof gateway, Gateway>();
export const own = { ...gateway } satisfies ExportedHandler<Env>;
// @ts-expect-error: it answers requests, and nothing else
gateway.queue;

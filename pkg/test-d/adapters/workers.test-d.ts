// `countersign/workers`, with what a Worker's runtime hands over.

import { Verifier } from "countersign";
import type { EventType, Verified } from "countersign";
import { webhook } from "countersign/workers";

interface Env {
  SECRET: string;
}
interface Execution {
  waitUntil(promise: Promise<unknown>): void;
  passThroughOnException(): void;
}
/** As in Cloudflare's types. */
interface ExportedHandler<E> {
  fetch?: (request: Request, env: E, ctx: Execution) => Response | Promise<Response>;
}

export default {
  fetch: webhook(
    (env: Env) => new Verifier("boateros", { secrets: env.SECRET }),
    async (event, { request, env, ctx }) => {
      exact<typeof event, Verified<EventType<"boateros">>>();
      exact<typeof env, Env>();
      exact<typeof request, Request>();
      ctx.waitUntil(Promise.resolve());
      return new Response(env.SECRET);
    },
    { onRefused: (error, { env }) => console.warn(env.SECRET, error.code) },
  ),
} satisfies ExportedHandler<Env>;

const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
const fetch = webhook(verifier, () => {});
const answer = fetch(new Request("https://a.test"), {}, { waitUntil: () => {} });
exact<typeof answer, Promise<Response>>();
webhook(
  // @ts-expect-error: the environment has no such secret
  (env: Env) => new Verifier("peeker", { secrets: env.OTHER }),
  () => {},
);

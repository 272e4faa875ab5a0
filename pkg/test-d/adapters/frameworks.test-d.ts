// The adapters with the real types of their frameworks.

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import express from "express";
import Fastify from "fastify";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Hono } from "hono";
import type { NextApiHandler, NextApiRequest, NextApiResponse } from "next";
import type { NextRequest } from "next/server.js";
import { Verifier } from "countersign";
import type { EventType, VerificationError, Verified } from "countersign";
import * as forExpress from "countersign/express";
import * as forFastify from "countersign/fastify";
import * as forHono from "countersign/hono";
import * as forNext from "countersign/next";
import * as forNode from "countersign/node";

type Event = Verified<EventType<"peeker">>;
const verifier = new Verifier("peeker", { secrets: "whatever the portal shows" });
const options = { maxBytes: 65_536, timeoutMs: 5_000 };

// Express: whatever the route's parameters are
const app = express();
app.post(
  "/hooks/:tenant",
  forExpress.webhook(
    verifier,
    (event, { req, res }) => {
      exact<typeof event, Event>();
      exact<typeof req, express.Request>();
      exact<typeof res, express.Response>();
      return res.status(202).json({ id: event.id });
    },
    {
      ...options,
      onRefused: (error, { req }) => {
        exact<typeof error, VerificationError>();
        exact<typeof req, express.Request>();
      },
    },
  ),
);
express.Router().all(
  "/",
  express.raw({ type: "*/*" }),
  forExpress.webhook(
    () => verifier,
    () => {},
  ),
);
app.post("/", async (req, res) => {
  const event = await forExpress.verifyRequest(verifier, req, options);
  exact<typeof event, Event>();
  res.end();
});

// Fastify: whatever the server is
const plugin = forFastify.webhook(verifier, async (event, { request, reply }) => {
  exact<typeof event, Event>();
  exact<typeof request, FastifyRequest>();
  exact<typeof reply, FastifyReply>();
  reply.code(202);
  return { id: event.id };
});
Fastify({ logger: true }).register(plugin, { prefix: "/hooks/peeker" });
Fastify({ http2: true }).register(plugin, { prefix: "/hooks/peeker", logLevel: "warn" });
Fastify().register(async (scope) => {
  forFastify.rawBody(scope);
  scope.post("/", async (request) => {
    const event = await forFastify.verifyRequest(verifier, request);
    exact<typeof event, Event>();
  });
});

// Hono: bindings are known by the function that makes the verifier of them, variables are not
type Bindings = { SECRET: string };
new Hono().post(
  "/",
  forHono.webhook(verifier, (_, c) => c.json({ path: c.req.path }, 202)),
);
new Hono<{ Bindings: Bindings; Variables: { user: string } }>().post(
  "/:tenant",
  forHono.webhook(
    (env: Bindings) => new Verifier("peeker", { secrets: env.SECRET }),
    async (event, c) => {
      exact<typeof event, Event>();
      exact<typeof c.env, Bindings>();
      const user: string = c.get("user");
      return c.text(user);
    },
    { onRefused: (error, c) => console.warn(c.req.path, c.env.SECRET, error.code) },
  ),
);

// Next.js
type Route<P> = (request: NextRequest, context: { params: Promise<P> }) => Promise<Response>;
const POST: Route<{ tenant: string }> = forNext.webhook(verifier, async (event, context) => {
  exact<typeof event, Event>();
  exact<typeof context.request, NextRequest>();
  const { tenant } = (await context.params) as { tenant: string };
  return Response.json({ tenant, path: context.request.nextUrl.pathname });
});
const api: NextApiHandler = forNext.pagesWebhook(verifier, (event, { req, res }) => {
  exact<typeof event, Event>();
  exact<typeof req, NextApiRequest>();
  exact<typeof res, NextApiResponse>();
  res.status(202).json({ id: event.id });
});

// Node, over HTTP/1 and HTTP/2
const listener = forNode.webhook(
  verifier,
  (event, { request, response }) => {
    exact<typeof event, Event>();
    exact<typeof request, IncomingMessage>();
    exact<typeof response, ServerResponse>();
    return response.end();
  },
  { ...options, onError: (error, { request }) => console.error(request.url, error) },
);
createServer(listener).listen(8080);
createHttp2Server(listener).listen(8080);
createServer(async (request) => {
  const event = await forNode.verifyRequest(verifier, request);
  exact<typeof event, Event>();
});

for (const { webhook } of [forExpress, forFastify, forHono, forNode]) {
  // @ts-expect-error: a scheme's name is no verifier
  webhook("peeker", () => {});
  // @ts-expect-error: there is nothing to do
  webhook(verifier);
  // @ts-expect-error: a limit is a number
  webhook(verifier, () => {}, { maxBytes: "1mb" });
}
// @ts-expect-error: only a server without a framework has `onError`
forExpress.webhook(verifier, () => {}, { onError: () => {} });
// @ts-expect-error: `pages/api` has its own
const wrong: NextApiHandler = forNext.webhook(verifier, () => {});
// @ts-expect-error: a Fetch request is none of Node's
forNode.verifyRequest(verifier, new Request("https://a.test"));

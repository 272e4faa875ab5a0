// `countersign/fastify`.

import Fastify from "fastify";
import { rawBody, verifyRequest, webhook } from "countersign/fastify";
import { makeHandler, makeOptions, makeVerifier, recordError, state } from "../record.mjs";
import { ready } from "../serve.mjs";

const headersOf = ({ request }) => request.headers;
const handler = makeHandler(headersOf, ({ reply }, text) => {
  reply.code(202).header("x-answer", "own");
  return text;
});
const options = makeOptions(headersOf);
const receive = (scheme) => webhook(makeVerifier(scheme), handler, options);
const verifier = makeVerifier("peeker");

const fastify = Fastify({ bodyLimit: 500 });
fastify.setErrorHandler((error, request, reply) => {
  recordError(error, request.headers);
  reply.code(500).send("the application's own");
});
fastify.register(receive("peeker"), { prefix: "/hooks/peeker" });
fastify.register(receive("boateros"), { prefix: "/hooks/boateros" });
fastify.register(async (scope) => {
  const options = { parseAs: "buffer", bodyLimit: 1_000_000 };
  scope.addContentTypeParser("*", options, (_, body, done) => done(null, body));
  scope.removeContentTypeParser("application/json");
  scope.post("/kept", answer);
});
fastify.register(async (scope) => {
  rawBody(scope);
  scope.post("/low", answer);
});
fastify.post("/late", async (request) => {
  await verifyRequest(verifier, request, options);
});
fastify.post("/json", async (request) => ({ got: request.body }));
fastify.get("/state", async () => state());

async function answer(request) {
  const result = await verifyRequest(verifier, request, options).catch((error) => error);
  return result.type ?? result.code;
}

await fastify.listen({ port: 0, host: "127.0.0.1" });
ready(fastify.server.address().port);

// `countersign/node`, with `node:http` and nothing else.

import { createServer } from "node:http";
import { buffer, json } from "node:stream/consumers";
import { verifyRequest, webhook } from "countersign/node";
import { makeHandler, makeOptions, makeVerifier, recordError, state } from "../record.mjs";
import { listen } from "../serve.mjs";

const headersOf = ({ request }) => request.headers;
const handler = makeHandler(headersOf, ({ response }, text) => {
  response.statusCode = 202;
  response.setHeader("x-answer", "own");
  response.end(text);
});
const options = {
  ...makeOptions(headersOf),
  onError: (error, context) => recordError(error, headersOf(context)),
};
const [peeker, boateros] = ["peeker", "boateros"].map((scheme) =>
  webhook(makeVerifier(scheme), handler, options),
);
const verifier = makeVerifier("peeker");

const ROUTES = {
  "/hooks/peeker": peeker,
  "/hooks/boateros": boateros,
  "/late": async (request, response) => {
    await json(request).catch(() => {});
    await peeker(request, response);
  },
  "/kept": async (request, response) => {
    const rawBody = await buffer(request);
    await peeker(Object.assign(request, { rawBody }), response);
  },
  "/low": async (request, response) => {
    const answer = await verifyRequest(verifier, request, options).catch((error) => error);
    response.end(answer.type ?? answer.code);
  },
  "/json": async (request, response) => {
    response.end(JSON.stringify({ got: await json(request) }));
  },
  "/state": (_, response) => response.end(JSON.stringify(state())),
};

listen(createServer((request, response) => ROUTES[request.url](request, response)));

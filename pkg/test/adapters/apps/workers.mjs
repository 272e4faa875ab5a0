// `countersign/workers`, as a Worker with several routes.

import { Verifier } from "countersign";
import { webhook } from "countersign/workers";
import { makeHandler, makeOptions, recordError, recordUnhandled, state } from "../record.mjs";

addEventListener("unhandledrejection", (event) => recordUnhandled(event.reason));

const headersOf = ({ request }) => request.headers;
const handler = makeHandler(
  headersOf,
  (_, text) => new Response(text, { status: 202, headers: { "x-answer": "own" } }),
);
const options = makeOptions(headersOf);
let made = 0;
const receive = (scheme, binding) =>
  webhook(
    (env) => {
      made += 1;
      return new Verifier(scheme, { secrets: env[binding] });
    },
    handler,
    options,
  );
const peeker = receive("peeker", "PEEKER_SECRET");

const ROUTES = {
  "/hooks/peeker": peeker,
  "/hooks/boateros": receive("boateros", "BOATEROS_SECRET"),
  "/late": async (request, env, ctx) => {
    await request.json();
    return peeker(request, env, ctx);
  },
  "/json": async (request) => Response.json({ got: await request.json() }),
  "/state": () => Response.json({ ...state(), made }),
};

export default {
  async fetch(request, env, ctx) {
    try {
      return await ROUTES[new URL(request.url).pathname](request, env, ctx);
    } catch (error) {
      recordError(error, request.headers);
      throw error;
    }
  },
};

// `countersign/next` in the App Router.

import { webhook } from "countersign/next";
import { makeHandler, makeOptions, makeVerifier } from "../../../record.mjs";

const headersOf = ({ request }) => request.headers;
const handler = makeHandler(
  headersOf,
  (_, text) => new Response(text, { status: 202, headers: { "x-answer": "own" } }),
);
const options = makeOptions(headersOf);

export const receive = (scheme) => webhook(makeVerifier(scheme), handler, options);

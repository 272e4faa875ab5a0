// `countersign/next` in `pages/api`.

import { pagesWebhook } from "countersign/next";
import { makeHandler, makeOptions, makeVerifier } from "../../record.mjs";

const headersOf = ({ req }) => req.headers;
const handler = makeHandler(headersOf, ({ res }, text) =>
  res.status(202).setHeader("x-answer", "own").send(text),
);
const options = makeOptions(headersOf);

export const receive = (scheme) => pagesWebhook(makeVerifier(scheme), handler, options);

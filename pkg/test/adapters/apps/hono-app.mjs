// `countersign/hono`, on whatever serves it.

import { Hono } from "hono";
import { webhook } from "countersign/hono";
import { makeHandler, makeOptions, makeVerifier, recordError, state } from "../record.mjs";

const headersOf = (c) => c.req.raw.headers;
const handler = makeHandler(headersOf, (c, text) => c.body(text, 202, { "x-answer": "own" }));
const options = makeOptions(headersOf);

export const app = new Hono();
app.all(
  "/hooks/peeker",
  webhook(() => makeVerifier("peeker"), handler, options),
);
app.post("/hooks/boateros", webhook(makeVerifier("boateros"), handler, options));
app.use("/late", async (c, next) => {
  await c.req.json();
  await next();
});
app.post("/late", webhook(makeVerifier("peeker"), handler, options));
app.post("/json", async (c) => c.json({ got: await c.req.json() }));
app.get("/state", (c) => c.json(state()));
app.onError((error, c) => {
  recordError(error, c.req.raw.headers);
  return c.text("the application's own", 500);
});

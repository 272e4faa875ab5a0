// `countersign/express`; the argument names the package, so that other versions can be tried.

import { verifyRequest, webhook } from "countersign/express";
import { makeHandler, makeOptions, makeVerifier, recordError, state } from "../record.mjs";
import { listen } from "../serve.mjs";
import { createServer } from "node:http";

const { default: express } = await import(process.argv[2]);
const headersOf = ({ req }) => req.headers;
const handler = makeHandler(headersOf, ({ res }, text) =>
  res.status(202).set("x-answer", "own").end(text),
);
const options = makeOptions(headersOf);
const receive = (scheme) => webhook(makeVerifier(scheme), handler, options);

const verifier = makeVerifier("peeker");
const app = express();
app.all("/hooks/peeker", receive("peeker"));
app.post("/hooks/boateros", receive("boateros"));
app.post("/kept", express.raw({ type: "*/*" }), receive("peeker"));
app.post("/low", async (req, res) => {
  const answer = await verifyRequest(verifier, req, options).catch((error) => error);
  res.end(answer.type ?? answer.code);
});
app.use(express.json());
app.post("/late", receive("peeker"));
app.post("/json", (req, res) => res.json({ got: req.body }));
app.get("/state", (req, res) => res.json(state()));
app.use((error, req, res, next) => {
  recordError(error, req.headers);
  if (res.headersSent) return next(error);
  res.status(500).end("the application's own");
});

listen(createServer(app));

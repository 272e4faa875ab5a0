// `countersign/fastify`.

import { node } from "../adapters/start.mjs";
import { suite } from "../adapters/suite.mjs";

suite("fastify", {
  command: node(24, "fastify"),
  error: "the application's own",
  notPost: 404,
  cutsOff: true,
  resources: true,
  late: /body_consumed .*webhook\(verifier, handler\)/,
  kept: true,
  low: true,
});

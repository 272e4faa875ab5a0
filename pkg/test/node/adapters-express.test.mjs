// `countersign/express` in both versions of Express that are in use.

import { node } from "../adapters/start.mjs";
import { suite } from "../adapters/suite.mjs";

const traits = {
  error: "the application's own",
  notPost: 405,
  cutsOff: true,
  resources: true,
  late: /body_consumed .*express\.json\(\)/,
  kept: true,
  low: true,
};
suite("express-5", { ...traits, command: node(24, "express", "express") });
suite("express-4", { ...traits, command: node(24, "express", "express4") });

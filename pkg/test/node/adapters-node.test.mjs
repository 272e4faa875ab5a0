// `countersign/node` in both versions of Node.js that are supported.

import { node } from "../adapters/start.mjs";
import { suite } from "../adapters/suite.mjs";

const traits = {
  error: '{"error":"internal"}',
  notPost: 405,
  cutsOff: true,
  resources: true,
  late: /body_consumed .* before anything else reads/,
  kept: true,
  low: true,
};
suite("node-24", { ...traits, command: node(24, "node") });
suite("node-20", { ...traits, command: node(20, "node") });

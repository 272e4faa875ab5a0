// `countersign/workers` in workerd.

import { node, tool } from "../adapters/start.mjs";
import { suite } from "../adapters/suite.mjs";

suite("workerd", {
  command: node(24, "workerd", tool("wrangler/bin/wrangler.js")),
  notPost: 405,
  closes: true,
  // What comes after a refusal workerd reads up to some 64 KiB; then it resets the connection.
  large: 50_000,
  resets: true,
  late: /body_consumed .*request\.clone\(\)/,
});

// `countersign/hono` in Node, Bun and Deno.

import { bun, deno, node } from "../adapters/start.mjs";
import { suite } from "../adapters/suite.mjs";

const traits = {
  error: "the application's own",
  notPost: 405,
  late: /body_consumed .*c\.req\.json\(\)/,
};
suite("hono-node", { ...traits, cutsOff: true, resources: true, command: node(24, "hono-node") });
suite("hono-bun", { ...traits, command: bun("hono-bun") });
suite("hono-deno", { ...traits, closes: true, command: deno("hono-deno") });

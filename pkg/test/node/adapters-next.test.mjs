// `countersign/next`, in Next.js as it is built and started: App Router and `pages/api`.

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { folderOf, node } from "../adapters/start.mjs";
import { suite } from "../adapters/suite.mjs";

const NEXT = "next";
const cwd = folderOf(NEXT);
// Its cache doesn't see that a package has changed.
rmSync(join(cwd, "apps/next/.next"), { recursive: true, force: true });
const [program, ...words] = node(24, "next", "build");
execFileSync(program, words, { cwd, stdio: ["pipe", "ignore", "pipe"] });

const traits = {
  folder: NEXT,
  command: node(24, "next", "start", "--port=0", "--hostname=127.0.0.1"),
};
suite("next, App Router", {
  ...traits,
  // Next.js's own answer.
  notPost: 405,
  allow: false,
  resources: true,
  late: /body_consumed .*request\.clone\(\)/,
});
suite("next, pages/api", {
  ...traits,
  prefix: "/api",
  error: "Internal Server Error",
  notPost: 405,
  cutsOff: true,
  resources: true,
  late: /body_consumed .*bodyParser: false/,
});

// Every runtime: how a project for it is built, what runs it, and what has to come of it.
//
// - `type`: of the project's package.json
// - `entry`, `format`: which of entries/ is bundled with the suite, and as what
// - `command`: run in the project; prints the report
// - `resolves`: the one file of the package that `countersign` has to mean there
// - `digests`: the paths that have to be there; a runtime that loses one must not just test less
// - `lacks`: the FEATURES that aren't there, the host's digest aside; all others have to be

import { join } from "node:path";
import { tool } from "./places.mjs";

const NODE_24 = tool("node/bin/node");
const NODE_20 = tool("node20/bin/node");
const DATES = ["2025-06-01", "2026-10-01"];
/** `getBuiltinModule` needs the flag before this date. */
const NODE_BY_DEFAULT = "2026-10-01";
const BOTH = ["wasm", "host"];

/** What the suite checks only where it can. */
export const FEATURES = [
  "host digests",
  "Buffer",
  "SharedArrayBuffer",
  "resizable buffers",
  "growable shared buffers",
];

const DRIVERS = join(import.meta.dirname, "drivers");
const driver = (name, ...args) => [NODE_24, join(DRIVERS, `${name}.mjs`), ...args];

const esm = {
  type: "module",
  entry: "esm",
  format: "esm",
  bundle: "main.mjs",
  resolves: "dist/esm/index.js",
  digests: BOTH,
  lacks: [],
};
const cjs = {
  ...esm,
  type: "commonjs",
  entry: "cjs",
  format: "cjs",
  bundle: "main.cjs",
  resolves: "dist/cjs/index.cjs",
};

// Without a single permission, and nothing fetched.
const DENO_ALONE = ["--no-prompt", "--cached-only", "--node-modules-dir=manual"];
const deno = [tool(".bin/deno"), "run", ...DENO_ALONE, "main.mjs"];
const bun = [tool(".bin/bun"), "--no-install", "main.mjs"];

const workerd = (date, flags) => {
  const likeNode = flags.includes("nodejs_compat") || date >= NODE_BY_DEFAULT;
  return {
    ...esm,
    name: ["workerd", date, ...flags].join("-"),
    entry: "workerd",
    command: driver("workerd", date, ...flags),
    resolves: "dist/esm/workerd.js",
    digests: likeNode ? BOTH : ["wasm"],
    lacks: likeNode ? [] : ["Buffer"],
  };
};

const edge = {
  ...esm,
  name: "edge-runtime",
  entry: "edge",
  command: driver("edge"),
  resolves: "dist/esm/edge-light.js",
  digests: ["wasm"],
  lacks: ["Buffer"],
};

const page = (name, headers, lacks) => ({
  ...esm,
  name,
  entry: "page",
  command: driver("chromium", JSON.stringify(headers)),
  digests: ["wasm"],
  lacks,
});

const SHARED_MEMORY = ["SharedArrayBuffer", "growable shared buffers"];
/** The strictest policy that lets wasm run, and isolation, for which a page gets shared memory. */
const STRICT = {
  "content-security-policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

export const RUNTIMES = [
  { ...esm, name: "node-20-esm", command: [NODE_20, "main.mjs"] },
  { ...cjs, name: "node-20-cjs", command: [NODE_20, "main.cjs"] },
  { ...esm, name: "node-24-esm", command: [NODE_24, "main.mjs"] },
  { ...cjs, name: "node-24-cjs", command: [NODE_24, "main.cjs"] },
  { ...esm, name: "deno", command: deno },
  { ...esm, name: "bun", command: bun },
  ...DATES.flatMap((date) => [workerd(date, []), workerd(date, ["nodejs_compat"])]),
  edge,
  page("chromium", {}, ["Buffer", ...SHARED_MEMORY]),
  page("chromium-strict", STRICT, ["Buffer"]),
];

// A fresh project with the packed tarball in it, and nothing else.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { output } from "./children.mjs";
import { PROJECTS, SUITE, VECTORS } from "./places.mjs";
import { readVectors } from "./vectors.mjs";

const INSTALL_SECONDS = 120;
const QUIETLY = ["--no-audit", "--no-fund", "--loglevel=error"];

/** Makes it, and returns its folder. */
export async function freshProject(name, type, tarball) {
  const folder = join(PROJECTS, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = { name: `countersign-on-${name}`, private: true, type };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const install = ["install", "--offline", "--ignore-scripts", ...QUIETLY, tarball];
  await output("npm", install, { cwd: folder, seconds: INSTALL_SECONDS });
  const installed = readdirSync(join(folder, "node_modules")).filter((name) => name[0] !== ".");
  if (installed.join() !== "countersign") throw new Error(`npm installed ${installed.join(", ")}`);
  return folder;
}

/** Bundles the suite and the vectors into it; `countersign` is left for the runtime to resolve. */
export const bundleSuite = (entry, format, outfile) =>
  build({
    entryPoints: [join(import.meta.dirname, `entries/${entry}.mjs`)],
    outfile,
    format,
    bundle: true,
    platform: "neutral",
    target: "es2022",
    charset: "utf8",
    external: ["countersign", "countersign/explain", "countersign/standard-webhooks"],
    plugins: [suite],
    logLevel: "silent",
  });

const suite = {
  name: "suite",
  setup(build) {
    build.onResolve({ filter: /^suite:index$/ }, () => ({ path: SUITE }));
    build.onResolve({ filter: /^suite:vectors$/ }, () => ({ path: VECTORS, namespace: "vectors" }));
    build.onLoad({ filter: /./, namespace: "vectors" }, () => ({
      contents: JSON.stringify(readVectors()),
      loader: "json",
    }));
  },
};

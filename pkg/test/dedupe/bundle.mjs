// Scripts for runtimes other than Node.js, in the project that has the package.

import { join } from "node:path";
import { build } from "esbuild";
import { project } from "../node/installed.mjs";

const common = (name) => ({
  entryPoints: [join(import.meta.dirname, `entries/${name}.mjs`)],
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "silent",
  tsconfigRaw: {},
});

/** The package is looked for where it is installed, not where the tests are. */
const installed = {
  name: "installed",
  setup(build) {
    build.onResolve({ filter: /^countersign/ }, ({ path, kind, resolveDir }) => {
      if (resolveDir.startsWith(project)) return undefined;
      return build.resolve(path, { kind, resolveDir: project });
    });
  },
};

/** For Deno, which finds the package by itself. Returns the file. */
export async function bundleForDeno() {
  const outfile = join(project, "dedupe-deno.mjs");
  const external = ["countersign", "node:*"];
  await build({ ...common("deno"), outfile, external, platform: "neutral" });
  return outfile;
}

/** For workerd, with the package and its wasm, as wrangler would. Returns the folder. */
export async function bundleForWorkerd() {
  const outdir = join(project, "dedupe-workerd");
  const external = ["cloudflare:*", "node:*"];
  const conditions = ["workerd", "worker", "browser"];
  const wasm = { loader: { ".wasm": "copy" }, assetNames: "[name]" };
  const plugins = [installed];
  await build({ ...common("workerd"), outdir, external, conditions, ...wasm, plugins });
  return outdir;
}

// Bundles main.mjs as Vercel does for the edge, and runs it in the `edge-runtime` package.

import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { EdgeRuntime } from "edge-runtime";
import { build } from "esbuild";
import { toolVersion } from "../places.mjs";
import { print } from "./printing.mjs";

const modules = {};
const bundle = await build({
  entryPoints: ["main.mjs"],
  bundle: true,
  write: false,
  metafile: true,
  format: "iife",
  platform: "browser",
  conditions: ["edge-light"],
  plugins: [{ name: "wasm-module", setup: importWasmModules }],
});
const runtime = new EdgeRuntime({
  initialCode: bundle.outputFiles[0].text,
  extend: (context) => Object.assign(context, modules, { process: nextProcess() }),
  // As at Vercel: nothing is compiled from bytes in there.
  codeGeneration: { strings: false, wasm: false },
});
const resolved = Object.keys(bundle.metafile.inputs).map((path) => resolve(path));
const report = await (await runtime.dispatchFetch("http://suite.test/")).json();
print({ version: toolVersion("edge-runtime"), resolved, ...report });

/** What Next.js has for `process` there: `env`, and functions that throw at whoever calls them. */
function nextProcess() {
  const refuse = (name) => () => {
    throw new Error(`a Node.js API is used (process.${name}) which is not supported`);
  };
  const names = Object.keys(process).filter((name) => typeof process[name] === "function");
  return { env: {}, ...Object.fromEntries(names.map((name) => [name, refuse(name)])) };
}

/** `import x from "y.wasm?module"` is a WebAssembly.Module, which the platform has as a global. */
function importWasmModules(build) {
  build.onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => ({
    path: resolve(resolveDir, path.replace("?module", "")),
    namespace: "wasm-module",
  }));
  build.onLoad({ filter: /./, namespace: "wasm-module" }, async ({ path }) => {
    const name = `wasm_${basename(path, ".wasm")}`;
    modules[name] = await WebAssembly.compile(readFileSync(path));
    return { contents: `export default ${name};` };
  });
}

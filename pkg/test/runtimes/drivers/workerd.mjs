// Bundles main.mjs as `wrangler deploy` would, and runs it in workerd.
//
// Arguments: a compatibility date, and flags.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { output } from "../children.mjs";
import { tool, toolVersion } from "../places.mjs";
import { print } from "./printing.mjs";

const BUNDLE_SECONDS = 90;
const TYPES = { ".js": "ESModule", ".wasm": "CompiledWasm" };
const [compatibilityDate, ...compatibilityFlags] = process.argv.slice(2);

await bundle();
const report = await run(readModules());
print({ version: toolVersion("workerd"), resolved: bundledFiles(), ...report });

async function bundle() {
  const config = {
    name: "countersign-suite",
    main: "main.mjs",
    compatibility_date: compatibilityDate,
    compatibility_flags: compatibilityFlags,
  };
  writeFileSync("wrangler.json", JSON.stringify(config, null, 2));
  const wrangler = [tool("wrangler/bin/wrangler.js"), "deploy", "--dry-run"];
  const files = ["--config=wrangler.json", "--outdir=dist", "--metafile=meta.json"];
  await output(process.execPath, [...wrangler, ...files], {
    seconds: BUNDLE_SECONDS,
    env: { CI: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
  });
}

/** What wrangler would upload; the Worker's own module first. */
function readModules() {
  const names = readdirSync("dist").filter((name) => /\.(js|wasm)$/.test(name));
  names.sort((a, b) => (b === "main.js") - (a === "main.js"));
  return names.map((name) => {
    const type = TYPES[name.slice(name.lastIndexOf("."))];
    const bytes = readFileSync(join("dist", name));
    return { type, path: name, contents: type === "ESModule" ? bytes.toString() : bytes };
  });
}

function bundledFiles() {
  const { inputs } = JSON.parse(readFileSync("meta.json", "utf8"));
  return Object.keys(inputs).map((path) => resolve(path));
}

async function run(modules) {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({ modules, compatibilityDate, compatibilityFlags, cf: false }),
  );
  try {
    const response = await miniflare.dispatchFetch("http://suite.test/");
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  } finally {
    await miniflare.dispose();
  }
}

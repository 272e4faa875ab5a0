// Bundles workers.mjs as `wrangler deploy` would, and serves it in workerd.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { SECRETS } from "../secrets.mjs";
import { ready } from "../serve.mjs";

const TYPES = { ".js": "ESModule", ".wasm": "CompiledWasm" };
const compatibilityDate = "2026-10-01";

bundle();
const bindings = { PEEKER_SECRET: SECRETS.peeker, BOATEROS_SECRET: SECRETS.boateros };
const options = {
  modules: modules(),
  compatibilityDate,
  bindings,
  host: "127.0.0.1",
  port: 0,
  cf: false,
};
const miniflare = new Miniflare(convertV4MiniflareOptions(options));
process.on("SIGTERM", async () => {
  await miniflare.dispose();
  process.exit();
});
ready((await miniflare.ready).port);

function bundle() {
  const config = {
    name: "adapters",
    main: "apps/workers.mjs",
    compatibility_date: compatibilityDate,
  };
  writeFileSync("wrangler.json", JSON.stringify(config));
  const wrangler = process.argv[2];
  const words = [wrangler, "deploy", "--dry-run", "--config=wrangler.json", "--outdir=dist"];
  const env = {
    ...process.env,
    CI: "1",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
  };
  execFileSync(process.execPath, words, { env });
}

/** What wrangler would upload; the Worker's own module first. */
function modules() {
  const names = readdirSync("dist").filter((name) => /\.(js|wasm)$/.test(name));
  names.sort((a, b) => (b === "workers.js") - (a === "workers.js"));
  return names.map((name) => {
    const type = TYPES[name.slice(name.lastIndexOf("."))];
    const bytes = readFileSync(join("dist", name));
    return { type, path: name, contents: type === "ESModule" ? bytes.toString() : bytes };
  });
}

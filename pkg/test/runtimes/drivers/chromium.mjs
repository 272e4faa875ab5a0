// Builds a page with Vite, and opens it in Chromium.
//
// Argument: the Content-Security-Policy header to serve it with, if any.

import { createServer } from "node:http";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { output } from "../children.mjs";
import { tool } from "../places.mjs";
import { print } from "./printing.mjs";

const CHROMIUM = process.env.COUNTERSIGN_CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const BUILD_SECONDS = 60;
const START_MS = 30_000;
const PAGE = `<!doctype html><script type="module" src="/main.mjs"></script>`;
const MEDIA_TYPES = { ".html": "text/html", ".js": "text/javascript" };
const [policy] = process.argv.slice(2);

if (!existsSync(CHROMIUM)) {
  throw new Error(
    `there is no ${CHROMIUM}: apt-get update && apt-get install -y chromium, ` +
      "or say where another one is in COUNTERSIGN_CHROMIUM",
  );
}
writeFileSync("index.html", PAGE);
const vite = [tool("vite/bin/vite.js"), "build", "--sourcemap"];
await output(process.execPath, vite, { seconds: BUILD_SECONDS });
const server = createServer(serve).listen(0, "127.0.0.1");
await once(server, "listening");
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: START_MS });
try {
  print({ version: browser.version(), resolved: bundledFiles(), ...(await visit()) });
} finally {
  await browser.close();
  server.close();
}

function serve({ url }, response) {
  const path = join("dist", url === "/" ? "index.html" : new URL(url, "http://page.test").pathname);
  if (!existsSync(path)) return response.writeHead(404).end();
  if (policy !== undefined) response.setHeader("content-security-policy", policy);
  response.setHeader("content-type", `${MEDIA_TYPES[extname(path)]}; charset=utf-8`);
  response.end(readFileSync(path));
}

async function visit() {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const { report, evalIsRefused } = await page.evaluate(async () => ({
    report: await globalThis.suiteReport,
    evalIsRefused: globalThis.evalIsRefused,
  }));
  if (report === undefined) throw new Error(`the page did not run: ${complaints.join("; ")}`);
  if (evalIsRefused !== (policy !== undefined)) throw new Error("the policy is not in force");
  return report;
}

/** What Vite put into the page, by its source maps. */
function bundledFiles() {
  const maps = readdirSync("dist/assets").filter((name) => name.endsWith(".map"));
  const parse = (name) => JSON.parse(readFileSync(join("dist/assets", name), "utf8"));
  return maps.flatMap((name) => parse(name).sources).map((path) => resolve("dist/assets", path));
}

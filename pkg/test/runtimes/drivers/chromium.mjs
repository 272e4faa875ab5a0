// Builds a page with Vite, and opens it in Chromium.
//
// Argument: the headers to serve it with, as JSON.

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
const headers = JSON.parse(process.argv[2]);
const hasPolicy = "content-security-policy" in headers;

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
  const type = `${MEDIA_TYPES[extname(path)]}; charset=utf-8`;
  response.writeHead(200, { ...headers, "content-type": type }).end(readFileSync(path));
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
  if (evalIsRefused !== hasPolicy) throw new Error("the policy is not in force");
  return report;
}

/** What Vite put into the page, by its source maps. */
function bundledFiles() {
  const maps = readdirSync("dist/assets").filter((name) => name.endsWith(".map"));
  const parse = (name) => JSON.parse(readFileSync(join("dist/assets", name), "utf8"));
  return maps.flatMap((name) => parse(name).sources).map((path) => resolve("dist/assets", path));
}

// One suite on every runtime: `node pkg/test/runtimes/run.mjs [--tarball file.tgz] [--only name]…`
//
// Installs the packed tarball into a fresh project for each runtime under build/package-test, runs
// pkg/test/suite there, and compares what each reports. Exit status 1 if anything failed or
// differs. The environment variable COUNTERSIGN_TARBALL names the tarball too, and
// COUNTERSIGN_CHROMIUM the browser.

import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { output } from "./children.mjs";
import { holdProjects } from "./lock.mjs";
import { PROJECTS, ROOT } from "./places.mjs";
import { bundleSuite, freshProject } from "./project.mjs";
import { disagreements, faults, readReport } from "./report.mjs";
import { RUNTIMES } from "./runtimes.mjs";
import { corpusLines, table } from "./table.mjs";
import { countVectors } from "./vectors.mjs";

/** As many as there are cores on a small machine. */
const AT_A_TIME = 2;
const RUN_SECONDS = 300;
const SHOWN = 100;

const { values: options } = parseArgs({
  options: { tarball: { type: "string" }, only: { type: "string", multiple: true } },
});
const runtimes = chosen(options.only);
await holdProjects();
const tarball = packed(options.tarball);
const counted = countVectors();
conclude(await inTurn(runtimes, attempt));

function chosen(only) {
  if (only === undefined) return RUNTIMES;
  const names = RUNTIMES.map(({ name }) => name);
  const unknown = only.filter((name) => !names.includes(name)).join(", ");
  if (unknown !== "") giveUp(`no runtime ${unknown}; there are: ${names.join(", ")}`);
  return RUNTIMES.filter(({ name }) => only.includes(name));
}

function packed(given) {
  const { version } = JSON.parse(readFileSync(join(ROOT, "pkg/package.json"), "utf8"));
  const built = join(ROOT, `build/package/countersign-${version}.tgz`);
  const path = resolve(given ?? process.env.COUNTERSIGN_TARBALL ?? built);
  if (!existsSync(path)) giveUp(`there is no ${path}: \`cargo xtask package\` makes it`);
  // A copy, so that all runtimes get the same one when it is made anew meanwhile.
  const copy = join(PROJECTS, "countersign.tgz");
  copyFileSync(path, copy);
  return copy;
}

function giveUp(reason) {
  console.error(reason);
  process.exit(2);
}

/** What `work` makes of each item, in their order; a few items at a time. */
async function inTurn(items, work) {
  const results = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return results;
}

async function attempt(runtime) {
  const started = performance.now();
  console.log(`${runtime.name} …`);
  const outcome = await examine(runtime).catch((error) => ({ runtime, faults: [error.message] }));
  const verdict = outcome.faults.length === 0 ? "ok" : "FAILED";
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${runtime.name} … ${verdict} after ${seconds} s`);
  return outcome;
}

async function examine(runtime) {
  const folder = await freshProject(runtime.name, runtime.type, tarball);
  await bundleSuite(runtime.entry, runtime.format, join(folder, runtime.bundle));
  const [command, ...args] = runtime.command;
  const started = performance.now();
  const report = readReport(await output(command, args, { cwd: folder, seconds: RUN_SECONDS }));
  const seconds = (performance.now() - started) / 1000;
  if (report.crash !== undefined) throw new Error(`the suite never ran: ${report.crash}`);
  return { runtime, report, seconds, faults: faults({ runtime, folder, report, counted }) };
}

function conclude(outcomes) {
  const reported = outcomes.filter(({ report }) => report !== undefined);
  if (reported.length > 0) console.log(`\n${table(reported)}\n`);
  const failures = [...grouped(outcomes), ...disagreements(reported)];
  for (const failure of failures.slice(0, SHOWN)) console.log(`✖ ${failure}`);
  if (failures.length > SHOWN) console.log(`and ${failures.length - SHOWN} more`);
  if (failures.length > 0) process.exitCode = 1;
  else for (const line of corpusLines(counted, reported)) console.log(line);
}

/** Each fault once, with the runtimes that have it. */
function grouped(outcomes) {
  const names = new Map();
  for (const { runtime, faults } of outcomes) {
    for (const fault of faults) names.set(fault, [...(names.get(fault) ?? []), runtime.name]);
  }
  const where = (list) => (list.length === outcomes.length ? "everywhere" : list.join(", "));
  return [...names].map(([fault, list]) => `${where(list)}: ${fault}`);
}

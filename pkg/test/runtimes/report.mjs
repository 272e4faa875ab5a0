// What is wrong with a runtime's report.

import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { FEATURES } from "./runtimes.mjs";

/** Reads the line with the report out of what a runtime printed. */
export function readReport(text) {
  const line = text.split("\n").find((each) => each.startsWith("report: "));
  if (line === undefined) throw new Error(`no report in:\n${text}`);
  return JSON.parse(line.slice("report: ".length));
}

/** Everything that isn't as it has to be, in sentences; none if all is well. */
export function faults({ runtime, folder, report, counted }) {
  const hasHost = runtime.digests.includes("host");
  const lacks = hasHost ? runtime.lacks : ["host digests", ...runtime.lacks];
  return [
    ...unlike("digest paths", report.digests, runtime.digests),
    ...unlike("the package takes a host digest", report.hostDigest, hasHost),
    ...unlike("`countersign` is", packageFiles(folder, report.resolved), [runtime.resolves]),
    ...unlike("features", featuresOf(report), FEATURES.filter((name) => !lacks.includes(name))),
    ...unlike("corpus", report.corpus, expectedCorpus(counted, [...runtime.digests, "auto"])),
    ...report.sections.flatMap(failed),
  ];
}

/** Faults that only show side by side: runtimes that should have made the same checks. */
export function disagreements(outcomes) {
  const first = new Map();
  return outcomes.flatMap(({ runtime, report }) =>
    report.sections.flatMap((section) => [
      ...differs(first, runtime, section.name, section.checks),
      ...differs(first, runtime, `${section.name} with ${features(section)}`, section.optional),
    ]),
  );
}

/** Compares with what the first runtime had under this name. */
function differs(first, runtime, what, found) {
  if (!first.has(what)) first.set(what, { runtime, found });
  const other = first.get(what);
  const told = unlike(`checks of ${what}`, found, other.found);
  return told.map((fault) => `${runtime.name}: ${fault} as on ${other.runtime.name}`);
}

/** A sentence for each place in which `found` isn't as it ought to be. */
function unlike(what, found, wanted) {
  if (isRecord(found) && isRecord(wanted)) {
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
    return names.flatMap((name) => unlike(`${what}, ${name}`, found[name], wanted[name]));
  }
  const [is, ought] = [found, wanted].map((value) => JSON.stringify(value));
  return is === ought ? [] : [`${what}: ${is} instead of ${ought}`];
}

const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const features = (section) => Object.keys(section.optional).sort().join(", ") || "nothing rare";
const featuresOf = ({ sections }) => {
  const found = new Set(sections.flatMap(({ optional }) => Object.keys(optional)));
  const unknown = [...found].filter((name) => !FEATURES.includes(name));
  return [...FEATURES.filter((name) => found.has(name)), ...unknown];
};

/** Every vector by every path, and as a `Request` wherever one can carry it. */
function expectedCorpus(counted, paths) {
  const file = ({ vectors, refusedKeyrings, requests }) => ({
    vectors,
    refusedKeyrings,
    requests,
    paths: Object.fromEntries(paths.map((path) => [path, { direct: vectors, requests }])),
  });
  return Object.fromEntries(Object.entries(counted).map(([name, counts]) => [name, file(counts)]));
}

function failed({ name, checks, failed: count, failures }) {
  const told = failures.map((each) => `${name}: ${each}`);
  if (count > failures.length) told.push(`${name}: and ${count - failures.length} more`);
  if (checks === 0) told.push(`${name}: nothing was checked`);
  return told;
}

/** The package's own files among those, but for what the other entry points are made of. */
function packageFiles(folder, resolved) {
  const home = join(folder, "node_modules/countersign");
  return resolved
    .map((place) => relative(home, place.startsWith("file:") ? fileURLToPath(place) : place))
    .filter((path) => !path.startsWith("../../") && !path.endsWith(".wasm"))
    .filter((path) => !/standard-webhooks|explain/.test(path));
}

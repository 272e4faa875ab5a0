// The package as a project has it that installed it, by Node's own resolution.
//
// The environment variable COUNTERSIGN_PROJECT names the project's folder.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const given = process.env.COUNTERSIGN_PROJECT ?? join(root, "build/package-test/node-24-esm");
export const project = resolve(given);
const PACKAGE = join(project, "node_modules/countersign");
if (!existsSync(PACKAGE)) throw new Error(`countersign is not installed in ${project}`);

// Only a file inside the project resolves the name as the project does.
const ENTRY = join(project, "installed.mjs");
const SOURCE = `export * as countersign from "countersign";
export * as explain from "countersign/explain";
export * as standardWebhooks from "countersign/standard-webhooks";
`;
if (!existsSync(ENTRY)) writeFileSync(ENTRY, SOURCE);

/** These entry points as ESM. */
export const load = () => import(pathToFileURL(ENTRY).href);

/** All entry points as CommonJS. */
export const require = createRequire(join(project, "package.json"));

/** The corpus, by file name without `.json`. */
export function readVectors() {
  const folder = join(root, "tests/vectors");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const parse = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  return Object.fromEntries(files.map((name) => [basename(name, ".json"), parse(name)]));
}

/** 2025-11-21T16:00:00Z. */
export const NOW = 1_763_740_800_000;
export const SECRET = "the secret of the first source";
export const now = () => new Date(NOW);

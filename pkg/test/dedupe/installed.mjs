// The package as a project has it that installed it, with all that dedupe exports.

import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { project } from "../node/installed.mjs";

// Only a file inside the project resolves the name as the project does.
export const ENTRY = join(project, "dedupe.mjs");
const SOURCE = `export * from "countersign";
export * from "countersign/dedupe";
export * from "countersign/dedupe/deno-kv";
export * from "countersign/dedupe/kv";
export * from "countersign/dedupe/redis";
export * from "countersign/dedupe/sql";
`;
if (!existsSync(ENTRY)) {
  // Other tests may be at it.
  writeFileSync(`${ENTRY}.${process.pid}`, SOURCE);
  renameSync(`${ENTRY}.${process.pid}`, ENTRY);
}

export const countersign = await import(pathToFileURL(ENTRY).href);

// Where things are.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");
export const SUITE = join(ROOT, "pkg/test/suite/index.ts");
export const VECTORS = join(ROOT, "tests/vectors");
export const PROJECTS = join(ROOT, "build/package-test");

/** A file of one of our own tools. */
export const tool = (path) => join(ROOT, "node_modules", path);

export const toolVersion = (name) =>
  JSON.parse(readFileSync(tool(`${name}/package.json`), "utf8")).version;

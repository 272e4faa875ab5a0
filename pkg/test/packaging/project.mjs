// The packed package, and empty folders in which it is installed as anybody would.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");
export const MANIFEST = JSON.parse(readFileSync(join(ROOT, "pkg/package.json"), "utf8"));
export const TARBALL =
  process.env.COUNTERSIGN_TARBALL ??
  join(ROOT, `build/package/countersign-${MANIFEST.version}.tgz`);

/** What a program prints; throws if it fails. */
export const run = (folder, program, ...words) =>
  execFileSync(program, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** An empty folder outside the repository, where no other package can be found. It goes when the tests are over. */
export function emptyFolder() {
  const folder = mkdtempSync(join(tmpdir(), "countersign-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder after `npm init` and `npm install`. */
export function newProject() {
  const folder = emptyFolder();
  run(folder, "npm", "init", "--yes");
  run(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error", TARBALL);
  return folder;
}

/** The package's files, unpacked and not installed. */
export function unpacked() {
  const folder = emptyFolder();
  mkdirSync(join(folder, "package"));
  run(folder, "tar", "--extract", "--gzip", "--file", TARBALL);
  return join(folder, "package");
}

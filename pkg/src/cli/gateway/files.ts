// The files of a new gateway, and how they get into a directory in which something of the user's may be.

import { lstat, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, input } from "../failure.ts";
import { codeOf } from "../input.ts";
import { devVars } from "./dev-vars.ts";
import type { Plan } from "./plan.ts";
import { wranglerToml } from "./wrangler-toml.ts";

/** Names and texts. */
type Files = Readonly<Record<string, string>>;

/** What becomes of .gitignore: it is written, or has the line, or is the user's and lacks it. */
export type Ignored = "written" | "covered" | "missing";

export interface Written {
  readonly files: readonly string[];
  readonly gitignore: Ignored;
}

export const DEV_VARS = ".dev.vars";
const GITIGNORE = ".gitignore";

const WORKER = `// The countersign gateway. wrangler.toml says what it does.

export { default, Inbox } from "countersign/gateway";
`;

const IGNORED = `# Secrets, and what is made.
${DEV_VARS}*
!${DEV_VARS}.example
.wrangler/
node_modules/
`;

const filesOf = (plan: Plan): Files => ({
  "worker.js": WORKER,
  "wrangler.toml": wranglerToml(plan),
  [`${DEV_VARS}.example`]: devVars(plan),
});

/** What wrangler would read instead of wrangler.toml. */
const INSTEAD = ["wrangler.json", "wrangler.jsonc"];

/**
 * Writes them all, or nothing: what is there is never overwritten.
 *
 * @throws Failure if a file is there already, or can't be written
 */
export async function writeAll(directory: string, plan: Plan): Promise<Written> {
  const files = filesOf(plan);
  const taken = await present(directory, [...Object.keys(files), ...INSTEAD]);
  if (taken.length > 0) throw inTheWay(taken);
  const ignored = await ignores(directory);
  const all = ignored === "written" ? { ...files, [GITIGNORE]: IGNORED } : files;
  await attempt(() => mkdir(directory, { recursive: true }));
  await attempt(() => writeTogether(directory, all));
  return { files: Object.keys(all), gitignore: ignored };
}

/** Which of these are there, as whatever. */
export async function present(
  directory: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    const is = await lstat(join(directory, name)).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      throw unwritable(error);
    });
    if (is !== undefined) found.push(name);
  }
  return found;
}

const inTheWay = (names: readonly string[]): Failure =>
  new Failure(
    "input",
    `nothing was written: ${names.join(", ")} ${names.length === 1 ? "is" : "are"} there already. Move ` +
      "what is there away, or name another directory: countersign gateway init <directory>",
    "file_exists",
  );

/** An existing .gitignore is the user's: it is read, and left as it is. */
async function ignores(directory: string): Promise<Ignored> {
  if ((await present(directory, [GITIGNORE])).length === 0) return "written";
  const text = await readFile(join(directory, GITIGNORE), "utf8").catch((error: unknown) => {
    throw unwritable(error);
  });
  return text.split("\n").some((line) => COVERS.test(line.trim())) ? "covered" : "missing";
}

/** Lines that keep .dev.vars out. */
const COVERS = /^(\/|\*\*\/)?\.dev\.vars\*?$/;

async function writeTogether(directory: string, files: Files): Promise<void> {
  const written: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, name);
      // `wx`: not even if somebody else has made it since.
      await writeFile(path, text, { flag: "wx" });
      written.push(path);
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw error;
  }
}

async function attempt(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    throw unwritable(error);
  });
}

/** Why it can't be done; without the directory's name, which may be a secret in the wrong place. */
function unwritable(error: unknown): unknown {
  const code = codeOf(error);
  if (code === "unknown") return error;
  return input(`nothing was written: ${REASONS[code] ?? `the files can't be written (${code})`}`);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write into this directory",
  EEXIST: "there is something of this name that is no directory, or a file has just been made there",
  EISDIR: ".gitignore is a directory",
  ENAMETOOLONG: "no directory has such a long name",
  ENOSPC: "the disk is full",
  ENOTDIR: "there is something of this name that is no directory",
  EPERM: "you may not write into this directory",
  EROFS: "this file system can only be read",
};

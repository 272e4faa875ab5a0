// What stands in the folder of a wrangler.toml.

import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { input } from "../failure.ts";
import { readNamed } from "../input.ts";
import { textOf } from "../printable.ts";

/** As `Folder` in `src/gateway/deployment` takes it. */
export interface Folder {
  readonly wranglerToml: string;
  /** By environment; `.dev.vars` itself has the empty name. */
  readonly devVars: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  readonly instead: readonly string[];
  readonly environment: string | null;
  readonly now: number;
}

const DEFAULT = "wrangler.toml";
/** Which wrangler takes first. */
const JSON_FILES = ["wrangler.json", "wrangler.jsonc"];
/** Far more than any of these files has. */
const MAX_BYTES = 1024 * 1024;

const ONLY_TOML =
  "this check reads TOML only: write the settings into a wrangler.toml, where they have the same names";

export async function readFolder(
  word: string | undefined,
  environment: string | undefined,
  now: Date,
): Promise<{ folder: Folder; file: string }> {
  const file = word ?? DEFAULT;
  // What was typed is not repeated: it may be anything.
  const name = word === undefined ? DEFAULT : "<file>";
  if ([".json", ".jsonc"].includes(extname(file))) throw input(`${name}: ${ONLY_TOML}`);
  const names = await readdir(dirname(file)).catch((): string[] => []);
  const json = JSON_FILES.filter((other) => names.includes(other));
  if (word === undefined && json[0] !== undefined && !names.includes(DEFAULT)) {
    throw input(`there is no ${DEFAULT} here, but a ${json[0]}; ${ONLY_TOML}`);
  }
  const wranglerToml = await readText(name, file);
  const devVars: Record<string, string> = {};
  for (const other of names) {
    const found = /^\.dev\.vars(?:\.(.+))?$/.exec(other);
    if (found === null) continue;
    devVars[found[1] ?? ""] = await readText(".dev.vars", join(dirname(file), other));
  }
  const instead = basename(file) === DEFAULT ? json : [];
  return {
    folder: {
      ...{ wranglerToml, devVars, instead, missing: [] },
      ...{ environment: environment ?? null, now: now.getTime() },
    },
    file,
  };
}

async function readText(name: string, file: string): Promise<string> {
  const text = textOf(await readNamed(name, file, MAX_BYTES));
  if (text === undefined) throw input(`${name}: this is no text in UTF-8`);
  return text;
}

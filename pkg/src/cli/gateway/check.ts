// The check itself, which is Rust: `src/gateway/deployment`.

import { makeGlue } from "countersign:glue/deployment";
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { instantiate } from "../../instance.ts";
import type { Folder } from "./folder.ts";

/** Something that is wrong, and where. */
export interface Finding {
  readonly line?: number;
  readonly column?: number;
  readonly environment?: string;
  readonly path: string;
  readonly message: string;
  readonly severity: "error" | "warning";
}

/** What `wrangler deploy` makes of the file. */
export interface Deployment {
  readonly environment: string | null;
  readonly worker?: string;
  readonly sources: readonly {
    readonly name: string;
    readonly url: string;
    readonly path: string;
    readonly mode?: "relay" | "inbox";
    readonly ready: boolean;
  }[];
  readonly secrets: readonly {
    readonly name: string;
    readonly command: string;
    readonly inDevVars: boolean;
  }[];
}

export interface Report {
  readonly findings: readonly Finding[];
  readonly deployments: readonly Deployment[];
  readonly environments: readonly string[];
  readonly scripts: readonly string[];
}

/** Checks a folder. Which scripts have to be there is known only when the file has been read. */
export async function check(folder: Folder, file: string): Promise<Report> {
  const report = judge(folder);
  const missing: string[] = [];
  for (const script of new Set(report.scripts)) {
    if (!(await isFile(join(dirname(file), script)))) missing.push(script);
  }
  return missing.length === 0 ? report : judge({ ...folder, missing });
}

/** Judges what was read of a folder. */
export function judge(folder: Folder): Report {
  const glue = makeGlue();
  const wasm = readFileSync(new URL("./deployment.wasm", import.meta.url));
  instantiate(glue, new WebAssembly.Module(wasm));
  const report = glue.checkDeployment(JSON.stringify(folder));
  if (report === undefined) throw new TypeError("the check has not understood what it was given");
  return JSON.parse(report) as Report;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

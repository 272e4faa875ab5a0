// Starts an application in a process of its own, in the project that has the package installed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { project, root } from "../node/installed.mjs";

export const tool = (path) => join(root, "node_modules", path);
const NODES = { 20: tool("node20/bin/node"), 24: tool("node/bin/node") };

export const node = (version, app, ...words) => [NODES[version], `apps/${app}.mjs`, ...words];
export const bun = (app) => [tool(".bin/bun"), "--no-install", `apps/${app}.mjs`];
export const deno = (app) => [
  tool(".bin/deno"),
  "run",
  "--allow-all",
  "--cached-only",
  "--node-modules-dir=manual",
  `apps/${app}.mjs`,
];

/** The folder of an application: a copy of all this, in the project that has the package. */
export function folderOf(name) {
  const folder = join(project, "adapters", name);
  cpSync(join(root, "pkg/test/adapters"), folder, { recursive: true });
  return folder;
}

/** Its port, and how to end it. */
export async function start(name, [program, ...words]) {
  const child = spawn(program, words, { cwd: folderOf(name), stdio: ["pipe", "pipe", "pipe"] });
  const output = [];
  child.stderr.on("data", (text) => output.push(text));
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, "exit");
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /(?:^port: |Local:.*:)(\d+)$/.exec(line)?.[1];
    if (port === undefined) continue;
    child.stdout.resume();
    return { port: Number(port), stop };
  }
  throw new Error(`${name} does not start: ${output.join("")}`);
}

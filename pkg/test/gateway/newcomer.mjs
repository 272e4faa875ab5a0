// The machine of somebody who has Node.js and nothing else: no Rust, and none of our tools but wrangler.

import { mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, emptyFolder, newProject } from "../packaging/project.mjs";

/** What is on the PATH: what the printed commands name, and the shell that npx runs them in. */
const PROGRAMS = ["node", "npm", "npx", "sh", "cp", "diff"];

/** `{ home, env }`: the environment in which everything is run. */
export function machine() {
  const home = emptyFolder();
  const bin = join(home, "bin");
  mkdirSync(bin);
  for (const name of PROGRAMS) symlinkSync(found(name), join(bin, name));
  const env = {
    ...{ PATH: bin, HOME: home, XDG_CONFIG_HOME: join(home, ".config"), TERM: "dumb", NO_COLOR: "1" },
    // Nothing goes out: no questions, no statistics, no look at who asks.
    ...{ CI: "1", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    ...{ NPM_CONFIG_OFFLINE: "true", NPM_CONFIG_UPDATE_NOTIFIER: "false", NPM_CONFIG_LOGLEVEL: "error" },
  };
  return { home, env };
}

/** A folder after `npm init`, `npm install` of the tarball, and what `npm install wrangler` would have brought. */
export function project() {
  const folder = newProject();
  const modules = join(folder, "node_modules");
  symlinkSync(realpathSync(join(ROOT, "node_modules/wrangler")), join(modules, "wrangler"));
  symlinkSync(realpathSync(join(ROOT, "node_modules/.bin/wrangler")), join(modules, ".bin/wrangler"));
  return folder;
}

/** A variable that a file of the form of .dev.vars sets. */
export function variable(file, name) {
  const found = new RegExp(`^${name}="(.*)"$`, "m").exec(readFileSync(file, "utf8"));
  if (found === null) throw new Error(`${file} does not set ${name}`);
  return found[1];
}

/** Where a program is for us. Node.js is the one that runs the tests: wrangler refuses older ones. */
function found(name) {
  if (name === "node") return realpathSync(process.execPath);
  const directories = process.env.PATH.split(":").filter((path) => !path.includes("node_modules"));
  for (const path of directories) {
    try {
      return realpathSync(join(path, name));
    } catch {
      // It is in another one.
    }
  }
  throw new Error(`${name} is not on the PATH, in ${dirname(process.execPath)} or elsewhere`);
}

// Child processes with a deadline. Each heads a group of its own, so that what it starts ends
// with it.

import { spawn } from "node:child_process";

const TAIL = 4000;
const GRACE_MS = 3000;
const groups = new Set();

process.on("exit", () => groups.forEach((pid) => signal(pid, "SIGKILL")));
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => process.exit(1));

/** What the command prints on stdout; throws when it fails or takes longer than `seconds`. */
export function output(command, args, { cwd, seconds, env = {} }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (text) => (texts[name] += text));
    }
    const line = [command, ...args].join(" ");
    const fail = (what) => {
      const tail = (texts.stdout + texts.stderr).slice(-TAIL);
      reject(new Error(`${line}: ${what}\n${tail}`.trimEnd()));
    };
    child.on("error", (error) => fail(error.message));
    if (child.pid === undefined) return;
    groups.add(child.pid);
    const deadline = setTimeout(() => {
      fail(`not done after ${seconds} s`);
      stop(child.pid);
    }, seconds * 1000);
    child.on("close", (status, killedBy) => {
      clearTimeout(deadline);
      groups.delete(child.pid);
      if (status === 0) resolve(texts.stdout);
      else fail(killedBy ?? `exit status ${status}`);
    });
  });
}

function stop(pid) {
  signal(pid, "SIGTERM");
  setTimeout(() => groups.has(pid) && signal(pid, "SIGKILL"), GRACE_MS).unref();
}

function signal(pid, name) {
  try {
    process.kill(-pid, name);
  } catch {
    // The group is gone already.
  }
}

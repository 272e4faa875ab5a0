// Programs that run until they are told to end. Each heads a group of its own, which ends with it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

// On a busy machine with two cores.
const PATIENCE_MS = 90_000;
const GRACE_MS = 5_000;

const running = new Set();
process.on("exit", () => running.forEach((child) => signal(child, "SIGKILL")));

/** Starts a line of the shell. `text()` is what it has printed, on either output. */
export function start(line, { cwd, env }) {
  const child = spawn("sh", ["-c", `exec 2>&1; ${line}`], {
    ...{ cwd, env, detached: true, stdio: ["ignore", "pipe", "inherit"] },
  });
  running.add(child);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => (text += piece));
  const ended = new Promise((resolve) => {
    child.on("close", (code, killedBy) => {
      running.delete(child);
      resolve(code ?? killedBy);
    });
  });
  return { child, ended, text: () => text };
}

/** Runs a line of the shell to its end. */
export async function run(line, options) {
  const program = start(line, options);
  const late = setTimeout(() => signal(program.child, "SIGKILL"), PATIENCE_MS);
  const code = await program.ended;
  clearTimeout(late);
  return { code, text: program.text() };
}

/** Waits until a program has printed it. */
export async function printed(program, pattern, what) {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(50)) {
    const found = pattern.exec(program.text());
    if (found) return found;
    if (!running.has(program.child)) break;
  }
  assert.fail(`${what}: nothing like ${pattern} in\n${program.text()}`);
}

/** Ends a program, and what it has started. */
export async function stop({ child, ended }) {
  signal(child, "SIGTERM");
  const forced = setTimeout(() => signal(child, "SIGKILL"), GRACE_MS);
  await ended;
  clearTimeout(forced);
  // Whoever of the group did not go with it.
  signal(child, "SIGKILL");
}

function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group is gone already.
  }
}

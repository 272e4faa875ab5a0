// One run at a time: two would take the projects away from under each other.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROJECTS } from "./places.mjs";

const LOCK = join(PROJECTS, "lock");
const POLL_MS = 500;

/** Waits until no other run is under way, and holds the projects until this process ends. */
export async function holdProjects() {
  mkdirSync(PROJECTS, { recursive: true });
  for (let told; !take(); await sleep(POLL_MS)) {
    const holder = readHolder();
    if (holder === undefined) continue;
    if (!isAlive(holder)) rmSync(LOCK, { force: true });
    else if (told !== holder) console.log(`waiting for the run of process ${(told = holder)} …`);
  }
  process.on("exit", () => rmSync(LOCK, { force: true }));
}

function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** Nothing while the file is being written or has just gone. */
function readHolder() {
  try {
    return Number(readFileSync(LOCK, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

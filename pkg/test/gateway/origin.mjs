// examples/origin-node, installed and started as its README says.

import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT, TARBALL, run as program } from "../packaging/project.mjs";
import { printed, start, stop } from "./processes.mjs";

const QUIETLY = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];
const PATIENCE_MS = 30_000;

/** Starts it in a folder below `parent`, for deliveries that are signed with this secret. */
export async function startOrigin(parent, secret, env) {
  const cwd = join(parent, "origin");
  if (!existsSync(cwd)) install(cwd);
  const database = join(cwd, `${Math.random().toString(36).slice(2)}.db`);
  const variables = { ...env, PORT: "0", DATABASE: database, SIGNING_SECRETS: secret };
  const running = start("exec node server.js", { cwd, env: variables });
  const [, port] = await printed(running, /listening on port (\d+)/, "the origin starts");

  const rows = (sql) => {
    const db = new DatabaseSync(database, { readOnly: true });
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  };
  const seen = () => ({
    deliveries: rows("SELECT id FROM delivery").length,
    orders: rows("SELECT id, status FROM orders ORDER BY id").map(({ id, status }) => [id, status]),
    acts: running.text().match(/tell the customer: [^"]*/g) ?? [],
  });
  return {
    port,
    /** What its database and its log show. */
    seen,
    /** The same, once there are so many deliveries and acts. */
    async until(deliveries, acts) {
      const isThere = (now) => now.deliveries >= deliveries && now.acts.length >= acts;
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
        if (isThere(seen())) break;
      }
      return seen();
    },
    text: running.text,
    stop: () => stop(running),
  };
}

function install(folder) {
  mkdirSync(folder);
  for (const file of ["server.js", "package.json"]) {
    cpSync(join(ROOT, "examples/origin-node", file), join(folder, file));
  }
  program(folder, "npm", "install", "--no-save", ...QUIETLY, TARBALL);
}

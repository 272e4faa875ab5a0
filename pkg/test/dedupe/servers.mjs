// Real database servers, each in a folder of its own with a unix socket, ended by their process id.
//
// COUNTERSIGN_REDIS and COUNTERSIGN_POSTGRES name the programs; `cargo xtask test package` sets them.

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const PATIENCE_MS = 60_000;
const running = new Set();
const folders = [];
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A Redis that keeps nothing on disk. */
export async function startRedis() {
  const program = find("COUNTERSIGN_REDIS", ["redis-server", "valkey-server"]);
  const folder = emptyFolder();
  const path = join(folder, "redis.sock");
  const options = { port: 0, unixsocket: path, dir: folder, save: "", appendonly: "no" };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const start = () => startServer(program, words, { cwd: folder }, () => isListening(path));
  return server(await start(), { path, start });
}

/** A PostgreSQL, as another user if we are root, as which it refuses to run. */
export async function startPostgres() {
  const program = realpathSync(find("COUNTERSIGN_POSTGRES", ["postgres"]));
  const folder = emptyFolder();
  const options = { cwd: folder, ...unprivileged(folder) };
  const data = join(folder, "data");
  const init = ["--pgdata", data, "--username", "countersign", "--auth", "trust", "--no-sync"];
  const places = ["--encoding", "UTF8", "--locale", "C", "--no-instructions"];
  execFileSync(join(dirname(program), "initdb"), [...init, ...places], { ...options, stdio: "pipe" });
  const settings = { listen_addresses: "", fsync: "off", max_connections: 100, shared_buffers: "16MB" };
  const words = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // It listens before it is ready, and then says so in its file.
  const isReady = () => /^ready *$/m.test(textOf(join(data, "postmaster.pid")));
  const start = () => startServer(program, ["-D", data, "-k", folder, ...words], options, isReady);
  // Whoever kills it outright leaves its children: SIGQUIT ends all of them at once.
  const connection = { host: folder, user: "countersign", database: "postgres" };
  return server(await start(), { connection, start, signal: "SIGQUIT" });
}

function server(first, { start, signal = "SIGKILL", ...place }) {
  let child = first;
  return {
    ...place,
    /** At once, with all connections. */
    async stop() {
      if (!running.has(child)) return;
      const gone = new Promise((done) => child.once("exit", done));
      child.kill(signal);
      await gone;
    },
    async restart() {
      child = await start();
    },
  };
}

async function startServer(program, words, options, isReady) {
  const child = spawn(program, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  child.once("exit", () => running.delete(child));
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isReady())) {
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error(`${program} does not start:\n${output}`);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
  return child;
}

const isListening = (path) =>
  new Promise((answer) => {
    if (!existsSync(path)) return answer(false);
    const socket = createConnection(path, () => {
      socket.destroy();
      answer(true);
    });
    socket.on("error", () => answer(false));
  });

const textOf = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

function unprivileged(folder) {
  if (process.getuid() !== 0) return {};
  const number = (flag) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  const user = { uid: number("-u"), gid: number("-g") };
  chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o755);
  return user;
}

function find(variable, names) {
  const onPath = (process.env.PATH ?? "").split(delimiter);
  const places = names.flatMap((name) => onPath.map((folder) => join(folder, name)));
  const found = [process.env[variable], ...places].find((path) => path && existsSync(path));
  if (found) return found;
  throw new Error(
    `there is no ${names[0]}: \`cargo xtask test package\` installs it, or name one in ${variable}`,
  );
}

/** It goes when the tests are over. */
export function emptyFolder() {
  const folder = mkdtempSync(join(tmpdir(), "countersign-"));
  folders.push(folder);
  return folder;
}

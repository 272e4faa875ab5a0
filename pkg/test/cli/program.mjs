// The installed program, run as anybody would. Whatever it prints is searched for the secrets that it was given.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { project } from "../node/installed.mjs";

export const PROGRAM = join(project, "node_modules/.bin/countersign");

/** Secrets that no test may ever see again. */
export const SECRET = "canary-7Qx2Lr9VbNw4TzKd";
export const OTHER_SECRET = "canary-Zm5Hc8YpGs3WjEf6";
export const BASE64_SECRET = `whsec_${Buffer.from("canary-Uk1Rv6XoDq9BiMa4").toString("base64")}`;
const CANARIES = [SECRET, OTHER_SECRET, BASE64_SECRET, "canary-Uk1Rv6XoDq9BiMa4"];

export const SECRETS = {
  COUNTERSIGN_SECRET: SECRET,
  COUNTERSIGN_SECRET_STANDARD_WEBHOOKS: BASE64_SECRET,
};
export const secretOf = (scheme) => (scheme === "standard-webhooks" ? BASE64_SECRET : SECRET);

/** In every form in which a canary could be printed. */
const FORMS = CANARIES.flatMap((canary) => {
  const bytes = Buffer.from(canary);
  // Whatever stands before it moves base64's groups.
  const base64 = [0, 1, 2].map((shift) => bytes.subarray(shift, shift + 15).toString("base64"));
  return [canary, bytes.toString("hex"), ...base64, encodeURIComponent(canary), canary.slice(7)];
});

export function assertNoSecret(text, where) {
  for (const form of FORMS) assert.ok(!text.includes(form), `${where} shows a secret: ${text}`);
}

const environment = (env) => ({
  // The program's first line asks for `node`: it is to be the one that runs the tests.
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  HOME: process.env.HOME,
  NODE_OPTIONS: "",
  TERM: "xterm",
  ...env,
});

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** Starts it. `done` is a promise of `{ code, signal, stdout, stderr }`. */
export function start(args, { input = "", env = SECRETS, cwd = folder(), command = [PROGRAM] } = {}) {
  const [program, ...before] = command;
  const child = spawn(program, [...before, ...args], { cwd, env: environment(env) });
  running.add(child);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => (texts[name] += text));
  }
  child.stdin.on("error", () => {}); // it may end before it has read everything
  if (input !== undefined && input !== null) child.stdin.end(input);
  const done = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      running.delete(child);
      for (const [name, text] of Object.entries(texts)) assertNoSecret(text, `${name} of ${args.join(" ")}`);
      resolve({ code, signal, ...texts });
    });
  });
  return { child, texts, done };
}

/** Runs it to its end. */
export const countersign = (args, options) => start(args, options).done;

/** Runs it, and expects this exit code. */
export async function expectCode(code, args, options) {
  const result = await countersign(args, options);
  assert.equal(result.code, code, `${args.join(" ")}: ${result.stdout}${result.stderr}`);
  return result;
}

/** The JSON objects that it printed. */
export const objects = (text) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

/** The commands in what `--help --json` prints, also those within groups: `{ name, examples, … }`. */
export const commandsIn = ({ commands }) => commands.flatMap((it) => (it.commands ? commandsIn(it) : it));

/** Waits until `texts` has it. */
export async function until(texts, pattern, name = "stdout") {
  for (let left = 1000; left > 0; left -= 1) {
    const found = pattern.exec(texts[name]);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`nothing like ${pattern} in ${name}: ${texts.stdout}${texts.stderr}`);
}

const folders = [];
process.on("exit", () => folders.forEach((path) => rmSync(path, { recursive: true, force: true })));

/** An empty folder, or one with these files. It goes when the tests are over. */
export function folder(files = {}) {
  const path = mkdtempSync(join(tmpdir(), "countersign-cli-"));
  folders.push(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

/** A server that keeps what comes, and answers as it is told: `{ status, headers, body }`, or by a function. */
export async function receiver(t, answer = { status: 200 }) {
  const received = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const { method, url, headers, rawHeaders } = request;
    const arrived = { method, url, headers, rawHeaders, body: Buffer.concat(pieces) };
    received.push(arrived);
    const reply = typeof answer === "function" ? await answer(arrived, response) : answer;
    if (reply) response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { received, url: `http://127.0.0.1:${server.address().port}/hooks` };
}

/** A port where nobody listens. */
export async function closedPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// With a terminal and without one: colours, the question for the secret, pipes that close.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { PROGRAM, SECRET, SECRETS, assertNoSecret, expectCode, folder, receiver, start, until } from "./program.mjs";

/** `script` of util-linux runs a command on a terminal of its own. */
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
const skip = hasScript ? false : "there is no `script` of util-linux";

/** Quoted for a shell. */
const quoted = (words) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

/** On a terminal. What is printed on either output is in stdout. */
function onTerminal(args, options) {
  const words = quoted([PROGRAM, ...args]);
  // A shell in between would answer Ctrl-C itself.
  const line = options?.shell === undefined ? `exec ${words}` : words + options.shell;
  const command = ["script", "--quiet", "--return", "--echo", "never", "--command", line, "/dev/null"];
  return start([], { input: null, ...options, command });
}

const ESCAPE = /\u001b\[\d+m/;

test("colours on a terminal; none with NO_COLOR, none for TERM=dumb, none in a pipe", { skip }, async () => {
  const cwd = folder({ r: "a: b\n\n{}" });
  const args = ["verify", "peeker", "--request", "r"];
  const coloured = await onTerminal(args, { cwd }).done;
  assert.deepEqual([coloured.code, ESCAPE.test(coloured.stdout)], [1, true], coloured.stdout);
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    const plain = await onTerminal(args, { cwd, env: { ...SECRETS, ...env } }).done;
    assert.deepEqual([plain.code, ESCAPE.test(plain.stdout)], [1, false], plain.stdout);
  }
  const still = await onTerminal(args, { cwd, env: { ...SECRETS, NO_COLOR: "" } }).done;
  assert.match(still.stdout, ESCAPE, "an empty NO_COLOR is none");
  const piped = await onTerminal(args, { cwd, shell: " | cat" }).done;
  assert.doesNotMatch(piped.stdout, ESCAPE);
  const { stdout } = await expectCode(1, args, { cwd });
  assert.doesNotMatch(stdout, ESCAPE);
});

test("nothing but colour differs between a terminal and a pipe", { skip }, async () => {
  const cwd = folder({ r: "a: b\n\n{}" });
  for (const args of [
    ["schemes"],
    ["verify", "peeker", "--request", "r"],
    ["explain", "boateros", "--request", "r"],
    ["sign", "--help"],
  ]) {
    const seen = (await onTerminal(args, { cwd }).done).stdout
      .replace(new RegExp(ESCAPE, "g"), "")
      .replaceAll("\r\n", "\n");
    const { done } = start(args, { cwd });
    assert.equal(seen, (await done).stdout);
  }
});

test("on a terminal it asks for the secret, and does not show it", { skip }, async () => {
  const cwd = folder({ "body.json": "{}" });
  const args = ["sign", "peeker", "--body", "body.json", "--id", "evt_1", "--timestamp", "1763740800"];
  const wanted = (await expectCode(0, args, { cwd })).stdout;
  // Typed, corrected and confirmed; pasted with a line end.
  const typed = [...SECRET.slice(0, 5), "ü", "\u007f", "x", "\b", ...SECRET.slice(5), "\r"];
  const wrong = ["something else", "\u0015", `${SECRET}\n`];
  for (const keys of [typed, wrong]) {
    const asked = onTerminal(args, { cwd, env: {} });
    await until(asked.texts, /secret of peeker: /);
    for (const key of keys) {
      asked.child.stdin.write(key);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const { code, stdout } = await asked.done;
    assert.deepEqual([code, stdout.replaceAll("\r\n", "\n")], [0, `secret of peeker: \n${wanted}`]);
  }
});

test("the secret first, and then the body from the same terminal, typed or pasted at once", { skip }, async () => {
  const args = ["sign", "peeker", "--id", "evt_1", "--timestamp", "1763740800"];
  const { stdout: wanted } = await expectCode(0, args, { input: "{}\n" });
  for (const [first, second] of [
    [`${SECRET}\n`, "{}\n"],
    [`${SECRET}\r{}\n`, ""],
  ]) {
    const asked = onTerminal(args, { env: {} });
    await until(asked.texts, /secret of peeker: /);
    asked.child.stdin.write(first);
    await until(asked.texts, /reading the body from the terminal; Ctrl-D/);
    asked.child.stdin.write(second);
    await new Promise((resolve) => setTimeout(resolve, 100));
    asked.child.stdin.write("\u0004");
    const { code, stdout } = await asked.done;
    assert.equal(code, 0);
    assert.ok(stdout.replaceAll("\r\n", "\n").endsWith(wanted), stdout);
  }
});

test("Ctrl-C and Ctrl-D leave the question, and the terminal as it was", { skip }, async () => {
  for (const [key, exit] of [
    ["\u0003", 130],
    ["\u0004", 2],
  ]) {
    const asked = onTerminal(["sign", "peeker", "--body", "b"], {
      env: {},
      cwd: folder({ b: "{}" }),
      shell: "; code=$?; stty -a; exit $code",
    });
    await until(asked.texts, /secret of peeker: /);
    asked.child.stdin.write(key);
    const { code, stdout } = await asked.done;
    assert.equal(code, exit, stdout);
    assert.match(stdout, /(^|\s)icanon/, "the terminal reads lines again");
    assert.match(stdout, /(^|\s)isig/);
  }
});

test("without a terminal it never asks", async () => {
  const { stderr } = await expectCode(2, ["sign", "peeker"], { env: {}, input: `${SECRET}\n` });
  assert.match(stderr, /there is no secret for peeker/);
});

test("Ctrl-C on a terminal ends a listener, with what has come", { skip }, async () => {
  const listener = onTerminal(["listen", "peeker", "--port", "0"]);
  await until(listener.texts, /ends with Ctrl-C/);
  listener.child.stdin.write("\u0003");
  const { code, stdout } = await listener.done;
  assert.equal(code, 0);
  assert.match(stdout, /0 genuine, 0 refused\r\n$/);
});

test("a pipe that closes early is no error", async (t) => {
  const { url } = await receiver(t);
  const env = { PATH: process.env.PATH, ...SECRETS };
  const pipe = (command) =>
    execFileSync("bash", ["-c", `set -o pipefail; ${command}; echo "codes \${PIPESTATUS[*]}" >&2`], {
      encoding: "utf8",
      env: { ...env, P: PROGRAM, U: url },
      stdio: ["ignore", "pipe", "pipe"],
    });
  assert.equal(pipe('"$P" schemes | head -1'), "boateros\n");
  assert.equal(pipe('"$P" --help | true'), "");
  // The receiver runs in this process, which waits: the long one is started without waiting for it.
  const { done } = start([], {
    command: [
      "bash",
      "-c",
      `"${PROGRAM}" send peeker order.failed --to ${url} --repeat 100000 | head -1; exit \${PIPESTATUS[0]}`,
    ],
  });
  const { code, stdout, stderr } = await done;
  assert.deepEqual([code, stdout, stderr], [130, `POST ${url}\n`, ""]);
});

test("closed outputs and a closed input", async () => {
  const close = (redirections) =>
    spawnSync("bash", ["-c", `"$P" sign peeker --body <(echo '{}') ${redirections}`], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ...SECRETS, P: PROGRAM },
    });
  assert.equal(close(">&-").status, 0);
  assert.equal(close("2>&-").status, 0);
  const result = close("<&-");
  assert.equal(result.status, 0);
  assertNoSecret(result.stdout + result.stderr, "bash");
  assert.match(result.stdout, /^Peeker-Signature: v1=/m);
});

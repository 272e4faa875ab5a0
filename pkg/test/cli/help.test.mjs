// The help, as it is printed. `UPDATE_SNAPSHOTS=1 node --test pkg/test/cli/help.test.mjs` writes it anew.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { root } from "../node/installed.mjs";
import { commandsIn, countersign, expectCode, objects } from "./program.mjs";

const SNAPSHOTS = join(import.meta.dirname, "snapshots");
const WIDTH = 100;

/** Like a new user: nothing is set. */
const env = {};
let names;
let schemes;

before(async () => {
  const { stdout } = await expectCode(0, ["--help", "--json"], { env });
  names = commandsIn(objects(stdout)[0]).map(({ name }) => name);
  const listed = await expectCode(0, ["schemes", "--json"], { env });
  schemes = objects(listed.stdout)
    .map(({ name }) => name)
    .join(", ");
});

function assertSnapshot(name, printed) {
  // A new scheme needs no new snapshots.
  const text = printed.replaceAll(schemes, "SCHEMES");
  const file = join(SNAPSHOTS, `${name}.txt`);
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(file, text);
  assert.ok(existsSync(file), `there is no ${file}: run with UPDATE_SNAPSHOTS=1`);
  assert.equal(text, readFileSync(file, "utf8"));
}

test("the overview", async () => {
  const { stdout, stderr } = await expectCode(0, ["--help"], { env });
  assertSnapshot("overview", stdout);
  assert.equal(stderr, "");
  for (const args of [["help"], ["-h"]]) {
    assert.equal((await expectCode(0, args, { env })).stdout, stdout);
  }
});

test("the help on each command, asked for in every way", async () => {
  assert.ok(names.length >= 6);
  for (const name of names) {
    const words = name.split(" ");
    const { stdout, stderr } = await expectCode(0, [...words, "--help"], { env });
    assertSnapshot(words.join("-"), stdout);
    assert.equal(stderr, "");
    const lines = stdout.split("\n");
    assert.ok(
      lines.every((line) => line.length <= WIDTH),
      "a line is too long",
    );
    assert.equal((await expectCode(0, ["help", ...words], { env })).stdout, stdout);
  }
  const { stdout } = await expectCode(0, ["sign", "--help"], { env });
  for (const args of [
    ["sign", "-h"],
    ["sign", "nonsense", "--help"],
    ["sign", "peeker", "--bdy", "--help"],
  ]) {
    assert.equal((await expectCode(0, args, { env })).stdout, stdout);
  }
});

test("there is no snapshot of what is no longer a command", () => {
  const files = readdirSync(SNAPSHOTS).map((name) => name.replace(".txt", ""));
  assert.deepEqual(files.sort(), ["overview", ...names.map((name) => name.replaceAll(" ", "-"))].sort());
});

test("without a command it shows what there is, and fails", async () => {
  const { stdout } = await expectCode(2, [], { env });
  assertSnapshot("overview", stdout);
});

test("the help is there for machines too", async () => {
  const [{ name, options }] = objects((await expectCode(0, ["verify", "--help", "--json"], { env })).stdout);
  assert.equal(name, "verify");
  assert.ok(options.some(({ name, value }) => name === "headers" && value === "FILE"));
});

test("the version is the package's", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "pkg/package.json"), "utf8"));
  assert.equal((await expectCode(0, ["--version"], { env })).stdout, `${version}\n`);
  assert.equal((await expectCode(0, ["-V"], { env })).stdout, `${version}\n`);
  const { stdout } = await expectCode(0, ["--version", "--json"], { env });
  assert.deepEqual(objects(stdout), [{ version }]);
});

test("each example in the help is taken, but for what it needs from outside", async () => {
  const { stdout } = await expectCode(0, ["--help", "--json"], { env });
  for (const { name, examples } of commandsIn(objects(stdout)[0])) {
    assert.ok(examples.length > 0, name);
    for (const example of examples) {
      const words = example
        .replace(/^echo '{}' \| /, "")
        .replace(/ < .*$/, "")
        .split(" ")
        .slice(1);
      // Asked for the help as well, it only reads the words; without, they are judged one by one.
      const { stderr } = await countersign([...words, "--no-such-option"], { env });
      assert.match(stderr, /has no such option/, `${example}: ${stderr}`);
    }
  }
});

const canRunTypeScript = process.features.typescript !== undefined && process.features.typescript !== false;

test("a group of commands has a help of its own", { skip: !canRunTypeScript }, async () => {
  const source = (name) => import(join(root, "pkg/src/cli", name));
  const [{ help }, { interpret }] = [await source("help.ts"), await source("args.ts")];
  const check = { name: "check", summary: "Checks.", words: [], options: [], notes: [], examples: [] };
  const gateway = { name: "gateway", summary: "The gateway's own.", commands: [check] };
  const table = { name: "countersign", summary: "Everything.", commands: [gateway] };
  const request = interpret(["gateway", "check"], table);
  assert.deepEqual([request.what, request.command], ["run", check]);
  assert.equal(interpret(["help", "gateway"], table).entry, gateway);
  assert.equal(interpret(["help", "gateway", "check"], table).entry, check);
  assert.equal(interpret(["gateway", "check", "--help"], table).entry, check);
  assert.deepEqual(interpret(["gateway"], table).wasAsked, false);
  assert.match(help(gateway, ["gateway"]), /usage: countersign gateway <command> \[options\]\n\n {2}check {2}Checks\./);
  assert.match(help(check, ["gateway", "check"]), /usage: countersign gateway check \[options\]/);
  assert.throws(() => interpret(["gateway", "chek"], table), /did you mean check/);
});

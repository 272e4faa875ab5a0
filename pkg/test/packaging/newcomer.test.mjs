// The way of somebody who has never seen this: an empty folder, the package, the README's first script.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { MANIFEST, ROOT, TARBALL, emptyFolder, newProject, run } from "./project.mjs";

const NODES = { 20: join(ROOT, "node_modules/node20/bin/node"), 24: process.execPath };

let folder;

before(() => {
  folder = newProject();
});

/** The README's first block of this language, as the package has it. */
function firstBlock(language) {
  const readme = readFileSync(join(folder, "node_modules/countersign/README.md"), "utf8");
  const block = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(readme);
  assert.ok(block, `the README has no ${language}`);
  return block[1];
}

/** What a script says it prints: the comments behind `console.log`. */
const promised = (script) =>
  [...script.matchAll(/^\s*console\.log\(.*\); \/\/ (.+)$/gm)].map(([, line]) => `${line}\n`).join("");

test("the README installs the package by the name that it has", () => {
  const { name } = JSON.parse(readFileSync(join(folder, "node_modules/countersign/package.json"), "utf8"));
  assert.equal(firstBlock("sh"), `npm install ${name}\n`);
});

for (const [version, node] of Object.entries(NODES)) {
  test(`the README's first script prints what it says, on Node.js ${version}`, () => {
    const script = firstBlock("js");
    assert.notEqual(promised(script), "");
    writeFileSync(join(folder, "first.mjs"), script);
    assert.equal(run(folder, node, "first.mjs"), promised(script));
  });
}

/** How somebody might try to import the gateway outside of workerd. */
const IMPORTS = {
  "gateway.mjs": 'import { Inbox } from "countersign/gateway";\nimport gateway from "countersign/gateway";',
  "gateway.cjs": 'const { Inbox } = require("countersign/gateway");',
};

for (const [version, node] of Object.entries(NODES)) {
  for (const [file, source] of Object.entries(IMPORTS)) {
    test(`the gateway, imported by ${file} on Node.js ${version}, says where it runs`, () => {
      writeFileSync(join(folder, file), source);
      assert.throws(
        () => run(folder, node, file),
        /Error: countersign\/gateway is a Cloudflare Worker and runs in workerd only: .*wrangler\.toml.*import \{ Verifier \}/,
      );
    });
  }
}

test("it needs no permission to make code from text", () => {
  const script = firstBlock("js");
  writeFileSync(join(folder, "first.mjs"), script);
  const output = run(folder, process.execPath, "--disallow-code-generation-from-strings", "first.mjs");
  assert.equal(output, promised(script));
});

test("npx runs the program in an empty folder, and leaves it empty", () => {
  const empty = emptyFolder();
  const npx = (...words) => run(empty, "npx", "--yes", "--offline", `--package=${TARBALL}`, "countersign", ...words);
  assert.equal(npx("--version"), `${MANIFEST.version}\n`);
  assert.match(npx("schemes", "peeker"), /^peeker\n/);
  assert.deepEqual(readdirSync(empty), []);
});

test("npx runs the program of the project in which it is installed", () => {
  assert.equal(run(folder, "npx", "--no", "--", "countersign", "--version"), `${MANIFEST.version}\n`);
});

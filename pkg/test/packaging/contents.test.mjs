// What is in the tarball, and whether it is put together as npm, bundlers and compilers expect.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ENTRIES, subpath } from "../entries.mjs";
import { MANIFEST, ROOT, TARBALL, run, unpacked } from "./project.mjs";

const SCRIPTS = [
  "dist/cli.js",
  "dist/esm/edge-light.js",
  "dist/esm/workerd.js",
  "dist/gateway/index.js",
  ...ENTRIES.flatMap((name) => [`dist/cjs/${name}.cjs`, `dist/esm/${name}.js`]),
];
const WASM = ["signer", "verifier"];
/** For the program alone. */
const CHECK = "deployment";
const OTHERS = [
  ...[...WASM, CHECK].map((name) => `dist/${name}.wasm`),
  "dist/gateway/index_bg.wasm",
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "package.json",
];

/** Most of it is the Worker, and what `gateway check` runs of it. */
const LIMIT_TARBALL_BYTES = 640 * 1024;

let folder;
let files;

before(() => {
  folder = unpacked();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
});

const declarations = (directory, ending) =>
  files
    .filter((file) => file.startsWith(`dist/${directory}/`) && file.endsWith(ending))
    .map((file) => file.slice(`dist/${directory}/`.length, -ending.length));

test("the tarball holds scripts, the wasm, declarations, licences and the README, and nothing else", () => {
  const rest = files.filter((file) => !/\.d\.c?ts$/.test(file));
  assert.deepEqual(rest, [...SCRIPTS, ...OTHERS].sort());
});

test("both kinds of module have the same declarations, with those of all entries", () => {
  const esm = declarations("esm", ".d.ts");
  assert.deepEqual(declarations("cjs", ".d.cts"), esm);
  for (const name of ENTRIES) assert.ok(esm.includes(name), name);
  const inner = esm.filter((name) => /^(core|subject|wasm)/.test(name));
  assert.deepEqual(inner, [], "what is behind it is nobody's business");
});

test("what the core exports for other entries is in its scripts, and not in its declarations", () => {
  const text = (file) => readFileSync(join(folder, file), "utf8");
  for (const script of ["esm/index.js", "esm/workerd.js", "esm/edge-light.js", "cjs/index.cjs", "esm/explain/index.js"]) {
    assert.match(text(`dist/${script}`), /\binternalSubjectOf\b/, script);
  }
  for (const file of files.filter((name) => /\.d\.c?ts$/.test(name))) {
    assert.doesNotMatch(text(file), /internalSubjectOf/, file);
  }
});

test("declarations import what is there, by the endings of their kind", () => {
  for (const [directory, ending, script] of [["esm", ".d.ts", ".js"], ["cjs", ".d.cts", ".cjs"]]) {
    for (const name of declarations(directory, ending)) {
      const path = join(folder, "dist", directory, name + ending);
      const imports = readFileSync(path, "utf8").matchAll(/(?:from |import\()"(\.[^"]*)"/g);
      for (const [, imported] of imports) {
        assert.ok(imported.endsWith(script), `${path} imports ${imported}`);
        const target = join(path, "..", imported.slice(0, -script.length) + ending);
        assert.ok(files.includes(target.slice(folder.length + 1)), `${path} imports ${imported}`);
      }
    }
  }
});

test("it has the version of the crate, depends on nothing, and runs nothing when it is installed", () => {
  const crate = /^version = "(.+)"$/m.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"))[1];
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  assert.equal(manifest.version, crate);
  for (const kind of ["dependencies", "optionalDependencies", "peerDependencies", "scripts"]) {
    assert.equal(manifest[kind], undefined, kind);
  }
  assert.equal(manifest.sideEffects, false);
});

test("it has one program, which uses the package that it is in and brings no core but the check's", () => {
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  assert.deepEqual(bin, { countersign: "dist/cli.js" });
  const text = readFileSync(join(folder, bin.countersign), "utf8");
  assert.ok(text.startsWith("#!/usr/bin/env node\n"));
  assert.match(text, /from "countersign"/);
  assert.equal(text.split("WebAssembly.Module").length, 2);
  assert.match(text, new RegExp(`WebAssembly\\.Module\\(wasm\\)`));
  assert.match(text, new RegExp(`new URL\\("\\./${CHECK}\\.wasm", import\\.meta\\.url\\)`));
  const modules = [...text.matchAll(/(?:from|import\() ?"([^"]+)"/g)].map(([, name]) => name);
  // The last is in the text of the worker.js that `gateway init` writes.
  const own = ["countersign", "countersign/explain", "countersign/gateway"];
  assert.deepEqual(modules.filter((name) => !own.includes(name) && !name.startsWith("node:")), []);
});

test("nothing is made from text at run time, so a policy without 'unsafe-eval' will do", () => {
  for (const script of SCRIPTS) {
    const text = readFileSync(join(folder, script), "utf8");
    assert.doesNotMatch(text, /\beval\b|\bFunction\s*\(/, script);
  }
});

test("each platform comes by the wasm in its own way", () => {
  const text = (file) => readFileSync(join(folder, file), "utf8");
  const imports = (file) =>
    [...text(file).matchAll(/from "([^"]*\.wasm[^"]*)"/g)].map(([, imported]) => imported).sort();
  assert.deepEqual(imports("dist/esm/workerd.js"), WASM.map((name) => `../${name}.wasm`));
  assert.deepEqual(imports("dist/esm/edge-light.js"), WASM.map((name) => `../${name}.wasm?module`));
  for (const file of ["dist/esm/index.js", "dist/cjs/index.cjs"]) {
    assert.doesNotMatch(text(file), /\.wasm"/, file);
  }
  for (const file of ["dist/esm/workerd.js", "dist/esm/edge-light.js"]) {
    assert.doesNotMatch(text(file), /new WebAssembly\.Module\(/, `${file} compiles from bytes`);
  }
});

test("in workerd countersign/gateway is the Worker, and it is the one that is deployed from the repository", () => {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  assert.equal(Object.keys(exports["./gateway"])[0], "workerd", "the first condition that fits counts");
  assert.equal(exports["./gateway"].workerd.default, "./dist/gateway/index.js");
  for (const file of ["index.js", "index_bg.wasm"]) {
    const built = readFileSync(join(ROOT, "build/worker", file));
    assert.ok(built.equals(readFileSync(join(folder, "dist/gateway", file))), `${file} is not build/worker's`);
  }
  const text = readFileSync(join(folder, "dist/gateway/index.js"), "utf8");
  const modules = [...text.matchAll(/\bimport\b[^"]*?"([^"]+)"/g)].map(([, name]) => name).sort();
  assert.deepEqual(modules, ["./index_bg.wasm", "cloudflare:workers"]);
  assert.match(text, /export ?\{[^}]*\bas Inbox\b[^}]*\bas default\b|export ?\{[^}]*\bas default\b[^}]*\bas Inbox\b/);
});

test("the package weighs no more than it may", () => {
  const size = statSync(TARBALL).size;
  console.log(`size: the tarball: ${size} bytes`);
  assert.ok(size <= LIMIT_TARBALL_BYTES, `${size} bytes`);
});

test("publint, strictly", async () => {
  const { messages, pkg } = await publint({ pkgDir: folder, level: "suggestion", strict: true, pack: false });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("are the types wrong? No.", () => {
  const output = run(ROOT, join(ROOT, "node_modules/.bin/attw"), TARBALL, "--no-definitely-typed", "--format", "json");
  const { analysis, problems } = JSON.parse(output);
  assert.equal(analysis.types.kind, "included");
  const names = ENTRIES.map((entry) => `.${subpath(entry)}`);
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), [...names, "./package.json"].sort());
  assert.deepEqual(problems ?? {}, {});
  assert.equal(analysis.packageVersion, MANIFEST.version);
});

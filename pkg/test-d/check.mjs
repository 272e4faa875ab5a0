// Compiles the type tests against the installed package, with each compiler, module system and set
// of global types that a user may have. Run it with node; the package has to be installed in
// COUNTERSIGN_PROJECT, or in build/package-test/node-24-esm.

import { execFile } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { completionFailures } from "./completions.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const project = resolve(root, process.env.COUNTERSIGN_PROJECT ?? "build/package-test/node-24-esm");
const scratch = join(project, "test-d");

const COMPILERS = ["typescript5", "typescript"];
const MODULES = [
  { name: "node16, ESM", type: "module", module: "node16", resolution: "node16" },
  { name: "node16, CommonJS", type: "commonjs", module: "node16", resolution: "node16" },
  { name: "nodenext, ESM", type: "module", module: "nodenext", resolution: "nodenext" },
  { name: "nodenext, CommonJS", type: "commonjs", module: "nodenext", resolution: "nodenext" },
  { name: "bundler, esnext", type: "module", module: "esnext", resolution: "bundler" },
  { name: "bundler, preserve", type: "commonjs", module: "preserve", resolution: "bundler" },
];
const GLOBALS = [
  { name: "bare", lib: ["es2020"], types: [] },
  { name: "DOM", lib: ["es2020", "dom", "dom.iterable"], types: [] },
  { name: "Node", lib: ["es2020"], types: ["node"] },
  { name: "DOM and Node", lib: ["es2020", "dom", "dom.iterable"], types: ["node"] },
];
const versionOf = (compiler) =>
  JSON.parse(readFileSync(join(root, "node_modules", compiler, "package.json"), "utf8")).version;

// Every other one with exactOptionalPropertyTypes, so that each row and each column has both.
const COMBINATIONS = COMPILERS.flatMap((compiler) =>
  MODULES.flatMap((modules, row) =>
    GLOBALS.map((globals, column) => {
      const exactOptional = (row + column) % 2 === 0;
      const name = [
        `TypeScript ${versionOf(compiler)}`,
        ...[modules.name, globals.name],
        `exactOptionalPropertyTypes ${exactOptional}`,
      ].join(", ");
      return { name, compiler, modules, globals, exactOptional };
    }),
  ),
);

// The adapters, where the frameworks' types are. Their declarations are not ours to check.
const WITH_FRAMEWORKS = COMPILERS.flatMap((compiler) =>
  MODULES.filter(({ name }) => /nodenext|preserve/.test(name)).map((modules) => ({
    name: `TypeScript ${versionOf(compiler)}, ${modules.name}, with frameworks`,
    ...{ compiler, modules, globals: GLOBALS.at(-1), exactOptional: false, frameworks: true },
  })),
);

const main = async () => {
  if (!existsSync(join(project, "node_modules/countersign/package.json"))) {
    throw new Error(`countersign is not installed in ${project}`);
  }
  rmSync(scratch, { recursive: true, force: true });
  const results = await inPairs([...COMBINATIONS, ...WITH_FRAMEWORKS], async (combination) => ({
    ...combination,
    failures: await failuresOf(combination),
  }));
  printTable(results);
  const completions = completionFailures(join(scratch, "completions"), root);
  console.log(`completions in editors: ${completions.length === 0 ? "ok" : "wrong"}`);
  const failures = [...byMessage(results), ...completions];
  for (const failure of failures) console.error(failure);
  if (failures.length === 0) rmSync(scratch, { recursive: true });
  process.exitCode = failures.length === 0 ? 0 : 1;
};

/** Each failure once, with the first combination in which it was seen. */
const byMessage = (results) => {
  const seen = new Map();
  for (const { name, failures } of results) {
    for (const failure of failures) seen.set(failure, [...(seen.get(failure) ?? []), name]);
  }
  return [...seen].map(
    ([failure, names]) => `${failure}\n  in ${names.length} combinations, such as ${names[0]}`,
  );
};

/** What is wrong in one combination: errors in the tests, or must-fails that compile. */
const failuresOf = async (combination) => {
  const { globals, name, frameworks } = combination;
  const directory = join(scratch, name.replace(/[^A-Za-z0-9.]+/g, "-"));
  const files = frameworks
    ? ["expect.d.ts", ...filesOf(join(here, "adapters"))]
    : [...filesOf(here), ...filesOf(join(here, "must-fail"))].filter((file) => isFor(globals, file));
  const errors = await compile(combination, directory, files);
  const isMustFail = (error) => error.startsWith("must-fail/");
  return [
    ...errors.filter((error) => !isMustFail(error)),
    ...missedMistakes(files.filter(isMustFail), errors.filter(isMustFail)),
  ];
};

const filesOf = (directory) =>
  readdirSync(directory)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => relative(here, join(directory, file)));

/** Tests of globals are for those who have them. */
const isFor = ({ name }, file) =>
  (file !== "web.test-d.ts" || name !== "bare") &&
  (file !== "node.test-d.ts" || name.endsWith("Node"));

/** The lines of the must-fail files where the compiler says other than what stands there. */
const missedMistakes = (files, errors) => {
  const refused = new Set(errors.map((error) => error.slice(0, error.indexOf(","))));
  const marked = new Set(files.flatMap(markedLines));
  return [
    ...[...marked].filter((line) => !refused.has(line)).map((line) => `${line}) compiles`),
    ...[...refused].filter((line) => !marked.has(line)).map((line) => `${line}) is refused`),
  ];
};

const markedLines = (file) =>
  readFileSync(join(here, file), "utf8")
    .split("\n")
    .flatMap((line, index) => (line.endsWith("// fails") ? [`${file}(${index + 1}`] : []));

/** The compiler's errors, one line each. */
const compile = async (combination, directory, files) => {
  const { compiler, modules, globals, exactOptional, frameworks = false } = combination;
  for (const file of files) cpSync(join(here, file), join(directory, file));
  const { module, resolution, type } = modules;
  const compilerOptions = {
    ...{ module, moduleResolution: resolution, lib: globals.lib, types: globals.types },
    ...{ strict: true, noEmit: true, target: "es2020", skipLibCheck: frameworks },
    exactOptionalPropertyTypes: exactOptional,
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type }));
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, "node_modules", compiler, "bin/tsc");
  const { code, output } = await run(process.execPath, [tsc, "--pretty", "false"], directory);
  const errors = output.split("\n").filter((line) => /error TS\d+/.test(line));
  return code === 0 || errors.length > 0 ? errors : [`tsc ended with ${code}: ${output}`];
};

const run = (file, args, cwd) =>
  new Promise((done) => {
    execFile(file, args, { cwd, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : (error.code ?? 1), output: stdout + stderr }),
    );
  });

/** Two at a time, in order. */
const inPairs = async (items, work) => {
  const results = [];
  const next = items.entries();
  const worker = async () => {
    for (const [index, item] of next) results[index] = await work(item);
  };
  await Promise.all([worker(), worker()]);
  return results;
};

const printTable = (results) => {
  const row = (title, cells) =>
    console.log(title.padEnd(28) + cells.map((cell) => cell.padEnd(14)).join(""));
  row("TypeScript and modules", [...GLOBALS.map(({ name }) => name), "frameworks"]);
  for (const compiler of COMPILERS) {
    for (const modules of MODULES) {
      const those = results.filter((one) => one.compiler === compiler && one.modules === modules);
      const cells = those.map(({ failures }) => (failures.length === 0 ? "ok" : "FAILS"));
      row(`${versionOf(compiler)} ${modules.name}`, cells);
    }
  }
  const tests = [...filesOf(here), ...filesOf(join(here, "adapters"))];
  const source = tests.map((file) => readFileSync(join(here, file), "utf8")).join("\n");
  const count = (pattern) => source.match(pattern)?.length ?? 0;
  console.log(
    `${results.length} combinations of ${tests.length - 1} files with ` +
      `${count(/\bexact</g)} exact types and ${count(/@ts-expect-error/g)} expected errors; ` +
      `${filesOf(join(here, "must-fail")).flatMap(markedLines).length} lines that must fail`,
  );
};

await main();

// Checks what pkg/README.md, docs/adapters.md, docs/dedupe.md and the doc comments in pkg/src say in code, against the
// installed package: everything compiles, and what says what it prints prints that. Run it with Node 22.18 or
// later, which runs TypeScript; the package has to be installed in COUNTERSIGN_PROJECT, or in
// build/package-test/node-24-esm.
//
// A block is run if it has a line such as `console.log(1 + 1); // 2`: a comment behind a
// `console.log` is the line that it must print. All other blocks are compiled only: those that import
// an adapter with the types of the real frameworks, the others with frameworks.d.ts, which has the
// names that they may use without declaring them.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { blocksOfComments, blocksOfMarkdown } from "./blocks.mjs";
import { membersOfUnion, undocumented } from "./exports.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const pkg = join(root, "pkg");
const project = resolve(root, process.env.COUNTERSIGN_PROJECT ?? "build/package-test/node-24-esm");
const scratch = join(project, "docs");

const COMPILERS = ["typescript5", "typescript"];
const FOLDERS = ["ts", "js", "adapters"];
const ADAPTER = /"countersign\/(express|fastify|hono|next|node|workers)"/;

const main = () => {
  if (!existsSync(join(project, "node_modules/countersign/package.json"))) {
    throw new Error(`countersign is not installed in ${project}`);
  }
  const readme = blocksOfMarkdown(join(pkg, "README.md"));
  const adapters = blocksOfMarkdown(join(root, "docs/adapters.md"));
  const dedupe = blocksOfMarkdown(join(root, "docs/dedupe.md"));
  const comments = blocksOfComments(join(pkg, "src"));
  const blocks = [...readme, ...adapters, ...dedupe, ...comments].map((block, index) => ({
    ...block,
    folder: ADAPTER.test(block.code) ? "adapters" : block.language,
    place: `${relative(root, block.file)}:${block.line}`,
    name: `block-${index}.${block.language === "ts" ? "mts" : "mjs"}`,
    prints: prints(block.code),
  }));
  const programs = blocks.filter((block) => block.prints.length > 0);
  write(blocks);
  const failures = [
    ...COMPILERS.flatMap((compiler) => compile(compiler, blocks)),
    ...programs.flatMap(failuresOfRun),
    ...undocumented(root),
    ...["VerificationErrorCode", "ConfigErrorCode"].flatMap(missingCodes),
  ];
  const inMarkdown = programs.filter(({ file }) => file.endsWith(".md")).length;
  const few = [readme, adapters, dedupe, comments].some(({ length }) => length < 5);
  if (few || inMarkdown < 3) {
    failures.push("so few blocks: does anything still find them?");
  }
  for (const failure of failures) console.error(failure);
  console.log(
    `README: ${readme.length} blocks, docs/adapters.md: ${adapters.length}, docs/dedupe.md: ${dedupe.length}, ` +
      `${inMarkdown} of them run; doc comments: ${comments.length}, ${programs.length - inMarkdown} run; ` +
      (failures.length === 0 ? "ok" : `${failures.length} failures`),
  );
  if (failures.length === 0) rmSync(scratch, { recursive: true });
  process.exitCode = failures.length === 0 ? 0 : 1;
};

/** The lines that a block says it prints. */
const prints = (code) =>
  code.split("\n").flatMap((line) => /console\.log\(.*\);\s*\/\/ (.*)$/.exec(line)?.[1] ?? []);

/** Error codes that are not in the README's tables. */
const missingCodes = (type) => {
  const rows = readFileSync(join(pkg, "README.md"), "utf8").split("\n");
  const first = rows.filter((row) => row.startsWith("| `")).map((row) => row.split(" | ")[0]);
  const named = new Set(first.join().match(/(?<=`)\w+(?=`)/g));
  return membersOfUnion(root, type)
    .filter((code) => !named.has(code))
    .map((code) => `pkg/README.md: no table has ${code}, one of ${type}`);
};

/** One folder each for TypeScript, for JavaScript, whose parameters have no types, and for adapters. */
const write = (blocks) => {
  rmSync(scratch, { recursive: true, force: true });
  for (const folder of FOLDERS) {
    const directory = join(scratch, folder);
    mkdirSync(directory, { recursive: true });
    if (folder !== "adapters") {
      cpSync(join(here, "frameworks.d.ts"), join(directory, "frameworks.d.ts"));
    }
    const compilerOptions = {
      ...{ module: "nodenext", target: "es2022", lib: ["es2023", "dom", "dom.iterable"] },
      ...{ strict: true, noEmit: true, allowJs: true, checkJs: true },
      ...{ types: ["node"], typeRoots: [join(root, "node_modules/@types")] },
      ...{ experimentalDecorators: true, noImplicitAny: folder !== "js", skipLibCheck: true },
    };
    const include = ["*"];
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include }));
  }
  for (const { folder, name, code } of blocks) {
    writeFileSync(join(scratch, folder, name), `${code}\nexport {};\n`);
  }
};

/** The compiler's errors, with the places where the code stands. */
const compile = (compiler, blocks) =>
  FOLDERS.flatMap((folder) => {
    const tsc = join(root, "node_modules", compiler, "bin/tsc");
    const { output } = run([tsc, "--pretty", "false"], join(scratch, folder));
    return output
      .split("\n")
      .filter((line) => /error TS\d+/.test(line))
      .map((line) => line.replace(PLACE, (_, name, at) => moved(blocks, name, at)));
  });

const PLACE = /^(block-\d+\.m[tj]s)\((\d+)/;

const moved = (blocks, name, line) => {
  const block = blocks.find((block) => block.name === name);
  return `${relative(root, block.file)}:${block.line + Number(line)} (${name}`;
};

const failuresOfRun = ({ folder, name, place, prints: expected }) => {
  const { code, output } = run([name], join(scratch, folder));
  const wanted = `${expected.join("\n")}\n`;
  return code === 0 && output === wanted
    ? []
    : [`${place}: ends with ${code} and prints\n${output}instead of\n${wanted}`];
};

const run = (args, cwd) => {
  try {
    const output = execFileSync(process.execPath, args, { cwd, encoding: "utf8", stdio: "pipe" });
    return { code: 0, output };
  } catch ({ status, stdout, stderr }) {
    return { code: status, output: `${stdout}${stderr}` };
  }
};

main();

// What an editor proposes where somebody types a text, asked of TypeScript's language service.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// `|` stands for the cursor. All of `has` must be proposed there, and nothing of `lacks`.
const PROBES = [
  {
    what: "the names of schemes",
    code: `new Verifier("|", { secrets: "" });`,
    has: ["boateros", "peeker", "standard-webhooks"],
    lacks: [],
  },
  {
    what: "event types in a case",
    code: `switch (event.type) { case "|": }`,
    has: ["hull.sold", "deal.funded", "service.parts_ordered"],
    lacks: ["order.completed"],
  },
  {
    what: "event types in a comparison",
    code: `event.type === "|";`,
    has: ["hull.sold"],
    lacks: ["order.completed"],
  },
  {
    what: "patterns",
    code: `matchesType("|", event.type);`,
    has: ["*", "hull.*", "*.action_required", "hull.sold"],
    lacks: ["*.*"],
  },
  {
    what: "error codes",
    code: `some<VerificationError>().code === "|";`,
    has: ["timestamp_too_old", "body_not_raw"],
    lacks: ["invalid_pattern"],
  },
];

const PREAMBLE = `import { matchesType, VerificationError, Verifier } from "countersign";
declare function some<T>(): T;
const event = new Verifier("boateros", { secrets: "" }).verify("", {});
`;

/** What is missing, or too much, in the completions of each probe. */
export const completionFailures = (directory, root) => {
  const ts = createRequire(join(root, "package.json"))("typescript5");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{"type":"module"}');
  return PROBES.flatMap(({ what, code, has, lacks }, index) => {
    const file = join(directory, `probe-${index}.ts`);
    const text = PREAMBLE + code;
    const cursor = text.lastIndexOf("|");
    writeFileSync(file, text.slice(0, cursor) + text.slice(cursor + 1));
    const entries = service(ts, file).getCompletionsAtPosition(file, cursor, {})?.entries ?? [];
    const names = new Set(entries.map(({ name }) => name));
    return [
      ...has.filter((name) => !names.has(name)).map((name) => `${what}: ${name} is not proposed`),
      ...lacks.filter((name) => names.has(name)).map((name) => `${what}: ${name} is proposed`),
    ];
  });
};

const service = (ts, file) =>
  ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) =>
      ts.sys.fileExists(name)
        ? ts.ScriptSnapshot.fromString(readFileSync(name, "utf8"))
        : undefined,
    getCurrentDirectory: () => process.cwd(),
    getCompilationSettings: () => ({
      strict: true,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      types: [],
    }),
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath,
  });

// Sees that whatever the package exports is documented.

import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { ENTRIES } from "../entries.mjs";

/**
 * Exports and public members of classes without a doc comment, and functions and classes without
 * code in it.
 */
export const undocumented = (root) => {
  const ts = createRequire(join(root, "package.json"))("typescript5");
  const { program, entries } = load(ts, root);
  const checker = program.getTypeChecker();
  const origin = (symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return entries
    .map((entry) => checker.getSymbolAtLocation(program.getSourceFile(entry)))
    .flatMap((module) => checker.getExportsOfModule(module))
    .filter((symbol) => !isInternal(origin(symbol)))
    .flatMap((symbol) => [
      ...faultsOf(ts, root, origin(symbol), isValue(ts, symbol, origin(symbol))),
      ...publicMembers(ts, origin(symbol)).flatMap((member) => faultsOf(ts, root, member, false)),
    ]);
};

/** The texts that a type of this name in pkg/src/errors.ts may be. */
export const membersOfUnion = (root, name) => {
  const ts = createRequire(join(root, "package.json"))("typescript5");
  const { program } = load(ts, root);
  const file = program.getSourceFile(join(root, "pkg/src/errors.ts"));
  const alias = file.statements.find((it) => it.name?.text === name);
  const type = program.getTypeChecker().getTypeAtLocation(alias);
  return type.types.map(({ value }) => value);
};

const load = (ts, root) => {
  const { config } = ts.readConfigFile(join(root, "pkg/tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, "pkg"));
  const path = (name) => join(root, `pkg/src/${name}.ts`);
  const entries = ENTRIES.map(path);
  return { program: ts.createProgram([...entries, path("build.d")], options), entries };
};

/** What is for other entries alone is not in the declarations. */
const isInternal = (symbol) => symbol.getJsDocTags().some(({ name }) => name === "internal");

/** Whether something is exported that is there at run time; not by `export type`. */
const isValue = (ts, symbol, origin) =>
  (origin.flags & ts.SymbolFlags.Value) !== 0 &&
  !symbol.declarations.some((it) => ts.isExportSpecifier(it) && it.parent.parent.isTypeOnly);

const publicMembers = (ts, symbol) =>
  (symbol.flags & ts.SymbolFlags.Class) === 0
    ? []
    : [...symbol.members.values()].filter(
        ({ flags, declarations = [] }) =>
          (flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method)) !== 0 &&
          declarations.every(({ name }) => !ts.isPrivateIdentifier(name)),
      );

const faultsOf = (ts, root, { name, declarations }, needsExample) => {
  const comments = declarations.flatMap((it) => ts.getJSDocCommentsAndTags(it));
  const text = comments.map((comment) => comment.getText()).join("\n");
  const [first] = declarations;
  const file = first.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(first.getStart());
  const place = `${relative(root, file.fileName)}:${line + 1}: ${name}`;
  if (text === "") return [`${place} is not documented`];
  return needsExample && !text.includes("```") ? [`${place} has no example`] : [];
};

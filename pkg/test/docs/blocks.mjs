// Finds blocks of code in Markdown and in doc comments.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FENCE = /^```(\w*)$/;

/** The blocks of a Markdown file: language, code, and the line of the opening fence. */
export const blocksOfMarkdown = (file) => blocksOf(file, readFileSync(file, "utf8").split("\n"));

/** The blocks in the doc comments of a folder's TypeScript files. */
export const blocksOfComments = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .sort()
    .flatMap((name) => {
      const file = join(folder, name);
      return blocksOf(file, readFileSync(file, "utf8").split("\n").map(textOfComment));
    });

/** What a line in a doc comment says; nothing for other lines. */
const textOfComment = (line) => /^\s*\* ?(?!\/)(.*)$/.exec(line)?.[1] ?? "";

const blocksOf = (file, lines) => {
  const blocks = [];
  let open;
  for (const [index, line] of lines.entries()) {
    const fence = FENCE.exec(line);
    if (open !== undefined && fence === null) open.lines.push(line);
    if (fence === null) continue;
    if (open === undefined) open = { file, line: index + 1, language: fence[1], lines: [] };
    else {
      blocks.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: a block without an end`);
  return blocks
    .filter(({ language }) => language === "ts" || language === "js")
    .map(({ lines, ...block }) => ({ ...block, code: lines.join("\n") }));
};

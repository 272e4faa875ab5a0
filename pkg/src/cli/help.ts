// The help, made from the table of commands.

import { COMMON_OPTIONS, isGroup, shown } from "./command.ts";
import type { Command, Entry, Group, Option } from "./command.ts";
import { EXIT_CODES } from "./failure.ts";

const WIDTH = 96;

/** The help on a command, or on a group of them. */
export const help = (entry: Entry, path: readonly string[]): string =>
  isGroup(entry) ? ofGroup(entry, path) : ofCommand(entry, path);

/** The same for machines. */
export function describe(entry: Entry, path: readonly string[]): object {
  const name = path.join(" ");
  if (isGroup(entry)) {
    const commands = entry.commands.map((it) => describe(it, [...path, it.name]));
    return { name, summary: entry.summary, commands };
  }
  const { summary, words, options, notes, examples } = entry;
  const all = [...options, ...COMMON_OPTIONS].map(({ section: _, ...option }) => option);
  return { name, summary, words, options: all, notes, examples };
}

function ofGroup(group: Group, path: readonly string[]): string {
  const name = ["countersign", ...path].join(" ");
  const commands = group.commands.map(({ name, summary }) => [name, summary] as const);
  return [
    wrap(group.summary, 0),
    `usage: ${name} <command> [options]`,
    columns(commands),
    wrap(`\`${["countersign", "help", ...path].join(" ")} <command>\` says more about one.`, 0),
    exitCodes(),
  ].join("\n\n");
}

function ofCommand(command: Command, path: readonly string[]): string {
  const name = ["countersign", ...path].join(" ");
  const words = command.words.map(shown);
  const options = [...command.options, ...COMMON_OPTIONS];
  const section = (wanted: Option["section"]): string => {
    const rows = options.filter(({ section }) => section === wanted).map(row);
    return rows.length === 0 ? "" : `${wanted ?? "options"}\n${columns(rows)}`;
  };
  return [
    wrap(command.summary, 0),
    `usage: ${[name, ...words, "[options]"].join(" ")}`,
    columns(command.words.map((word) => [`<${word.name}>`, word.summary])),
    section(undefined),
    section("the secret"),
    section("every command"),
    ...command.notes.map((note) => wrap(note, 0)),
    `examples\n${command.examples.map((example) => `  ${example}`).join("\n")}`,
    exitCodes(),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const row = ({ name, value, summary }: Option): readonly [string, string] => [
  value === undefined ? `--${name}` : `--${name} ${value}`,
  summary,
];

const exitCodes = (): string =>
  `exit codes\n${columns(EXIT_CODES.map(([code, meaning]) => [String(code), meaning]))}`;

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([first]) => first.length));
  return rows
    .map(([first, second]) => `  ${first.padEnd(width)}  ${wrap(second, width + 4)}`)
    .join("\n");
}

/** A text in lines; all but the first begin so far to the right. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += (line === "" ? "" : " ") + word;
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}

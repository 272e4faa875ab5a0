// From what was typed to a command.

import { COMMON_OPTIONS, isGroup, shown } from "./command.ts";
import type { Command, Entry, Group, Option } from "./command.ts";
import { usage } from "./failure.ts";
import { nearest, unknown } from "./suggest.ts";
import { Values } from "./values.ts";

/** What is to be done. */
export type Request =
  | {
      readonly what: "help";
      readonly entry: Entry;
      readonly path: readonly string[];
      /** Or is it shown because no command was named? */
      readonly wasAsked: boolean;
    }
  | {
      readonly what: "run";
      readonly command: Command;
      readonly words: readonly string[];
      readonly values: Values;
    }
  | { readonly what: "version" };

/** Whether JSON is wanted: asked first, so that mistakes in the rest are told as JSON too. */
export const wantsJson = (argv: readonly string[]): boolean => options(argv).includes("--json");

/**
 * @throws Failure `usage`. Messages repeat only words that are near a known name: others may be
 * secrets.
 */
export function interpret(argv: readonly string[], root: Group): Request {
  if (options(argv).some((word) => SECRET.test(word))) throw usage(NO_SECRETS_HERE);
  const path: string[] = [];
  let entry: Entry = root;
  const rest = [...argv];
  while (isGroup(entry)) {
    const word: string | undefined = rest.shift();
    if (word === undefined) return { what: "help", entry, path, wasAsked: false };
    if (word === "--json") continue;
    if (word === "help" && path.length === 0) return helpOn(rest, root);
    if (isHelp(word)) return { what: "help", entry, path, wasAsked: true };
    if (VERSION.includes(word) && path.length === 0) return { what: "version" };
    if (word.startsWith("-"))
      throw usage("options stand behind the command: countersign <command> [options]");
    entry = child(entry, word);
    path.push(entry.name);
  }
  if (options(rest).some(isHelp)) return { what: "help", entry, path, wasAsked: true };
  return { what: "run", command: entry, ...parse(entry, path.join(" "), rest) };
}

const VERSION = ["--version", "-V"];

/** In every spelling in which somebody might try it. */
const SECRET = /^--?(secrets?|key|token|password)(=|$)/i;

const NO_SECRETS_HERE =
  "a secret is never taken from the command line: there it is seen in the shell's history and by " +
  "everybody who lists processes. Put it into the environment variable COUNTERSIGN_SECRET, or name " +
  "another variable with --secret-env NAME or a file with --secret-file FILE; on a terminal you are " +
  "asked for it";

const isHelp = (word: string): boolean => word === "--help" || word === "-h";

/** What stands before `--`, behind which nothing is an option. */
function options(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end < 0 ? argv : argv.slice(0, end);
}

function child(group: Group, word: string): Entry {
  const found = group.commands.find(({ name }) => name === word);
  if (found !== undefined) return found;
  throw usage(
    unknown(
      "command",
      word,
      group.commands.map(({ name }) => name),
    ),
  );
}

function helpOn(words: readonly string[], root: Group): Request {
  const path: string[] = [];
  let entry: Entry = root;
  for (const word of words.filter((word) => !word.startsWith("-"))) {
    if (!isGroup(entry)) break;
    entry = child(entry, word);
    path.push(entry.name);
  }
  return { what: "help", entry, path, wasAsked: true };
}

function parse(
  command: Command,
  name: string,
  argv: readonly string[],
): { words: readonly string[]; values: Values } {
  const known = [...command.options, ...COMMON_OPTIONS];
  const words: string[] = [];
  const given = new Map<string, string[]>();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") {
      words.push(...rest.splice(0));
    } else if (!word.startsWith("-") || word === "-") {
      words.push(word);
    } else {
      const [option, value] = read(word, rest, known, name);
      const before = given.get(option.name) ?? [];
      if (before.length > 0 && !option.repeatable)
        throw usage(`--${option.name} stands there twice`);
      given.set(option.name, [...before, value]);
    }
  }
  checkWords(command, name, words);
  return {
    words,
    values: new Values(
      known.map(({ name }) => name),
      given,
    ),
  };
}

/** An option, and its value: behind `=`, or the next word. */
function read(
  word: string,
  rest: string[],
  known: readonly Option[],
  command: string,
): readonly [Option, string] {
  const at = word.indexOf("=");
  const [typed, attached] = at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
  const option = known.find(({ name }) => `--${name}` === typed);
  if (option === undefined) throw usage(unknownOption(typed, known, command));
  if (option.value === undefined) {
    if (attached === undefined) return [option, ""];
    throw usage(`--${option.name} takes no value`);
  }
  const value = attached ?? (isValue(rest[0]) ? rest.shift() : undefined);
  if (value === undefined || value === "")
    throw usage(`--${option.name} needs a value: ${option.value}`);
  return [option, value];
}

const isValue = (word: string | undefined): boolean => word !== undefined && !word.startsWith("--");

function unknownOption(typed: string, known: readonly Option[], command: string): string {
  const near = nearest(
    typed,
    known.map(({ name }) => `--${name}`),
  );
  return near === undefined
    ? `${command} has no such option; \`countersign help ${command}\` lists them`
    : `${command} has no option ${typed}; did you mean ${near}?`;
}

function checkWords(command: Command, name: string, words: readonly string[]): void {
  const missing = command.words.find(({ optional }, at) => !optional && words[at] === undefined);
  if (missing !== undefined) {
    throw usage(`${name} needs <${missing.name}>: ${missing.summary}`);
  }
  const isOpen = command.words.some(({ many }) => many);
  if (isOpen || words.length <= command.words.length) return;
  const takes =
    command.words.length === 0
      ? "takes no words"
      : `takes only ${command.words.map(shown).join(" ")}`;
  throw usage(`${name} ${takes}; there are ${words.length} (a value with spaces needs quotes)`);
}

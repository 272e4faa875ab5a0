// What a command is: help, parsing and running all go by this.

import type { Io } from "./io.ts";
import type { Values } from "./values.ts";

/** An option, such as `--body FILE`. */
export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** What its value is called in the help. Without it the option takes none. */
  readonly value?: string;
  readonly summary: string;
  /** Whether it may be given several times. */
  readonly repeatable?: true;
  /** Under which heading the help has it. */
  readonly section?: "every command" | "the secret";
}

/** What is said without dashes, such as the scheme. */
export interface Word {
  readonly name: string;
  readonly summary: string;
  readonly optional?: true;
  readonly many?: true;
}

export interface Command {
  readonly name: string;
  /** One line: what it does. */
  readonly summary: string;
  readonly words: readonly Word[];
  readonly options: readonly Option[];
  /** Paragraphs of the help: what else is good to know. */
  readonly notes: readonly string[];
  readonly examples: readonly string[];
  /** Returns the exit code. */
  readonly run: (call: Call) => Promise<number>;
}

/** Commands under a word of their own, such as `gateway check`. */
export interface Group {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Entry[];
}

export type Entry = Command | Group;

/** A command as somebody typed it. */
export interface Call {
  readonly words: readonly string[];
  readonly values: Values;
  readonly io: Io;
  /** Fires when the command is to end: nobody reads what it prints any more, or Ctrl-C. */
  readonly signal: AbortSignal;
}

export const isGroup = (entry: Entry): entry is Group => "commands" in entry;

/** `<scheme>`, `[<type>]`, `<scheme>…` */
export const shown = ({ name, optional, many }: Word): string =>
  (optional ? `[<${name}>]` : `<${name}>`) + (many ? "…" : "");

/** What every command takes. */
export const COMMON_OPTIONS: readonly Option[] = [
  { name: "json", summary: "print JSON, one object on each line", section: "every command" },
  { name: "help", summary: "print this", section: "every command" },
];

/** An option for how long a command waits. */
export const timeout = (summary: string): Option => ({
  name: "timeout",
  value: "SECONDS",
  summary,
});

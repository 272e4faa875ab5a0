// Secrets: from the environment, a file, or somebody at the terminal; never from the command line.

import type { KeyInput, SchemeName } from "countersign";
import { stat } from "node:fs/promises";
import type { Call, Option } from "./command.ts";
import { Failure, input } from "./failure.ts";
import { readFile } from "./input.ts";
import { printable, textOf } from "./printable.ts";
import { ask, canAsk } from "./prompt.ts";
import { SCHEME_NAMES } from "./scheme.ts";

/** More than any secret has. */
const MAX_FILE_BYTES = 65_536;

/** The options of a command that needs a secret. */
export const SECRET_OPTIONS: readonly Option[] = [
  {
    ...{ name: "secret-env", value: "NAME", repeatable: true, section: "the secret" },
    summary:
      "the environment variable that has it; several during a rotation " +
      "(default: COUNTERSIGN_SECRET_<SCHEME>, else COUNTERSIGN_SECRET)",
  },
  {
    ...{ name: "secret-file", value: "FILE", repeatable: true, section: "the secret" },
    summary: "the file that has it, and nothing else; several during a rotation",
  },
  {
    ...{ name: "allow-weak-secret", section: "the secret" },
    summary: "take a secret of fewer than 16 bytes, which can be guessed",
  },
];

/** The secrets for a scheme, named by where they come from. */
export async function secretsFor(
  call: Call,
  scheme: SchemeName,
  { prefixed = false } = {},
): Promise<KeyInput[]> {
  const named = (option: string): string[] =>
    call.values.list(option).flatMap((value) => (prefixed ? meantFor(scheme, value) : value));
  const [variables, files] = [named("secret-env"), named("secret-file")];
  if (variables.length + files.length > 0) {
    const fromFiles: KeyInput[] = [];
    for (const file of files) fromFiles.push(await fromFile(call, file));
    return [...variables.map(fromVariable), ...fromFiles];
  }
  const variable = defaults(scheme).find((name) => process.env[name] !== undefined);
  if (variable !== undefined) return [fromVariable(variable)];
  if (!canAsk()) throw new Failure("usage", none(scheme), "no_secret");
  return [{ id: "typed", secret: await ask(`secret of ${scheme}: `, call.signal) }];
}

/** `peeker=NAME` is for peeker only, `NAME` for every scheme. */
function meantFor(scheme: SchemeName, value: string): string[] {
  const meant = prefixOf(value);
  if (meant === undefined) return [value];
  return meant === scheme ? [value.slice(meant.length + 1)] : [];
}

/** The scheme that is named before `=`. */
export const prefixOf = (value: string): SchemeName | undefined =>
  SCHEME_NAMES.find((name) => value.startsWith(`${name}=`));

const defaults = (scheme: SchemeName): readonly string[] => [
  `COUNTERSIGN_SECRET_${scheme.toUpperCase().replaceAll("-", "_")}`,
  "COUNTERSIGN_SECRET",
];

const none = (scheme: SchemeName): string =>
  `there is no secret for ${scheme}: set ${defaults(scheme).join(" or ")}, or name a variable with ` +
  "--secret-env NAME or a file with --secret-file FILE";

// What was named is not repeated before it is known to exist: it may be the secret itself.

function fromVariable(name: string): KeyInput {
  const secret = process.env[name];
  if (secret === undefined) {
    throw new Failure(
      "usage",
      "--secret-env: no such variable is set. It takes a variable's name, such as PEEKER_SECRET, " +
        "not the secret",
      "no_secret",
    );
  }
  return { id: name, secret };
}

async function fromFile({ io }: Call, file: string): Promise<KeyInput> {
  const text = textOf(await readFile("secret-file", file, MAX_FILE_BYTES));
  const name = printable(file);
  if (text === undefined) throw input(`--secret-file ${name}: this is no text`);
  const secret = text.replace(/\r?\n$/, "");
  if (/[\r\n]/.test(secret)) {
    throw input(`--secret-file ${name}: there are several lines; one secret in each file`);
  }
  const { mode } = await stat(file);
  if (process.platform !== "win32" && (mode & 0o004) !== 0) {
    io.warn(`${name} can be read by everybody on this machine; \`chmod 600\` keeps it to you`);
  }
  return { id: name, secret };
}

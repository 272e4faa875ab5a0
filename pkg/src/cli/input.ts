// What a command reads: files, and standard input.

import { open } from "node:fs/promises";
import { isatty } from "node:tty";
import { Failure, input } from "./failure.ts";
import type { Call } from "./command.ts";
import { waitFor } from "./wait.ts";

/** Far more than any webhook has. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The bytes of the file that an option names; of standard input, if it is `-`. */
export const readInput = (
  call: Call,
  option: string,
  file: string,
  what: string,
): Promise<Uint8Array> => (file === "-" ? readStandardInput(call, what) : readFile(option, file));

/** The bytes of the file that an option names, no more than `max`. */
export const readFile = (option: string, file: string, max = MAX_BYTES): Promise<Uint8Array> =>
  readNamed(`--${option}`, file, max);

/** The bytes of a file, no more than `max`. Messages call it by `name`. */
export async function readNamed(name: string, file: string, max: number): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      return await readAll(
        handle.createReadStream({ autoClose: false }),
        `${name}: the file`,
        max,
      );
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Failure || codeOf(error) === "unknown") throw error;
    throw input(`${name}: ${reasonOf(error)}`);
  }
}

/** Why a file can't be read; without its name, which may be a secret in the wrong place. */
const reasonOf = (error: unknown): string =>
  REASONS[codeOf(error)] ?? `the file can't be read (${codeOf(error)})`;

/** The code of a system error. */
export const codeOf = (error: unknown): string => {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : "unknown";
};

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not read this file",
  EISDIR: "this is a directory",
  ENAMETOOLONG: "no file has such a long name",
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
};

/**
 * Everything from standard input.
 *
 * @throws Failure if there is nothing: it is hardly ever meant
 */
async function readStandardInput(call: Call, what: string): Promise<Uint8Array> {
  const { io, signal, values } = call;
  if (isatty(0)) io.note(`reading ${what} from the terminal; Ctrl-D on a line of its own ends it`);
  const bytes = await waitFor(
    {
      ...{ what: `${what} on standard input`, io, signal, millis: values.millis("timeout") },
      late: (seconds) => input(`standard input did not end within ${seconds}`),
    },
    () => readAll(process.stdin, "standard input", MAX_BYTES),
  );
  if (bytes.length > 0) return bytes;
  throw input(`standard input is empty; it should have ${what}`);
}

async function readAll(
  stream: AsyncIterable<Buffer>,
  name: string,
  max: number,
): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    if (length > max) throw input(`${name} has more than ${max} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

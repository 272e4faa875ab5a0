// A request as a curl command that can be pasted into a POSIX shell.

import { printable, textOf } from "./printable.ts";

/** Longer text goes through a pipe: an argument may have 128 KiB. */
const MAX_ARGUMENT = 100_000;

/** The command; the body comes from `file`, if it has one. */
export function curlCommand(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  file: string | undefined,
): string {
  const [before, data] = dataOf(body, file);
  const lines = [
    `${before}curl --request POST ${quoted(url.href)}`,
    ...(/[[\]{}]/.test(url.href) ? ["--globoff"] : []),
    ...Object.entries(headers).map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`),
    data,
  ];
  return lines.join(" \\\n  ");
}

/** What stands before `curl`, and the option that gives it the body. */
function dataOf(body: Uint8Array, file: string | undefined): [before: string, option: string] {
  if (file !== undefined) return ["", `--data-binary ${quoted(`@${file}`)}`];
  const text = textOf(body);
  if (text !== undefined && body.length <= MAX_ARGUMENT && printable(text) === text) {
    return ["", `--data-raw ${quoted(text)}`];
  }
  return [`printf ${quoted(format(body))} |\n  `, "--data-binary @-"];
}

/** For the shell, between quotes in which nothing has a meaning. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * For printf: all but plain ASCII in octal, so that neither shell nor terminal does anything with
 * it; nor does printf with a dash at the start.
 */
const format = (body: Uint8Array): string =>
  Array.from(body, (byte, at) => {
    const isPlain = byte >= 0x20 && byte < 0x7f && (at > 0 || byte !== 0x2d);
    return SHORT[byte] ?? (isPlain ? String.fromCharCode(byte) : octal(byte));
  }).join("");

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, "0")}`;

const SHORT: Readonly<Record<number, string>> = { 0x0a: "\\n", 0x25: "%%", 0x5c: "\\\\" };

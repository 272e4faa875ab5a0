// A request that somebody has captured: as its text, or as its headers and its body.

import { input } from "./failure.ts";
import { jsonOf } from "./event.ts";
import { count } from "./printable.ts";

export type Pairs = readonly (readonly [name: string, value: string])[];

export interface Captured {
  readonly headers: Pairs;
  readonly body: Uint8Array;
  /** What had to be guessed. */
  readonly remarks: readonly string[];
}

/** The text of an HTTP request: its first line, headers, an empty line, the body. */
export function readRequestText(bytes: Uint8Array): Captured {
  const [head, rest] = divide(bytes);
  const headers = lines(head, true);
  const length = valueOf(headers, "content-length");
  if (/\bchunked\b/i.test(valueOf(headers, "transfer-encoding") ?? "")) {
    const body = dechunked(rest);
    return body === undefined
      ? {
          headers,
          body: rest,
          remarks: ["the body is not chunked, though a header says so; taken as it is"],
        }
      : { headers, body, remarks: [] };
  }
  return { headers, ...cut(rest, length) };
}

/** Headers in lines, or in JSON. */
export function readHeaderText(bytes: Uint8Array): Pairs {
  const json = jsonOf(bytes);
  return json === undefined ? lines(latin1(bytes), false) : ofJson(json.value);
}

/** Before and behind the first empty line. */
function divide(bytes: Uint8Array): [head: string, body: Uint8Array] {
  const text = latin1(bytes);
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return [text, new Uint8Array()];
  return [text.slice(0, end.index), bytes.subarray(end.index + end[0].length)];
}

/** HTTP's own encoding; every byte is a character. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const REQUEST_LINE = /^[A-Z]+ \S+( HTTP\/[\d.]+)?$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+)[ \t]*:(.*)$/;

/** `Name: value` lines; above them there may be, or has to be, the request's first line. */
function lines(text: string, isRequest: boolean): Pairs {
  const all = text.split(/\r?\n/);
  const start = REQUEST_LINE.test(all[0] ?? "") ? 1 : 0;
  if (isRequest && start === 0 && !HEADER_LINE.test(all[0] ?? "")) throw input(NO_REQUEST);
  return all.slice(start).flatMap((line, at) => {
    // HTTP/2's own, such as `:path`.
    if (line.trim() === "" || line.startsWith(":")) return [];
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw input(`line ${start + at + 1} of the headers is not \`Name: value\``);
    }
    return [[name, value.trim()] as const];
  });
}

const NO_REQUEST =
  "this is not the text of a request: its first line, such as `POST /hooks/peeker HTTP/1.1`, its " +
  "headers, an empty line, its body. With --headers FILE and --body FILE they come separately";

/** `{ name: value }`, `{ name: [value] }`, `[[name, value]]` or `[{ name, value }]`. */
function ofJson(value: unknown): Pairs {
  const entries: unknown[] = Array.isArray(value)
    ? value
    : isObject(value)
      ? Object.entries(value)
      : [];
  const pairs = entries.flatMap((entry) => {
    const [name, given]: unknown[] = Array.isArray(entry)
      ? entry
      : isObject(entry)
        ? [entry["name"], entry["value"]]
        : [];
    const values: unknown[] = Array.isArray(given) ? given : [given];
    if (typeof name !== "string" || !values.every(isScalar)) throw input(NO_HEADERS);
    return values.map((one) => [name, String(one)] as const);
  });
  if (pairs.length === 0) throw input(NO_HEADERS);
  return pairs;
}

const NO_HEADERS =
  "headers in JSON are an object of names and values, or a list of [name, value] or { name, value }";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number";

export const valueOf = (headers: Pairs, wanted: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === wanted)?.[1];

/** The body, as long as the headers say. Editors put a line end behind it. */
function cut(rest: Uint8Array, length: string | undefined): Omit<Captured, "headers"> {
  const announced = /^\d{1,15}$/.test(length ?? "") ? Number(length) : rest.length;
  if (announced === rest.length) return { body: rest, remarks: [] };
  if (announced > rest.length) {
    const remark = `the body has ${count(rest.length, "byte")}, and Content-Length says ${announced}: part of it is missing`;
    return { body: rest, remarks: [remark] };
  }
  const remark = `left out ${count(rest.length - announced, "byte")} behind the ${announced} of Content-Length`;
  return { body: rest.subarray(0, announced), remarks: [remark] };
}

/** The content of chunks; nothing if they are none. */
function dechunked(bytes: Uint8Array): Uint8Array | undefined {
  const text = latin1(bytes);
  const pieces: Uint8Array[] = [];
  const line = /([\da-f]{1,8})[^\r\n]*\r?\n/iy;
  for (;;) {
    const size = Number.parseInt(line.exec(text)?.[1] ?? "", 16);
    if (size === 0) return Buffer.concat(pieces);
    const start = line.lastIndex;
    if (Number.isNaN(size) || start + size > bytes.length) return undefined;
    pieces.push(bytes.subarray(start, start + size));
    line.lastIndex = start + size + (/\r?\n/y.exec(text.slice(start + size))?.[0].length ?? 0);
  }
}

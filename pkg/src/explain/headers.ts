// The headers as they should have come, as far as one can tell.

import type { VerificationError } from "countersign";
import { fromBase64, fromHex, toBase64, toHex } from "./encoding.ts";
import type { Subject } from "./subject.ts";

/** Names in lower case, and values. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** The headers of a request, mended, and what there was to mend. */
export interface Mended {
  readonly pairs: Pairs;
  /** The scheme's headers that are not there even now. */
  readonly missing: readonly string[];
  /** How the signature has to be written, if it was not. */
  readonly form: string | undefined;
  /** What is still wrong with the request, its body aside. */
  readonly fault: VerificationError | undefined;
}

/** A header's value, as Fetch joins several; empty if there is none. */
export const valueOf = (pairs: Pairs, name = ""): string =>
  pairs
    .filter(([key]) => key === name.toLowerCase())
    .map(([, value]) => value)
    .join(", ");

/** Whether the verdict is about the headers' names and form. */
export const isAboutHeaders = (error: VerificationError | undefined): boolean =>
  /header|unsupp/.test(error?.code ?? "");

/** Mends what can be mended in the headers. Renamed ones stay where they were. */
export function mend(subject: Subject, sent: Pairs): Mended {
  const { timestamp, id, signature } = subject.headerNames;
  const names = [timestamp, id, signature].flatMap((name) => name ?? []);
  const judge: Judge = (pairs) => subject.verify("", pairs);
  const absent = names.filter((name) => !valueOf(sent, name)).map((name) => name.toLowerCase());
  const rename = (isSame: IsSame): Pairs =>
    sent.map(([as, value]) => [absent.find((name) => isSame(as, name)) ?? as, value]);
  const family = rename(ofFamily(signature.toLowerCase(), sent));
  const named = isAboutHeaders(judge(family)) ? rename(isAlike) : family;
  const [pairs, form] = inForm(signature, named, judge);
  const missing = names.filter((name) => !valueOf(pairs, name));
  return { pairs, missing, form, fault: judge(pairs) };
}

type Judge = (pairs: Pairs) => VerificationError | undefined;
type IsSame = (present: string, name: string) => boolean;

/** The same names in another family, such as `svix-` for `webhook-`. */
const ofFamily = (signature: string, pairs: Pairs): IsSame => {
  const end = signature.split("-").at(-1) ?? "";
  const [other = ""] = pairs.find(([key]) => key.endsWith(end)) ?? [];
  return (present, name) =>
    present === name.replace(signature.slice(0, -end.length), other.slice(0, -end.length));
};

/** The same after `X-` or `HTTP_`, with other dashes, or misspelt in one place. */
const isAlike: IsSame = (present, name) => {
  const [a = "", b = ""] = [present, name].map((text) => text.replace(/[^a-z\d]/g, ""));
  let start = 0;
  let end = 0;
  while (start < b.length && a[start] === b[start]) start += 1;
  while (end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return a.endsWith(b) || start + end >= 0.86 * Math.max(a.length, b.length);
};

/** The signature in the form that the verifier takes, if it has another. */
function inForm(name: string, pairs: Pairs, judge: Judge): [pairs: Pairs, form?: string] {
  const isRefused = (error: VerificationError | undefined): boolean =>
    isAboutHeaders(error) && (error?.header ?? name) === name;
  const value = valueOf(pairs, name);
  if (!value || !isRefused(judge(pairs))) return [pairs];
  const tag = tagIn(value);
  for (const prefix of ["", "v1=", "v1,", "v0=", "sha256="]) {
    for (const [digits, encode] of [
      ["64 hex digits", toHex],
      ["base64", toBase64],
    ] as const) {
      const text = prefix + encode(tag ?? new Uint8Array(32));
      const isOurs = ([key]: Pairs[number]) => key === name.toLowerCase();
      const rewritten = pairs.map((pair) => (isOurs(pair) ? ([pair[0], text] as const) : pair));
      if (!isRefused(judge(rewritten))) return [tag ? rewritten : pairs, `${prefix}<${digits}>`];
    }
  }
  return [pairs];
}

/** The 32 bytes that stand in it somewhere. */
const tagIn = (value: string): Uint8Array | undefined => {
  const words = value.split(/[^\w+/-]+/);
  const decoded = words.flatMap((word) => [fromHex(word), fromBase64(word)]);
  return decoded.find((bytes) => bytes?.length === 32);
};

// What `verify` and `explain` share: a verifier, and a request that somebody has captured.

import { Verifier } from "countersign";
import type { SchemeName } from "countersign";
import { readHeaderText, readRequestText } from "./capture.ts";
import type { Captured } from "./capture.ts";
import { timeout } from "./command.ts";
import type { Call, Option } from "./command.ts";
import { usage } from "./failure.ts";
import { readInput } from "./input.ts";
import { schemeOf } from "./scheme.ts";
import { SECRET_OPTIONS, secretsFor } from "./secrets.ts";
import { TIME, timeOf } from "./time.ts";

export const JUDGING_OPTIONS: readonly Option[] = [
  {
    name: "request",
    value: "FILE",
    summary: "the text of the whole request; - is standard input (the default)",
  },
  { name: "headers", value: "FILE", summary: "its headers, in lines or in JSON; with --body" },
  { name: "body", value: "FILE", summary: "its body, byte for byte; with --headers" },
  { name: "at", value: "TIME", summary: `judge as if it were then: ${TIME}` },
  {
    ...{ name: "tolerance", value: "SECONDS" },
    summary: "how far the timestamp may lie from then (default: 300)",
  },
  timeout("for how long to wait for standard input"),
  ...SECRET_OPTIONS,
];

export const JUDGING_NOTES: readonly string[] = [
  "The request's text is what `nc -l` or a proxy's log shows: `POST /path HTTP/1.1`, the headers, " +
    "an empty line, the body. Headers in JSON are an object, or a list of pairs. Where the capture " +
    "has a Content-Length, the body ends there.",
];

/** A request and who judges it. */
export interface Judged {
  readonly scheme: SchemeName;
  readonly verifier: Verifier<SchemeName>;
  readonly request: Captured;
  readonly now: Date;
}

export async function judged(call: Call): Promise<Judged> {
  const { values, words, io } = call;
  const scheme = schemeOf(words[0]);
  const now = timeOf("at", values.text("at")) ?? new Date();
  const toleranceSeconds = values.integer("tolerance", [1, 86_400]);
  const sources = sourcesOf(call);
  const secrets = await secretsFor(call, scheme);
  const allowWeakSecret = values.flag("allow-weak-secret");
  const verifier = new Verifier(scheme, {
    secrets,
    toleranceSeconds,
    allowWeakSecret,
    now: () => now,
  });
  const request = await read(call, sources);
  request.remarks.forEach((remark) => io.warn(remark));
  return { scheme, verifier, request, now };
}

type Sources = { readonly request: string } | { readonly headers: string; readonly body: string };

function sourcesOf({ values }: Call): Sources {
  const [request, headers, body] = ["request", "headers", "body"].map((name) => values.text(name));
  if (headers === undefined && body === undefined) return { request: request ?? "-" };
  if (request !== undefined)
    throw usage("--request is the whole request: leave out --headers and --body");
  if (headers === undefined || body === undefined) throw usage("--headers and --body go together");
  if (headers === "-" && body === "-")
    throw usage("only one of --headers and --body can be standard input");
  return { headers, body };
}

async function read(call: Call, sources: Sources): Promise<Captured> {
  if ("request" in sources)
    return readRequestText(await readInput(call, "request", sources.request, "a request"));
  const headers = readHeaderText(await readInput(call, "headers", sources.headers, "headers"));
  return { headers, body: await readInput(call, "body", sources.body, "a body"), remarks: [] };
}

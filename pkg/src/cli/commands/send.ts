// `countersign send`

import type { SchemeName } from "countersign";
import { randomBytes } from "node:crypto";
import { timeout } from "../command.ts";
import type { Call, Command } from "../command.ts";
import { headersOf, newId, requestHeaders, typeIn } from "../event.ts";
import type { Outgoing } from "../event.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { post, shownUrl, urlOf } from "../http.ts";
import type { Answer, Target } from "../http.ts";
import { readInput } from "../input.ts";
import type { Io } from "../io.ts";
import { count, printable, printableLines, textOf } from "../printable.ts";
import { sample } from "../samples.ts";
import { SCHEME, detailsOf, schemeOf } from "../scheme.ts";
import { SECRET_OPTIONS, secretsFor } from "../secrets.ts";
import { nearest } from "../suggest.ts";

export const SEND: Command = {
  name: "send",
  summary: "Signs an event as its provider does, posts it, and prints the answer.",
  words: [
    SCHEME,
    { name: "type", optional: true, summary: "the event's type; `countersign schemes <scheme>` lists them" },
  ],
  options: [
    { name: "to", value: "URL", summary: "where to post it" },
    { name: "body", value: "FILE", summary: "send this instead of a sample; - is standard input" },
    { name: "id", value: "ID", summary: "the event's id (default: a new one)" },
    { name: "repeat", value: "N", summary: "send it N times, signed anew each time, as a provider's retries are" },
    { name: "forge", summary: "sign with a wrong secret; success is then a refusal" },
    { name: "stale", summary: "sign as if it were an hour ago; success is then a refusal" },
    timeout("for how long to wait for the answer (default: the provider's own limit)"),
    ...SECRET_OPTIONS,
  ],
  notes: [
    "It is fine if every answer is 2xx. With --forge or --stale it is fine if every answer refuses the " +
      "request: 4xx, but not 404, 405, 408, 413, 415 or 429, with which a server refuses for other " +
      "reasons. --forge needs no secret. Redirects are not followed.",
    "Samples have made-up content in the form of the provider's documents, and the current time.",
  ],
  examples: [
    "countersign send peeker order.completed --to http://localhost:3000/hooks/peeker",
    "countersign send boateros hull.sold --to http://localhost:3000/hooks/boateros --repeat 3",
    "countersign send peeker order.failed --to https://example.com/hooks --forge --stale",
  ],
  async run(call) {
    const { values, io, signal } = call;
    const scheme = schemeOf(call.words[0]);
    const limit = detailsOf(scheme).acknowledgeSeconds * 1000;
    const target: Target = { url: targetOf(call), io, signal, millis: values.millis("timeout") ?? limit };
    const times = values.integer("repeat", [1, 100_000]) ?? 1;
    const isForged = values.flag("forge");
    const isStale = values.flag("stale");
    const event = await eventOf(call, scheme);
    const keys = isForged ? [{ secret: randomBytes(32) }] : await secretsFor(call, scheme);
    const signed = (): Record<string, string> => {
      const timestamp = new Date(Date.now() - (isStale ? STALE_MS : 0));
      return headersOf(scheme, keys, { ...event, timestamp }, values.flag("allow-weak-secret"));
    };
    const wanted = isForged || isStale ? REFUSAL : ACCEPTANCE;
    io.people(introduction(event, target.url, [isForged && "with a wrong signature", isStale && "an hour old"]));
    let exit: number = EXIT.fine;
    for (let attempt = 1; attempt <= times && !signal.aborted; attempt++) {
      const outcome = await send(target, signed(), event.body);
      exit = Math.max(exit, report(io, outcome, wanted, { attempt, times, id: event.id, type: event.type }));
    }
    return exit;
  },
};

/** Far outside of every provider's tolerance. */
const STALE_MS = 3_600_000;

type Event = Omit<Outgoing, "timestamp">;

function targetOf({ values }: Call): URL {
  const to = values.text("to");
  if (to === undefined) throw usage("send needs --to URL, such as --to http://localhost:3000/hooks");
  return urlOf("to", to);
}

/** What is sent: the file's content, or a sample. */
async function eventOf(call: Call, scheme: SchemeName): Promise<Event> {
  const { values, words } = call;
  const id = values.text("id") ?? newId(scheme);
  const file = values.text("body");
  const type = words[1];
  if (file !== undefined) {
    const body = await readInput(call, "body", file, "the body");
    return { body, id, type: type ?? typeIn(body) };
  }
  if (type === undefined) throw usage("send needs the event's <type>, or --body FILE");
  const { eventTypes } = detailsOf(scheme);
  if (eventTypes.length > 0 && !eventTypes.includes(type)) throw usage(noSample(scheme, type));
  const text = sample(scheme, { id, type, at: new Date() });
  return { body: new TextEncoder().encode(text), id, type };
}

function noSample(scheme: SchemeName, type: string): string {
  const near = nearest(type, detailsOf(scheme).eventTypes);
  return near === undefined
    ? `there is no sample of this type; \`countersign schemes ${scheme}\` lists those that there are, and --body FILE sends your own`
    : `there is no sample of ${type}; did you mean ${near}?`;
}

function introduction({ body, id, type }: Event, url: URL, oddities: readonly (string | false)[]): string {
  const what = [type, id, count(body.length, "byte"), ...oddities.filter((oddity) => oddity !== false)];
  return `POST ${printable(shownUrl(url))}\n  ${what.flatMap((part) => part ?? []).map(printable).join(", ")}`;
}

/** An answer, or why there is none. */
type Outcome = Answer | Failure;

async function send(target: Target, headers: Record<string, string>, body: Uint8Array): Promise<Outcome> {
  try {
    return await post(target, requestHeaders(headers, body), body);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Which answers are fine, and what is said of the others. */
interface Wanted {
  readonly isMet: (status: number) => boolean;
  readonly otherwise: (status: number) => string;
}

const isAccepted = (status: number): boolean => status >= 200 && status <= 299;

const ACCEPTANCE: Wanted = {
  isMet: isAccepted,
  otherwise: () => "the event was not accepted",
};

/** 4xx that say nothing of the signature. */
const OTHER_REASONS = [404, 405, 408, 413, 415, 429];

const REFUSAL: Wanted = {
  isMet: (status) => status >= 400 && status <= 499 && !OTHER_REASONS.includes(status),
  otherwise: (status) =>
    isAccepted(status)
      ? "the receiver took it for genuine: it does not verify what it should"
      : "this does not say that the signature or the timestamp was refused",
};

interface Attempt {
  readonly attempt: number;
  readonly times: number;
  readonly id: string | undefined;
  readonly type: string | undefined;
}

/** Prints what came of one attempt. Returns the exit code. */
function report(io: Io, outcome: Outcome, wanted: Wanted, { attempt, times, id, type }: Attempt): number {
  const event = { attempt, id, type };
  const counter = times === 1 ? "" : `${attempt}/${times}  `;
  if (outcome instanceof Failure) {
    const { code, message, exit } = outcome;
    io.result({ ok: false, ...event, error: { code, message } }, () => `${counter}${io.paint.bad("no answer:")} ${message}`);
    return exit;
  }
  const { status, headers, body, isCut, millis } = outcome;
  const ok = wanted.isMet(status);
  const text = textOf(body);
  const shown = text === undefined ? { bodyBase64: Buffer.from(body).toString("base64") } : { body: text };
  io.result(
    { ok, ...event, status, headers: Object.fromEntries(headers), ...shown, isCut, milliseconds: millis },
    () => counter + inWords(io, outcome, ok ? undefined : wanted.otherwise(status)),
  );
  return ok ? EXIT.fine : EXIT.negative;
}

/** Of the answer's headers only these: what countersign has to say, and what matters to a sender. */
const SHOWN_HEADER = /^(countersign-.*|content-type|location|retry-after)$/i;

function inWords({ paint }: Io, answer: Answer, problem: string | undefined): string {
  const { status, statusText, headers, body, isCut, millis } = answer;
  const mark = problem === undefined ? paint.good : paint.bad;
  const text = textOf(body);
  const content = text === undefined ? count(body.length, "byte") : printableLines(text).trimEnd();
  return [
    `${mark(`${status} ${printable(statusText)}`.trimEnd())}  ${millis} ms`,
    ...(problem === undefined ? [] : [`  ${problem}`]),
    ...headers.filter(([name]) => SHOWN_HEADER.test(name)).map((pair) => paint.dim(`  ${printable(pair.join(": "))}`)),
    ...(content === "" ? [] : content.split("\n").map((line) => `  ${line}`)),
    ...(isCut ? [paint.dim("  … and more")] : []),
  ].join("\n");
}

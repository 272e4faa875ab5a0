// `countersign send`

import type { SchemeName } from "countersign";
import { randomBytes } from "node:crypto";
import { timeout } from "../command.ts";
import type { Call, Command } from "../command.ts";
import { headersOf, newId, requestHeaders, typeIn } from "../event.ts";
import type { Outgoing } from "../event.ts";
import { EXIT, Failure, usage } from "../failure.ts";
import { post, shownUrl, urlOf } from "../http.ts";
import type { Target } from "../http.ts";
import { readInput } from "../input.ts";
import { count, printable } from "../printable.ts";
import { sample } from "../samples.ts";
import { SCHEME, detailsOf, schemeOf } from "../scheme.ts";
import { SECRET_OPTIONS, secretsFor } from "../secrets.ts";
import { ACCEPTANCE, REFUSAL, report } from "../send/report.ts";
import type { Outcome } from "../send/report.ts";
import { nearest } from "../suggest.ts";

export const SEND: Command = {
  name: "send",
  summary: "Signs an event as its provider does, posts it, and prints the answer.",
  words: [
    SCHEME,
    {
      name: "type",
      optional: true,
      summary: "the event's type; `countersign schemes <scheme>` lists them",
    },
  ],
  options: [
    { name: "to", value: "URL", summary: "where to post it" },
    { name: "body", value: "FILE", summary: "send this instead of a sample; - is standard input" },
    { name: "id", value: "ID", summary: "the event's id (default: a new one)" },
    {
      name: "repeat",
      value: "N",
      summary: "send it N times, signed anew each time, as a provider's retries are",
    },
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
    const target = targetOf(call, detailsOf(scheme).acknowledgeSeconds);
    const times = values.integer("repeat", [1, 100_000]) ?? 1;
    const [isForged, isStale] = [values.flag("forge"), values.flag("stale")];
    checkType(call, scheme);
    const keys = isForged ? [{ secret: randomBytes(32) }] : await secretsFor(call, scheme);
    const event = await eventOf(call, scheme);
    const signed = (): Record<string, string> => {
      const timestamp = new Date(Date.now() - (isStale ? STALE_MS : 0));
      return headersOf(scheme, keys, { ...event, timestamp }, values.flag("allow-weak-secret"));
    };
    const oddities = [isForged && "with a wrong signature", isStale && "an hour old"];
    io.people(introduction(event, target.url, oddities));
    const wanted = isForged || isStale ? REFUSAL : ACCEPTANCE;
    let exit: number = EXIT.fine;
    for (let attempt = 1; attempt <= times; attempt++) {
      signal.throwIfAborted();
      const outcome = await send(target, signed(), event.body);
      exit = Math.max(exit, report(io, outcome, wanted, { ...event, attempt, times }));
    }
    return exit;
  },
};

/** Far outside of every provider's tolerance. */
const STALE_MS = 3_600_000;

type Event = Omit<Outgoing, "timestamp">;

function targetOf({ values, io, signal }: Call, seconds: number): Target {
  const to = values.text("to");
  if (to === undefined) {
    throw usage("send needs --to URL, such as --to http://localhost:3000/hooks");
  }
  return { url: urlOf("to", to), io, signal, millis: values.millis("timeout") ?? seconds * 1000 };
}

/** Before anybody is asked for a secret: whether there will be something to send. */
function checkType({ values, words: [, type] }: Call, scheme: SchemeName): void {
  if (values.text("body") !== undefined) return;
  if (type === undefined) throw usage("send needs the event's <type>, or --body FILE");
  const { eventTypes } = detailsOf(scheme);
  if (eventTypes.length === 0 || eventTypes.includes(type)) return;
  const near = nearest(type, eventTypes);
  throw usage(
    near === undefined
      ? `there is no sample of this type; \`countersign schemes ${scheme}\` lists those that ` +
          "there are, and --body FILE sends your own"
      : `there is no sample of ${type}; did you mean ${near}?`,
  );
}

/** What is sent: the file's content, or a sample. */
async function eventOf(call: Call, scheme: SchemeName): Promise<Event> {
  const { values, words } = call;
  const id = values.text("id") ?? newId(scheme);
  const file = values.text("body");
  if (file !== undefined) {
    const body = await readInput(call, "body", file, "the body");
    return { body, id, type: words[1] ?? typeIn(body) };
  }
  const type = words[1] ?? "";
  const text = sample(scheme, { id, type, at: new Date() });
  return { body: new TextEncoder().encode(text), id, type };
}

function introduction(
  { body, id, type }: Event,
  url: URL,
  oddities: readonly (string | false)[],
): string {
  const what = [type, id, count(body.length, "byte"), ...oddities].filter((part) => !!part);
  return `POST ${printable(shownUrl(url))}\n  ${printable(what.join(", "))}`;
}

async function send(
  target: Target,
  headers: Record<string, string>,
  body: Uint8Array,
): Promise<Outcome> {
  try {
    return await post(target, requestHeaders(headers, body), body);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

// What came of a request, for people and for machines.

import type { Verifier } from "countersign";
import { explain } from "countersign/explain";
import type { Hint } from "countersign/explain";
import { jsonOf } from "../event.ts";
import { folded } from "../fold.ts";
import type { Io } from "../io.ts";
import { count, printable, printableLines, textOf } from "../printable.ts";
import type { Outcome } from "./judge.ts";

export function show(io: Io, outcome: Outcome, verifier: Verifier | undefined, at: Date): void {
  const hints = hintsOf(outcome, verifier);
  io.result(forMachines(outcome, hints, at), () => forPeople(io, outcome, hints, at));
}

/** With larger ones it takes so long that other requests would wait. */
const MAX_EXPLAINED_BYTES = 262_144;

/** Why it is not genuine. */
function hintsOf(
  { error, body, arrival }: Outcome,
  verifier: Verifier | undefined,
): readonly Hint[] {
  if (error === undefined || body === undefined || verifier === undefined) return [];
  if (body.length > MAX_EXPLAINED_BYTES) return [];
  return explain(verifier, body, arrival.headers).hints;
}

function forMachines(outcome: Outcome, hints: readonly Hint[], at: Date): object {
  const { arrival, reply, scheme, body, error, event, id, decision, forwarded } = outcome;
  const { method, path } = arrival;
  const { type, typeSigned, timestamp, keyId, dedupeKey } = event ?? {};
  const facts = {
    id,
    type,
    typeSigned,
    timestamp,
    keyId,
    dedupeKey,
    decision: decision?.kind,
    forwarded,
  };
  return {
    ...{
      event: "request",
      at,
      ok: event !== undefined,
      method,
      path,
      scheme,
      status: reply.status,
    },
    ...(error && { code: error.code, message: error.message, header: error.header, hints }),
    ...facts,
    ...(body && bodyForMachines(body)),
  };
}

/** What is nested deeper is given as text: writing it as JSON would overflow the stack. */
const MAX_DEPTH = 500;

const isDeep = (value: unknown, left: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (left === 0 || Object.values(value).some((inner) => isDeep(inner, left - 1)));

function bodyForMachines(body: Uint8Array): object {
  const json = jsonOf(body);
  if (json !== undefined && !isDeep(json.value, MAX_DEPTH)) return { body: json.value };
  const text = textOf(body);
  return text === undefined ? { bodyBase64: Buffer.from(body).toString("base64") } : { body: text };
}

function forPeople(io: Io, outcome: Outcome, hints: readonly Hint[], at: Date): string {
  const { paint } = io;
  const { arrival, reply, body, decision } = outcome;
  const mark = reply.status < 300 ? paint.good : paint.bad;
  const what = `${printable(arrival.method)} ${printable(arrival.path)}`;
  const lines = [
    `${paint.dim(at.toTimeString().slice(0, 8))}  ${what}  ${mark(String(reply.status))}  ${verdict(io, outcome)}`,
    ...hints.map(({ id, message }) => `  ${paint.hint(id)}: ${printable(message)}`),
    ...remarks(outcome),
    // Of a copy the body was printed before.
    ...(body && decision?.kind !== "duplicate" ? content(body) : []),
  ];
  return lines.join("\n");
}

function verdict({ paint }: Io, { event, error, id, reply, body }: Outcome): string {
  if (event !== undefined) {
    const facts = [event.type ?? "no type", event.id ?? id ?? "", count(body?.length ?? 0, "byte")];
    return `${paint.good("genuine:")} ${facts.join(", ")}`;
  }
  if (error !== undefined)
    return `${paint.bad("not genuine:")} ${error.code}: ${printable(error.message)}`;
  const { body: answer } = reply;
  return typeof answer === "object" && "error" in answer ? String(answer.error) : "";
}

function remarks({ decision, forwarded, event }: Outcome): string[] {
  const answer =
    forwarded?.error?.message ?? `${forwarded?.status} after ${forwarded?.milliseconds} ms`;
  return [
    ...(decision && DECISIONS[decision.kind] ? [DECISIONS[decision.kind]] : []),
    ...(event?.typeConflict ? ["the header names another type than the body"] : []),
    ...(forwarded ? [`forwarded: ${printable(answer)}`] : []),
  ].map((remark) => `  ${remark}`);
}

const DECISIONS = {
  conflict: "another body came with this id before",
  duplicate: "a copy of an event that came before",
  fresh: "",
  in_flight: "a copy of an event that is being forwarded right now",
  replay: "a copy so long after the event that it counts as a replay",
} as const;

const MAX_LINES = 40;

function content(body: Uint8Array): string[] {
  if (body.length === 0) return ["  (no body)"];
  const json = jsonOf(body);
  const text = json === undefined ? textOf(body) : folded(json.value);
  if (text === undefined) return [`  (${count(body.length, "byte")}, not UTF-8)`];
  const lines = printableLines(text)
    .split("\n")
    .map((line) => `  ${line.slice(0, 400)}`);
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `  … ${more} more lines`] : lines;
}

// What came of sending an event, and whether it is what was wanted.

import { EXIT, Failure } from "../failure.ts";
import type { Answer } from "../http.ts";
import type { Io } from "../io.ts";
import { count, printable, printableLines, textOf } from "../printable.ts";

/** An answer, or why there is none. */
export type Outcome = Answer | Failure;

/** Which answers are fine, and what is said of the others. */
export interface Wanted {
  readonly isMet: (status: number) => boolean;
  readonly otherwise: (status: number) => string;
}

const isAccepted = (status: number): boolean => status >= 200 && status <= 299;

/** For an event that is genuine. */
export const ACCEPTANCE: Wanted = {
  isMet: isAccepted,
  otherwise: () => "the event was not accepted",
};

/** 4xx that say nothing of the signature. */
const OTHER_REASONS = [404, 405, 408, 413, 415, 429];

/** For one that is forged or stale. */
export const REFUSAL: Wanted = {
  isMet: (status) => status >= 400 && status <= 499 && !OTHER_REASONS.includes(status),
  otherwise: (status) =>
    isAccepted(status)
      ? "the receiver took it for genuine: it does not verify what it should"
      : "this does not say that the signature or the timestamp was refused",
};

/** Which event was sent, and for which time. */
export interface Attempt {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly attempt: number;
  readonly times: number;
}

/** Prints what came of one attempt. Returns the exit code. */
export function report(io: Io, outcome: Outcome, wanted: Wanted, sent: Attempt): number {
  const { id, type, attempt, times } = sent;
  const counter = times === 1 ? "" : `${attempt}/${times}  `;
  if (outcome instanceof Failure) {
    const { code, message, exit } = outcome;
    io.result(
      { ok: false, attempt, id, type, error: { code, message } },
      () => `${counter}${io.paint.bad("no answer:")} ${message}`,
    );
    return exit;
  }
  const ok = wanted.isMet(outcome.status);
  io.result(
    { ok, attempt, id, type, ...forMachines(outcome) },
    () => counter + forPeople(io, outcome, ok ? undefined : wanted.otherwise(outcome.status)),
  );
  return ok ? EXIT.fine : EXIT.negative;
}

function forMachines({ status, headers, body, isCut, millis }: Answer): object {
  const text = textOf(body);
  const content =
    text === undefined ? { bodyBase64: Buffer.from(body).toString("base64") } : { body: text };
  return {
    ...{ status, headers: Object.fromEntries(headers), ...content },
    ...{ isCut, milliseconds: millis },
  };
}

/** Of the answer's headers only these: countersign's own, and what matters to a sender. */
const SHOWN_HEADER = /^(countersign-.*|content-type|location|retry-after)$/i;

function forPeople({ paint }: Io, answer: Answer, problem: string | undefined): string {
  const { status, statusText, headers, body, isCut, millis } = answer;
  const mark = problem === undefined ? paint.good : paint.bad;
  const text = textOf(body);
  const content = text === undefined ? count(body.length, "byte") : printableLines(text).trimEnd();
  const shown = headers.filter(([name]) => SHOWN_HEADER.test(name));
  return [
    `${mark(`${status} ${printable(statusText)}`.trimEnd())}  ${millis} ms`,
    ...(problem === undefined ? [] : [`  ${problem}`]),
    ...shown.map((pair) => paint.dim(`  ${printable(pair.join(": "))}`)),
    ...(content === "" ? [] : content.split("\n").map((line) => `  ${line}`)),
    ...(isCut ? [paint.dim("  … and more")] : []),
  ].join("\n");
}

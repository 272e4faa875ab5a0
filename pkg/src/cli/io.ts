// Where a command prints: text for people or JSON for machines, and remarks beside it.

import { jsonLine } from "./printable.ts";

/** Something to print on. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Colours, or nothing where they would be in the way. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly hint: (text: string) => string;
}

/** The two outputs of a command. */
export class Io {
  readonly json: boolean;
  /** For standard output. */
  readonly paint: Paint;
  readonly #out: Sink;
  readonly #err: Sink;
  readonly #paintErr: Paint;

  constructor(out: Sink, err: Sink, json: boolean, environment: NodeJS.ProcessEnv) {
    this.json = json;
    this.#out = out;
    this.#err = err;
    this.paint = paintFor(out, environment);
    this.#paintErr = paintFor(err, environment);
  }

  /** Text for people, or an object for machines. */
  result(machines: object, people: () => string): void {
    this.#out.write(`${this.json ? jsonLine(machines) : people()}\n`);
  }

  /** The same, with nothing for machines. */
  people(text: string): void {
    if (!this.json) this.#out.write(`${text}\n`);
  }

  /** Text that is the result in both cases. */
  plain(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** A remark beside the result, on standard error. */
  note(text: string): void {
    this.#err.write(`${this.#paintErr.dim(text)}\n`);
  }

  warn(text: string): void {
    this.#err.write(`${this.#paintErr.hint("warning:")} ${text}\n`);
  }

  /** Why the command has failed. */
  failed(code: string, message: string): void {
    this.#err.write(`${this.#paintErr.bad("error:")} ${message}\n`);
    if (this.json) this.#out.write(`${jsonLine({ ok: false, error: { code, message } })}\n`);
  }
}

/** Colours only for a person who looks: see https://no-color.org */
function paintFor(sink: Sink, { NO_COLOR, TERM }: NodeJS.ProcessEnv): Paint {
  const isColoured = sink.isTTY === true && !NO_COLOR && TERM !== "dumb";
  const in_ = (code: number) => (text: string) =>
    isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: in_(1), dim: in_(2), good: in_(32), bad: in_(31), hint: in_(33) };
}

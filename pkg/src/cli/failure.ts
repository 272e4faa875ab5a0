// What ends a command, and with which exit code.

/** The exit codes. Scripts go by them. */
export const EXIT = {
  fine: 0,
  negative: 1,
  usage: 2,
  unreachable: 3,
  fault: 70,
  interrupted: 130,
} as const;

/** The exit codes in words, for the help. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.fine, "everything is as it should be"],
  [EXIT.negative, "the verdict is negative: not genuine, not the answer wanted, or not fit to be deployed"],
  [EXIT.usage, "a mistake in the arguments, the input or the secret"],
  [EXIT.unreachable, "nobody answers: no connection, or not in time"],
  [EXIT.fault, "a fault in countersign itself"],
  [EXIT.interrupted, "interrupted"],
];

export type FailureKind = "usage" | "input" | "unreachable";

/** What our advice is called on the command line. */
const spelledOut = (message: string): string =>
  message.replace("set allowWeakSecret", "pass --allow-weak-secret");

/** A command can't do what it was asked to. The message says why, and what to do. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly kind: FailureKind;
  /** A stable name for machines, if there is more to say than the kind. */
  readonly code: string;

  constructor(kind: FailureKind, message: string, code: string = kind) {
    super(spelledOut(message));
    this.kind = kind;
    this.code = code;
  }

  get exit(): number {
    return this.kind === "unreachable" ? EXIT.unreachable : EXIT.usage;
  }
}

export const usage = (message: string): Failure => new Failure("usage", message);
export const input = (message: string): Failure => new Failure("input", message);
export const unreachable = (message: string, code: string): Failure =>
  new Failure("unreachable", message, code);

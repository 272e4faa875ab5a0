// From the words that were typed to an exit code.

import { ConfigError } from "countersign";
import { readFileSync } from "node:fs";
import { interpret, wantsJson } from "./args.ts";
import type { Group } from "./command.ts";
import { EXIT, Failure } from "./failure.ts";
import { describe, help } from "./help.ts";
import { Io } from "./io.ts";
import { Interrupted } from "./interrupted.ts";

/** Runs a command, and ends the process. */
export async function main(argv: readonly string[], root: Group): Promise<never> {
  const io = new Io(process.stdout, process.stderr, wantsJson(argv), process.env);
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error: unknown) => void leave(failed(io, error)));
  }
  const exit = await run(argv, root, io, endings()).catch((error: unknown) => failed(io, error));
  return leave(exit);
}

async function run(
  argv: readonly string[],
  root: Group,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const request = interpret(argv, root);
  if (request.what === "run") return request.command.run({ ...request, io, signal });
  if (request.what === "help") {
    io.result(describe(request.entry, request.path), () => help(request.entry, request.path));
    return request.wasAsked ? EXIT.fine : EXIT.usage;
  }
  io.result({ version: version() }, version);
  return EXIT.fine;
}

/**
 * Fires at Ctrl-C, and when nobody reads what is printed. The second Ctrl-C ends everything at
 * once.
 */
function endings(): AbortSignal {
  const stop = new AbortController();
  const end = (): void => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort(new Interrupted());
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => stop.abort(new Interrupted()));
  }
  return stop.signal;
}

/** Tells why it failed. Returns the exit code. */
function failed(io: Io, thrown: unknown): number {
  const error =
    thrown instanceof ConfigError ? new Failure("input", thrown.message, thrown.code) : thrown;
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof Failure) {
    io.failed(error.code, error.message);
    return error.exit;
  }
  io.failed("fault", faultIn(error));
  return EXIT.fault;
}

/** Where it happened, and what sort of error; not its message, which may hold anything. */
function faultIn(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = stack.split("\n").filter((line) => /^ {4}at /.test(line));
  const name = error instanceof Error ? error.constructor.name : typeof error;
  return (
    `countersign ${version()} on Node.js ${process.versions.node} has a fault (${name}); ` +
    `please report it: https://github.com/countersign/countersign/issues\n${frames.join("\n")}`
  );
}

/** Ends the process when everything is printed. */
async function leave(exit: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => {
      stream.write("", () => resolve());
    });
  }
  process.exit(exit);
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

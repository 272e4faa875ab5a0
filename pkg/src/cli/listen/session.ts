// A listener on this machine, from its start to its end.

import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "../failure.ts";
import { codeOf } from "../input.ts";
import type { Judge, Outcome } from "./judge.ts";
import { HEALTHY } from "./reply.ts";
import type { Reply } from "./reply.ts";

/** Why it has ended. */
export type Ending = "enough" | "interrupted" | "timeout";

export class Session {
  readonly tally = { genuine: 0, refused: 0 };
  readonly #judge: Judge;
  readonly #show: (outcome: Outcome) => void;
  readonly #wanted: number | undefined;
  #server: Server | undefined;
  readonly #ending: Promise<Ending>;
  #end: (ending: Ending) => void = () => {};
  #fail: (fault: unknown) => void = () => {};

  /** It ends after `wanted` requests. */
  constructor(judge: Judge, show: (outcome: Outcome) => void, wanted: number | undefined) {
    this.#judge = judge;
    this.#show = show;
    this.#wanted = wanted;
    this.#ending = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
  }

  /** Begins to listen. Returns the URL without a path. */
  async start(port: number, host: string): Promise<string> {
    // Not at the top: it takes as long as Node.js takes to start, and most commands don't need it.
    const { createServer } = await import("node:http");
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => this.#fail(error));
    });
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.on("error", (error) => reject(notListening(error, port)));
      server.listen(port, host, () => {
        const { port } = server.address() as AddressInfo;
        resolve(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
      });
    });
  }

  /** Until there is a reason to end. */
  async end(signal: AbortSignal, millis: number | undefined): Promise<Ending> {
    const interrupt = (): void => this.#end("interrupted");
    signal.addEventListener("abort", interrupt);
    if (signal.aborted) interrupt();
    const timer = millis && setTimeout(() => this.#end("timeout"), millis);
    try {
      return await this.#ending;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
      this.#server?.close();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const outcome = await this.#judge.judge(request);
    await answer(response, outcome.reply);
    if (outcome.reply === HEALTHY) return;
    this.tally[outcome.event ? "genuine" : "refused"] += 1;
    this.#show(outcome);
    if (this.tally.genuine + this.tally.refused === this.#wanted) this.#end("enough");
  }
}

/** Sends the answer, and waits until it is gone, or the sender is. */
function answer(response: ServerResponse, { status, body, headers }: Reply): Promise<void> {
  const isText = typeof body === "string";
  response.writeHead(status, {
    "content-type": isText ? "text/plain" : "application/json",
    "countersign-request-id": randomUUID(),
    ...headers,
    // The rest of a body that is too large is not waited for.
    ...(status === 408 || status === 413 ? { connection: "close" } : {}),
  });
  return new Promise((resolve) => {
    response.on("close", resolve);
    response.end(isText ? body : JSON.stringify(body));
  });
}

function notListening(error: Error, port: number): Failure {
  const code = codeOf(error);
  const reasons: Readonly<Record<string, string>> = {
    EACCES: `port ${port} is reserved; take one from 1024 on: --port N`,
    EADDRINUSE: `port ${port} is in use; take another one: --port N, or --port 0 for any`,
    EADDRNOTAVAIL: "--host is no address of this machine",
    ENOTFOUND: "--host is no address of this machine",
  };
  return new Failure("usage", reasons[code] ?? `can't listen (${code})`, code);
}

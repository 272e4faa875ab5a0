// Node's `IncomingMessage` as a request that `Verifier.verifyRequest` takes.

import { ConfigError } from "countersign";
import type { HeadersLike, ReaderLike, RequestLike } from "countersign";

/** What a readable stream of Node has, as far as a body is read from it. */
export interface NodeStream {
  readonly destroyed?: boolean;
  readonly readableDidRead?: boolean;
  readonly readableEnded?: boolean;
  readonly readableEncoding?: string | null;
  on(event: string, listener: (...values: any[]) => void): unknown;
  off(event: string, listener: (...values: any[]) => void): unknown;
  resume(): unknown;
}

/**
 * What Node's `IncomingMessage` has, and so the requests of Express, Koa and Next.js's `pages/api`.
 */
export interface NodeRequest extends NodeStream {
  readonly method?: string | undefined;
  readonly httpVersionMajor?: number;
  readonly complete?: boolean;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders?: readonly string[];
}

/** Where the body of a request may be. */
export interface BodySource {
  /** What it is read from. */
  readonly stream: NodeStream;
  /** What may have the bytes already, in `rawBody` or `body`. */
  readonly kept: object;
  /** What to do if somebody has read the body and kept no bytes. */
  readonly advice: string;
}

/**
 * The request, with a body that is read as it comes. Bytes that somebody has read and kept are taken
 * as they are: `express.raw()`, Nest's `rawBody: true` and cloud functions keep them.
 *
 * @throws ConfigError `body_consumed`
 */
export function requestOf(message: NodeRequest, { stream, kept, advice }: BodySource): RequestLike {
  const bytes = bytesOf(kept);
  const isConsumed = stream.readableDidRead === true || typeof stream.readableEncoding === "string";
  if (bytes === undefined && isConsumed) {
    throw new ConfigError("body_consumed", `the body was read before: ${advice}`);
  }
  const getReader = (): ReaderLike => (bytes === undefined ? readerOf(stream) : once(bytes));
  return { headers: headersOf(message), bodyUsed: false, body: { getReader } };
}

/**
 * All values, as they came: of a header that is doubled, `message.headers` may have only the first.
 */
function headersOf(message: NodeRequest): HeadersLike {
  const raw = message.rawHeaders?.length ? message.rawHeaders : flat(message.headers);
  return {
    get(name) {
      const wanted = name.toLowerCase();
      const isWanted = (_: string, at: number): boolean =>
        at % 2 === 1 && raw[at - 1]?.toLowerCase() === wanted;
      const values = raw.filter(isWanted);
      return values.length === 0 ? null : values.join(", ");
    },
  };
}

/** Names and values in turn. Requests that were not received by Node have no others. */
function flat(headers: NodeRequest["headers"]): string[] {
  return Object.entries(headers).flatMap(([name, given]) =>
    (Array.isArray(given) ? given : [given])
      .filter((value) => value !== undefined)
      .flatMap((value) => [name, String(value)]),
  );
}

function bytesOf(kept: {
  readonly rawBody?: unknown;
  readonly body?: unknown;
}): Uint8Array | undefined {
  return [kept.rawBody, kept.body].find(isBytes);
}

/** Not `instanceof`: a test runner has a realm of its own. */
function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** A reader of a body that is there already. */
function once(bytes: Uint8Array): ReaderLike {
  const parts = [bytes];
  return {
    read: async () => {
      const value = parts.pop();
      return { done: value === undefined, value };
    },
    cancel: async () => {},
  };
}

/**
 * Reads one chunk after the other, for somebody who asks for the next one at once. Node's own
 * conversion to a web stream closes the connection with `cancel`, and then nobody could be answered.
 */
function readerOf(stream: NodeStream): ReaderLike {
  const chunks: Uint8Array[] = [];
  let hasEnded = stream.readableEnded === true;
  let isOver = hasEnded || stream.destroyed === true;
  let failure: unknown;
  let wake = (): void => {};
  const onData = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    wake();
  };
  const onOver = (): void => {
    isOver = true;
    wake();
  };
  stream.on("data", onData);
  stream.on("end", () => {
    hasEnded = true;
    onOver();
  });
  stream.on("close", onOver);
  // Stays: without a listener, an error ends the process.
  stream.on("error", (error) => {
    failure = error;
    onOver();
  });
  stream.resume();
  return {
    async read() {
      if (chunks.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve));
      const value = chunks.shift();
      if (value !== undefined || hasEnded) return { done: value === undefined, value };
      throw failure ?? new Error("the connection was closed");
    },
    // What still comes is thrown away.
    cancel: async () => void stream.off("data", onData),
  };
}

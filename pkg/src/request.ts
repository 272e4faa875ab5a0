// Reading a request's body, up to a size and a moment.

import { isBytes, lengthOf } from "./body.ts";
import type { Bytes } from "./body.ts";
import { ConfigError, VerificationError } from "./errors.ts";
import type { HeadersInput } from "./headers.ts";

/** What every runtime's `Request` has. */
export interface RequestLike {
  readonly headers: HeadersInput;
  readonly bodyUsed: boolean;
  /** A `ReadableStream` of bytes; `null` for no body. */
  readonly body: StreamLike | null;
}

/** What every runtime's `ReadableStream` has. */
export interface StreamLike {
  getReader(): ReaderLike;
}

/** What every runtime's `ReadableStreamDefaultReader` has. */
export interface ReaderLike {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** How much of a request is read, and for how long. */
export interface RequestOptions {
  /** A longer body is refused, and not read to its end. In bytes; the default is 1 MiB. */
  readonly maxBytes?: number | undefined;
  /** A body that takes longer is refused. In milliseconds; the default is 10,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The body of a request.
 *
 * @throws VerificationError `body_too_large`, `body_timeout`, `body_unreadable`
 */
export async function readRequest(request: RequestLike, options: RequestOptions): Promise<Bytes> {
  const maxBytes = limit("maxBytes", options.maxBytes ?? 1_048_576);
  const timeoutMs = limit("timeoutMs", options.timeoutMs ?? 10_000);
  if (request.bodyUsed) {
    throw unreadable("was read before: verify first, or verify what was read");
  }
  if (request.body === null) return new Uint8Array();
  if (announced(request.headers) > maxBytes) throw tooLarge(maxBytes);
  const reader = getReader(request.body);
  const end = Date.now() + timeoutMs;
  const late = (): VerificationError =>
    new VerificationError("body_timeout", `the body did not end within ${timeoutMs} ms`);
  let timer: unknown;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  // A stream that always has something ready keeps timers from running.
  const check = (): void => {
    if (Date.now() > end) throw late();
  };
  try {
    return await Promise.race([readAll(reader, maxBytes, check), deadline]);
  } catch (error) {
    // The sender need not send the rest.
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The length that the headers announce; 0 if they don't. */
function announced(headers: HeadersInput): number {
  const length =
    "get" in headers && typeof headers.get === "function" && headers.get("content-length");
  return Number(/^\d{1,15}$/.exec(length || "") ?? 0);
}

function getReader(body: StreamLike): ReaderLike {
  if (typeof body?.getReader !== "function") {
    throw unreadable("is no stream, as of a Request: pass the raw bytes to verify");
  }
  try {
    return body.getReader();
  } catch (cause) {
    throw unreadable("is being read by somebody else", cause);
  }
}

/** Everything, in one buffer of our own: small pieces must not cost more than large ones. */
async function readAll(reader: ReaderLike, maxBytes: number, check: () => void): Promise<Bytes> {
  let bytes = new Uint8Array(Math.min(maxBytes, 4096));
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw unreadable("broke off", cause);
    });
    if (done) return bytes.slice(0, length);
    if (!isBytes(value)) throw unreadable("is a stream of something else than bytes");
    check();
    const end = length + lengthOf(value as Bytes);
    if (end > maxBytes) throw tooLarge(maxBytes);
    if (end > bytes.length) {
      const larger = new Uint8Array(Math.min(maxBytes, Math.max(end, 2 * bytes.length)));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(value, length);
    length = end;
  }
}

function limit(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= 2_147_483_647) return value;
  throw new ConfigError("invalid_limit", `${name} must be a whole number from 1 to 2147483647`);
}

function tooLarge(maxBytes: number): VerificationError {
  return new VerificationError("body_too_large", `the body has more than ${maxBytes} bytes`);
}

function unreadable(what: string, cause?: unknown): VerificationError {
  const error = new VerificationError("body_unreadable", `the body ${what}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}

declare function setTimeout(callback: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

// Answers through Node's `ServerResponse`.

import type { NodeRequest, NodeStream } from "./message.ts";
import { answerTo } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** What Node's `ServerResponse` has, and so the responses of Express and Next.js's `pages/api`. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded?: boolean;
  readonly destroyed?: boolean;
  setHeader(name: string, value: string): unknown;
  write(chunk: string): unknown;
  end(): unknown;
  destroy(): unknown;
}

/**
 * How long, and how much, of a body that nobody wants is thrown away before the connection is
 * closed.
 */
const LINGER_MS = 2000;
const LINGER_BYTES = 67_108_864;

/** What the handler left to be said: nothing, if it has answered or says that it is going to. */
export function acknowledge(response: NodeResponse, result: unknown): void {
  if (result === response || response.headersSent || response.writableEnded === true) return;
  // Another status is the handler's own.
  if (response.statusCode === 200) response.statusCode = 204;
  response.end();
}

/**
 * Refuses a request, of which the body may still be under way.
 *
 * Says everything at once, but ends only when the sender has had time to hear it: a connection that
 * is closed on unread bytes is reset, and a reset can overtake the answer.
 */
export async function refuse(
  message: NodeRequest,
  response: NodeResponse,
  refusal: Refusal,
): Promise<void> {
  if (response.headersSent || response.destroyed === true) return;
  const { status, headers, body } = answerOn(message, refusal);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.write(body);
  if (isSharing(message)) {
    response.end();
    return cutOff(message, response);
  }
  await discard(message);
  response.end();
}

/** The same whatever has been read, so that all refusals look the same. */
export function answerOn(message: NodeRequest, refusal: Refusal): ReturnType<typeof answerTo> {
  const { status, headers, body } = answerTo(refusal);
  const close = isSharing(message) ? {} : { connection: "close" };
  return { status, headers: { ...headers, "content-length": String(body.length), ...close }, body };
}

/** Whoever goes on after an answer over HTTP/2 gets his stream reset: its end does not end it. */
export async function cutOff(
  stream: NodeStream,
  response: Pick<NodeResponse, "destroy">,
): Promise<void> {
  await discard(stream);
  if (stream.readableEnded !== true) response.destroy();
}

/** HTTP/2 ends a request without the connection that it has in common with others. */
export function isSharing(message: NodeRequest): boolean {
  return (message.httpVersionMajor ?? 1) > 1;
}

/** Throws away what still comes, up to a moment and a size. */
export function discard(stream: NodeStream): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, LINGER_MS);
    let left = LINGER_BYTES;
    stream.on("data", (chunk: Uint8Array) => {
      left -= chunk.length;
      if (left < 0) finish();
    });
    for (const name of ["end", "error", "close"]) stream.on(name, finish);
    stream.resume();
    if (stream.readableEnded === true || stream.destroyed === true) finish();
  });
}

declare function setTimeout(callback: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

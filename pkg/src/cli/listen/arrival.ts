// A request that has come, before anybody judges it.

import type { IncomingMessage } from "node:http";
import { valueOf } from "../capture.ts";
import type { Pairs } from "../capture.ts";
import { pairsOf } from "../http.ts";

/** What the gateway takes by default: 1 MiB, within 10 s. */
const MAX_BODY_BYTES = 1_048_576;
const BODY_MS = 10_000;

export interface Arrival {
  readonly method: string;
  /** As it was sent; without what follows `?`. */
  readonly path: string;
  readonly headers: Pairs;
}

/** Why there is no body. */
export type Unreadable = "body_timeout" | "body_too_large" | "body_unreadable";

export function arrivalOf(request: IncomingMessage): Arrival {
  const { method = "", url = "", rawHeaders } = request;
  return { method, path: url.split("?")[0] ?? "", headers: pairsOf(rawHeaders) };
}

export const isEncoded = ({ headers }: Arrival): boolean => {
  const encoding = valueOf(headers, "content-encoding");
  return encoding !== undefined && encoding.trim().toLowerCase() !== "identity";
};

/** Whether it is known to be too long before it is read. */
export const isTooLong = ({ headers }: Arrival): boolean =>
  Number(valueOf(headers, "content-length") ?? 0) > MAX_BODY_BYTES;

/** The body; or why it can't be had. */
export async function bodyOf(request: IncomingMessage): Promise<Uint8Array | Unreadable> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"body_timeout">((resolve) => {
    timer = setTimeout(() => resolve("body_timeout"), BODY_MS);
  });
  try {
    return await Promise.race([readAll(request), late]);
  } catch {
    return "body_unreadable";
  } finally {
    clearTimeout(timer);
  }
}

function readAll(request: IncomingMessage): Promise<Uint8Array | "body_too_large"> {
  const pieces: Buffer[] = [];
  let length = 0;
  // Not `for await`: leaving it destroys the request, and with it the connection for the answer.
  return new Promise((resolve, reject) => {
    request.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length > MAX_BODY_BYTES) resolve("body_too_large");
      else pieces.push(piece);
    });
    request.on("end", () => resolve(Buffer.concat(pieces)));
    request.on("error", reject);
    request.on("close", () => reject(new Error("the sender has hung up")));
  });
}

// A body in any shape, as bytes.

import { VerificationError } from "./errors.ts";
import { encoder } from "./text.ts";

/**
 * A raw body: the bytes as they came, or the text that they are in UTF-8. Bytes are better: text may
 * have lost what was no UTF-8.
 */
export type BodyInput = string | ArrayBufferLike | ArrayBufferView;

/** Bytes that no other thread can change. Older TypeScript knows only one `Uint8Array`. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/**
 * The bytes of a body. They are those that were passed in, not a copy; but what other threads can
 * change, or what can be resized, is copied, so that it stays what was verified.
 *
 * @throws VerificationError `body_not_raw`
 */
export function readBody(body: unknown): Bytes {
  const bytes = typeof body === "string" ? encode(body) : view(body);
  if (bytes === undefined) throw new VerificationError("body_not_raw", notRaw(body));
  return bytes;
}

function encode(text: string): Bytes | undefined {
  return LONE_SURROGATE.test(text) ? undefined : encoder().encode(text);
}

function view(body: unknown): Bytes | undefined {
  try {
    if (!ArrayBuffer.isView(body)) return ofBuffer(new DataView(body as ArrayBuffer).buffer);
    // Throws for a buffer that is detached, or shorter by now than the view.
    if (tag(body) !== "[object DataView]") Uint8Array.prototype.at.call(body, 0);
    const { buffer, byteOffset, byteLength } = body;
    // Always a view of our own: a class derived from Uint8Array may have methods of its own.
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    return isFixed(buffer) ? (bytes as Bytes) : new Uint8Array(bytes);
  } catch {
    return undefined;
  }
}

/** Whether it is a `Uint8Array`, of whichever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return tag(value) === "[object Uint8Array]";
}

function ofBuffer(buffer: ArrayBufferLike): Bytes {
  const bytes = new Uint8Array(buffer);
  return isFixed(buffer) ? (bytes as Bytes) : new Uint8Array(bytes);
}

/** Whether nobody else can change a buffer, in content or in size. */
function isFixed(buffer: ArrayBufferLike & { readonly resizable?: boolean }): boolean {
  return tag(buffer) === "[object ArrayBuffer]" && buffer.resizable !== true;
}

function tag(value: unknown): string {
  return Object.prototype.toString.call(value);
}

/** What was passed instead, and what to pass. */
function notRaw(body: unknown): string {
  if (typeof body === "string") {
    return "the body is text with a lone surrogate, which has no bytes; pass the request's raw bytes";
  }
  if (ArrayBuffer.isView(body) || tag(body) === "[object ArrayBuffer]") {
    return "the body's buffer is detached or was made shorter; verify before that, or pass a copy";
  }
  const what =
    body === null || body === undefined
      ? `the body is ${body}`
      : `the body is ${Array.isArray(body) ? "an array" : `of type ${typeof body}`}, not raw bytes`;
  return `${what}. ${RAW}`;
}

/** What to do about a body that is not what was signed. */
export const RAW =
  'Verify the raw body: express.raw({ type: "*/*" }), parseAs: "buffer" in Fastify, ' +
  "bodyParser: false in Next.js, await request.arrayBuffer().";

const LONE_SURROGATE = /\p{Surrogate}/u;

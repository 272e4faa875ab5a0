// A body in any shape, as bytes.

import { VerificationError } from "./errors.ts";

/**
 * A raw body: the bytes as they came, or the text that they are in UTF-8. Bytes are better: text may
 * have lost what was no UTF-8.
 */
export type BodyInput = string | ArrayBufferLike | ArrayBufferView;

/** Bytes that no other thread can change. Older TypeScript knows only one `Uint8Array`. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/**
 * The bytes of a body. They are those that were passed in, not a copy; but what is shared with other
 * threads is copied, so that nobody can change it once it was verified.
 *
 * @throws VerificationError `body_not_raw`
 */
export function readBody(body: unknown): Bytes {
  const bytes = typeof body === "string" ? encode(body) : view(body);
  if (bytes === undefined) throw new VerificationError("body_not_raw", notRaw(body));
  return bytes;
}

function encode(text: string): Bytes | undefined {
  return LONE_SURROGATE.test(text) ? undefined : encoder.encode(text);
}

function view(body: unknown): Bytes | undefined {
  try {
    if (ArrayBuffer.isView(body)) {
      // Fails for a detached buffer, of which the view itself says only that it is empty.
      const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
      if (isShared(body.buffer)) return bytes.slice();
      return (body instanceof Uint8Array ? body : bytes) as Bytes;
    }
    if (isShared(body)) return new Uint8Array(body).slice();
    if (tag(body) === "[object ArrayBuffer]") return new Uint8Array(body as ArrayBuffer);
  } catch {
    // What only claims to be a buffer, and what is detached.
  }
  return undefined;
}

function isShared(value: unknown): value is SharedArrayBuffer {
  return tag(value) === "[object SharedArrayBuffer]";
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
    return "the body's buffer is detached: it was transferred elsewhere; verify before that, or pass a copy";
  }
  const what =
    body === null || body === undefined
      ? `the body is ${body}`
      : `the body is ${Array.isArray(body) ? "an array" : `of type ${typeof body}`}, not raw bytes`;
  return (
    `${what}; the signature is over the bytes as they came, so pass a Uint8Array, an ArrayBuffer or ` +
    "the text, taken before anything parsed it (express.raw(), await request.arrayBuffer(), …)"
  );
}

const encoder = /* @__PURE__ */ new TextEncoder();
const LONE_SURROGATE = /\p{Surrogate}/u;

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
 * It may be the very object that was passed in, whose properties may say anything: ask `lengthOf`.
 *
 * @throws VerificationError `body_not_raw`
 */
export function readBody(body: unknown): Bytes {
  if (isPlain(body)) return body;
  const bytes = typeof body === "string" ? encode(body) : view(body);
  if (bytes === undefined) throw new VerificationError("body_not_raw", notRaw(body));
  return bytes;
}

/** How many bytes there are, whatever the object's own properties say. */
export function lengthOf(bytes: Bytes): number {
  return slots().length.call(bytes) as number;
}

/** A view of bytes that `readBody` returned: empty, if they have been detached since. */
export function viewOf(bytes: Bytes): Bytes {
  const { buffer, byteOffset } = slots();
  try {
    const place = byteOffset.call(bytes) as number;
    return new Uint8Array(buffer.call(bytes) as ArrayBuffer, place, lengthOf(bytes));
  } catch {
    return new Uint8Array();
  }
}

/** Whether bytes that `readBody` returned have been detached since, so that there are none. */
export function isGone(bytes: Bytes): boolean {
  if (lengthOf(bytes) > 0) return false;
  try {
    new Uint8Array(slots().buffer.call(bytes) as ArrayBuffer);
    return false;
  } catch {
    return true;
  }
}

/** Whether it is a `Uint8Array`, of whichever realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return slots().tag.call(value) === "Uint8Array";
}

/** Whether these are bytes that can be read as they are. An empty array may have been detached. */
function isPlain(body: unknown): body is Bytes {
  const { tag, length, buffer } = slots();
  if (tag.call(body) !== "Uint8Array" || (length.call(body) as number) === 0) return false;
  return isFixed(buffer.call(body) as ArrayBufferLike);
}

/** Whether nobody else can change a buffer, in content or in size. */
function isFixed(buffer: ArrayBufferLike): boolean {
  try {
    return slots().resizable.call(buffer) === false;
  } catch {
    return false; // It is shared.
  }
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

function ofBuffer(buffer: ArrayBufferLike): Bytes {
  const bytes = new Uint8Array(buffer);
  return isFixed(buffer) ? (bytes as Bytes) : new Uint8Array(bytes);
}

type Getter = (this: unknown) => unknown;

/** What the language itself knows of bytes and buffers. */
interface Slots {
  readonly tag: Getter;
  readonly length: Getter;
  readonly byteOffset: Getter;
  readonly buffer: Getter;
  readonly resizable: Getter;
}

let found: Slots | undefined;

/** Its getters, taken from the prototypes: nothing that an object says of itself gets in between. */
function slots(): Slots {
  return (found ??= findSlots());
}

function findSlots(): Slots {
  const bytes = Object.getPrototypeOf(Uint8Array.prototype) as object;
  const getter = (of: object, name: string | symbol): Getter | undefined =>
    Object.getOwnPropertyDescriptor(of, name)?.get;
  const need = (name: string | symbol): Getter => getter(bytes, name) as Getter;
  return {
    tag: need(Symbol.toStringTag),
    length: need("length"),
    byteOffset: need("byteOffset"),
    buffer: need("buffer"),
    resizable: getter(ArrayBuffer.prototype, "resizable") ?? neverResizable,
  };
}

/** For engines that are older than resizable buffers. Throws like theirs for what is no buffer. */
function neverResizable(this: unknown): boolean {
  return new DataView(this as ArrayBuffer).buffer !== this || tag(this) !== "[object ArrayBuffer]";
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

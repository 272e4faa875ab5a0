// Every shape in which a body comes: the same verdict for all that are bytes, and for what is not a
// refusal that says what to do.

import { concat, utf8 } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { BODY, FORM_NAMES, outcome, sample, thrown, verifierFor } from "./samples.ts";
import type { Sample } from "./samples.ts";
import type { AnyError, AnyVerifier, Context } from "./subject.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Make = (body: Bytes) => unknown;

/** Runs every table for every scheme and digest path. */
export async function bodies(context: Context, checks: Checks): Promise<void> {
  // A multiple of eight bytes, so that views of every element size can hold it.
  const text = BODY.padEnd(BODY.length + ((16 - (utf8(BODY).length % 8)) % 8));
  for (const scheme of FORM_NAMES) {
    const genuine = await sample(context, scheme, { body: utf8(text) });
    for (const path of context.paths) {
      const verifier = verifierFor(context, scheme, { digest: path });
      const run = (): Promise<void> => eachShape(checks, genuine, verifier, `${scheme} (${path})`);
      await (path === "host" ? checks.where("host digests", true, run) : run());
    }
    await refusals(checks, genuine, verifierFor(context, scheme));
  }
  await texts(context, checks);
}

/** Bytes, however they are held. */
const RAW: Readonly<Record<string, Make>> = {
  "a string": (body) => new TextDecoder().decode(body),
  "a Uint8Array": (body) => body,
  "an ArrayBuffer": (body) => body.buffer.slice(0),
  "a subarray": (body) => within(body, 3),
  "a subarray at an odd offset of 64 KiB": (body) => within(body, 65_535),
  "a subarray of a subarray": (body) => within(body, 5).subarray(0, body.length).subarray(0),
  "a DataView": (body) => new DataView(body.slice().buffer),
  "a DataView at an offset": (body) => viewWithin(DataView, body, 1, 7),
  "an Int8Array": (body) => viewWithin(Int8Array, body, 1, 9),
  "a Uint8ClampedArray": (body) => viewWithin(Uint8ClampedArray, body, 1, 3),
  "a Uint16Array": (body) => viewWithin(Uint16Array, body, 2, 6),
  "an Int32Array": (body) => viewWithin(Int32Array, body, 4, 12),
  "a Float32Array": (body) => viewWithin(Float32Array, body, 4, 4),
  "a Float64Array": (body) => viewWithin(Float64Array, body, 8, 16),
  "a BigUint64Array": (body) => viewWithin(BigUint64Array, body, 8, 8),
  "a subclass": (body) => new Special(body),
  "a frozen view's twin": (body) => Object.preventExtensions(body.slice()),
};

/** The same, where a runtime may lack what it takes. */
const RARE: readonly (readonly [
  feature: string,
  present: () => boolean,
  what: string,
  make: Make,
])[] = [
  ["Buffer", hasBuffer, "a Buffer", (body) => buffers().from(body)],
  ["Buffer", hasBuffer, "a Buffer from the pool", (body) => pooled(body)],
  [
    "Buffer",
    hasBuffer,
    "a Buffer within another",
    (body) =>
      buffers()
        .concat([utf8("{}"), body, utf8("{}")])
        .subarray(2, 2 + body.length),
  ],
  ["SharedArrayBuffer", hasShared, "a SharedArrayBuffer", (body) => shared(body).buffer],
  ["SharedArrayBuffer", hasShared, "a view of a SharedArrayBuffer", (body) => shared(body)],
  [
    "SharedArrayBuffer",
    hasShared,
    "a DataView of a SharedArrayBuffer",
    (body) => new DataView(shared(body).buffer),
  ],
  ["resizable buffers", hasResizable, "a resizable ArrayBuffer", (body) => resizable(body).buffer],
  [
    "resizable buffers",
    hasResizable,
    "a resizable ArrayBuffer that grew",
    (body) => grown(body).buffer,
  ],
  [
    "resizable buffers",
    hasResizable,
    "a view that tracks its buffer's length",
    (body) => grown(body),
  ],
  [
    "growable shared buffers",
    hasGrowable,
    "a growable SharedArrayBuffer",
    (body) => growable(body).buffer,
  ],
  [
    "growable shared buffers",
    hasGrowable,
    "a view of a growable SharedArrayBuffer",
    (body) => growable(body),
  ],
];

async function eachShape(
  checks: Checks,
  genuine: Sample,
  verifier: AnyVerifier,
  say: string,
): Promise<void> {
  const expected = outcome(verifier, genuine.body, () => genuine.pairs);
  checks.ok(expected.startsWith("valid key-1 "), `${say}: ${expected}`);
  const judge = (what: string, make: Make): void => {
    const verdict = outcome(verifier, make(genuine.body.slice()), () => genuine.pairs);
    checks.equal(verdict, expected, `${say}, ${what}`);
    const forged = genuine.body.with(genuine.body.length - 1, 0x21);
    const refused = outcome(verifier, make(forged), () => genuine.pairs);
    checks.equal(refused, "signature_mismatch", `${say}, ${what}, forged`);
  };
  for (const [what, make] of Object.entries(RAW)) judge(what, make);
  for (const [feature, present, what, make] of RARE) {
    await checks.where(feature, present(), () => judge(what, make));
  }
}

/** What is not bytes, and a word that the message must hold. */
const NOT_RAW: Readonly<Record<string, readonly [value: () => unknown, word: RegExp]>> = {
  "a parsed object": [() => JSON.parse(BODY), /raw/i],
  "an empty object": [() => ({}), /raw/i],
  "an object without a prototype": [() => Object.create(null), /raw/i],
  "a parsed list": [() => [1, 2], /raw/i],
  "an empty list": [() => [], /raw/i],
  "a list of bytes": [() => Array.from(utf8(BODY)), /raw/i],
  "a Buffer that was JSON": [() => ({ type: "Buffer", data: [123, 125] }), /raw/i],
  null: [() => null, /raw/i],
  undefined: [() => undefined, /raw/i],
  "a number": [() => 5, /raw/i],
  NaN: [() => Number.NaN, /raw/i],
  true: [() => true, /raw/i],
  "a bigint": [() => 5n, /raw/i],
  "a symbol": [() => Symbol("x"), /raw/i],
  "a function": [() => () => BODY, /raw/i],
  "a text object": [() => Object(BODY), /raw/i],
  "a Date": [() => new Date(0), /raw/i],
  "a promise": [() => Promise.resolve(BODY), /await/i],
  "a Request": [
    () => new Request("https://receiver.test/", { method: "POST", body: BODY }),
    /verifyRequest|arrayBuffer/,
  ],
  "a Response": [() => new Response(BODY), /raw|bytes|arrayBuffer/i],
  "a ReadableStream": [() => new Response(BODY).body, /verifyRequest|arrayBuffer/],
  "a Blob": [() => new Blob([BODY]), /raw|bytes|arrayBuffer/i],
  "a lone high surrogate": [() => '{"a":"\ud83d"}', /surrogate|bytes/i],
  "a lone low surrogate": [() => '{"a":"\udea4"}', /surrogate|bytes/i],
  "surrogates in the wrong order": [() => "\udea4\ud83d", /surrogate|bytes/i],
  "a lone surrogate at the end": [() => `${"x".repeat(100_000)}\ud83d`, /surrogate|bytes/i],
  "a detached ArrayBuffer": [() => detached(utf8(BODY)).buffer, /detached|transferred/i],
  "a detached view": [() => detached(utf8(BODY)), /detached|transferred/i],
  "a detached DataView": [() => detachedView(DataView), /detached|transferred/i],
  "a detached Uint16Array": [() => detachedView(Uint16Array), /detached|transferred/i],
  "an empty detached ArrayBuffer": [
    () => detached(new Uint8Array(0)).buffer,
    /detached|transferred/i,
  ],
  "an empty detached view": [() => detached(new Uint8Array(0)), /detached|transferred/i],
  "a proxy of bytes": [() => new Proxy(utf8(BODY), {}), /raw/i],
  "an object that inherits from bytes": [() => Object.create(utf8(BODY)), /raw/i],
  "what only says that it is bytes": [
    () => ({ [Symbol.toStringTag]: "ArrayBuffer", byteLength: 2 }),
    /raw|detached/i,
  ],
  "what only looks like a view": [
    () => ({ buffer: new ArrayBuffer(2), byteOffset: 0, byteLength: 2 }),
    /raw/i,
  ],
};

async function refusals(
  checks: Checks,
  { scheme, pairs }: Sample,
  verifier: AnyVerifier,
): Promise<void> {
  for (const [what, [make, word]] of Object.entries(NOT_RAW))
    refusal(checks, verifier, `${scheme}: ${what}`, make, word, pairs);
  await checks.where("resizable buffers", hasResizable(), () => {
    // The engine says that it is empty, and only that.
    const verdict = outcome(verifier, outOfBounds(utf8(BODY)), () => pairs);
    const isRefused = verdict === "body_not_raw" || verdict === "signature_mismatch";
    checks.ok(isRefused, `${scheme}: a view out of bounds: ${verdict}`);
    const view = (): unknown => {
      const bytes = resizable(utf8(BODY));
      const inner = new DataView(bytes.buffer, 8, 8);
      (bytes.buffer as Resizable).resize(4);
      return inner;
    };
    refusal(
      checks,
      verifier,
      `${scheme}: a DataView out of bounds`,
      view,
      /raw|detached|bounds|resized/i,
      pairs,
    );
  });
}

function refusal(
  checks: Checks,
  verifier: AnyVerifier,
  what: string,
  make: () => unknown,
  word: RegExp,
  pairs: unknown,
): void {
  checks.equal(
    outcome(verifier, make(), () => pairs),
    "body_not_raw",
    what,
  );
  const error = thrown(() => verifier.verify(make(), pairs)) as AnyError | undefined;
  const message = error?.message ?? "";
  checks.ok(word.test(message) && message.length > 30, `${what} says "${message}"`);
  checks.ok(!message.includes("order.completed"), `${what}: the message quotes the body`);
}

/** Texts of more bytes than characters, and lengths at which an encoder may stop short. */
async function texts(context: Context, checks: Checks): Promise<void> {
  const pieces = ["", "a", "é", "€", "🚤", "\0", "\ufeff", "a\r\n", "\u2028", "ÿ".repeat(255)];
  const more = [63, 64, 4095, 4096, 65_536, 349_526].flatMap((count) =>
    ["a", "é", "€", "🚤"].map((one) => one.repeat(count)),
  );
  const mixedUp = ["a".repeat(70_000) + "€", "€" + "a".repeat(70_000), "é🚤".repeat(33_333)];
  for (const text of [...pieces, ...more, ...mixedUp]) {
    const { body, pairs } = await sample(context, "peeker", { body: utf8(text) });
    for (const path of context.paths) {
      const run = (): void => {
        const verifier = verifierFor(context, "peeker", { digest: path });
        const say = `${text.length} × "${Array.from(text)[0] ?? ""}" as text (${path})`;
        checks.equal(
          outcome(verifier, text, () => pairs),
          "valid key-1 peeker:evt_1",
          say,
        );
        checks.equal(
          outcome(verifier, body, () => pairs),
          "valid key-1 peeker:evt_1",
          `${say}, as bytes`,
        );
        checks.equal(
          outcome(verifier, `${text} `, () => pairs),
          "signature_mismatch",
          `${say}, and a space`,
        );
      };
      await (path === "host" ? checks.where("host digests", true, run) : run());
    }
  }
}

class Special extends Uint8Array {}

function within(body: Uint8Array, before: number): Bytes {
  const whole = concat([new Uint8Array(before).fill(0x7b), body, new Uint8Array(11).fill(0x7d)]);
  return whole.subarray(before, before + body.length);
}

type View = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView;

function viewWithin(
  view: View,
  body: Bytes,
  bytesPerElement: number,
  before: number,
): ArrayBufferView {
  const offset = Math.ceil(before / bytesPerElement) * bytesPerElement;
  const rest = (8 - ((offset + body.length) % 8)) % 8;
  const whole = concat([new Uint8Array(offset).fill(0x7b), body, new Uint8Array(rest + 8)]);
  return new view(whole.buffer, offset, body.length / bytesPerElement);
}

export function detached(bytes: Bytes): Bytes {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function detachedView(view: new (buffer: ArrayBuffer) => ArrayBufferView): ArrayBufferView {
  const inner = new view(new ArrayBuffer(16));
  structuredClone(inner.buffer, { transfer: [inner.buffer as ArrayBuffer] });
  return inner;
}

interface BufferClass {
  from(bytes: unknown): Uint8Array;
  concat(list: readonly Uint8Array[]): Uint8Array;
}

/** Node's, where there is one. */
export function buffers(): BufferClass {
  return (globalThis as unknown as { Buffer: BufferClass }).Buffer;
}

export function hasBuffer(): boolean {
  return "Buffer" in globalThis;
}

/** Small Buffers made from text share one ArrayBuffer, each at its own offset. */
function pooled(body: Bytes): Uint8Array {
  buffers().from("something in front of it");
  return buffers().from(new TextDecoder().decode(body));
}

function hasShared(): boolean {
  return typeof SharedArrayBuffer === "function";
}

function shared(body: Bytes): Uint8Array<SharedArrayBuffer> {
  const bytes = new Uint8Array(new SharedArrayBuffer(body.length));
  bytes.set(body);
  return bytes;
}

interface Resizable extends ArrayBuffer {
  resize(length: number): void;
}

type ResizableClass = new (length: number, options: { maxByteLength: number }) => Resizable;

export function hasResizable(): boolean {
  return "resize" in ArrayBuffer.prototype;
}

export function resizable(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const buffer = new (ArrayBuffer as unknown as ResizableClass)(body.length, {
    maxByteLength: 2 * body.length + 8,
  });
  const bytes = new Uint8Array(buffer);
  bytes.set(body);
  return bytes;
}

function grown(body: Bytes): Uint8Array {
  const bytes = resizable(body.subarray(0, 8));
  (bytes.buffer as Resizable).resize(8);
  const whole = resizable(new Uint8Array(body.length / 2));
  (whole.buffer as Resizable).resize(body.length);
  whole.set(body);
  return whole;
}

function outOfBounds(body: Bytes): Uint8Array {
  const bytes = resizable(body);
  const inner = new Uint8Array(bytes.buffer, 8, 8);
  (bytes.buffer as Resizable).resize(4);
  return inner;
}

function hasGrowable(): boolean {
  return hasShared() && "grow" in SharedArrayBuffer.prototype;
}

function growable(body: Bytes): Uint8Array {
  type Growable = SharedArrayBuffer & { grow(length: number): void };
  type GrowableClass = new (length: number, options: { maxByteLength: number }) => Growable;
  const buffer = new (SharedArrayBuffer as unknown as GrowableClass)(8, {
    maxByteLength: 2 * body.length,
  });
  buffer.grow(body.length);
  const bytes = new Uint8Array(buffer);
  bytes.set(body);
  return bytes;
}

// What a proof holds, and that it holds the caller's bytes and not the core's.

import { noise, sameBytes, utf8 } from "./bytes.ts";
import { detached, hasResizable, resizable } from "./bodies.ts";
import type { Checks } from "./report.ts";
import { BODY, FORM_NAMES, NOW, sample, thrown, verifierFor } from "./samples.ts";
import type { FormName } from "./samples.ts";
import type { AnyVerified, Context } from "./subject.ts";

/** Fields, the body as a view, text and JSON. */
export async function verified(context: Context, checks: Checks): Promise<void> {
  for (const scheme of FORM_NAMES) await fields(context, checks, scheme);
  await views(context, checks);
  await texts(context, checks);
  await types(context, checks);
  await lists(context, checks);
}

async function fields(context: Context, checks: Checks, scheme: FormName): Promise<void> {
  const { body, pairs } = await sample(context, scheme);
  const verifier = verifierFor(context, scheme);
  const event = verifier.verify(body, pairs);
  checks.equal(verifier.scheme, scheme, "the verifier's scheme");
  checks.equal(event.scheme, scheme, "the scheme");
  checks.equal(event.id, scheme === "boateros" ? undefined : "evt_1", `${scheme}: the id`);
  checks.equal(event.type, "order.completed", `${scheme}: the type`);
  checks.equal([event.typeSigned, event.typeConflict], [true, false], `${scheme}: its flags`);
  checks.ok(event.timestamp instanceof Date, `${scheme}: the timestamp is a Date`);
  checks.equal(event.timestamp?.getTime(), NOW, `${scheme}: the timestamp`);
  event.timestamp?.setTime(0);
  checks.equal(
    verifier.verify(body, pairs).timestamp?.getTime(),
    NOW,
    `${scheme}: a Date of its own`,
  );
  checks.equal(event.keyId, "key-1", `${scheme}: the key`);
  checks.equal(event.dedupeKey, event.dedupeKey, `${scheme}: the dedupe key, twice`);
  checks.equal(event.text(), BODY, `${scheme}: the text`);
  checks.equal(event.json(), JSON.parse(BODY), `${scheme}: the JSON`);
  const again = event.json();
  checks.equal(again, JSON.parse(BODY), `${scheme}: the JSON again`);
  const twice = verifier.verify(body, pairs);
  checks.equal(twice.dedupeKey, event.dedupeKey, `${scheme}: no state between calls`);
  const { verify, safeVerify } = verifier;
  const bound =
    thrown(() => verify.call(verifier, body, pairs)) ??
    thrown(() => safeVerify.call(verifier, body, pairs));
  checks.equal(bound, undefined, `${scheme}: methods by call`);
}

/** `body` is a view of what was passed in, and never of the core's memory. */
async function views(context: Context, checks: Checks): Promise<void> {
  const { body, pairs } = await sample(context, "peeker");
  const padded = new Uint8Array(body.length + 9);
  padded.set(body, 4);
  const inner = padded.subarray(4, 4 + body.length);
  const given: Readonly<Record<string, readonly [unknown, ArrayBufferLike, number]>> = {
    "a Uint8Array": [body, body.buffer, 0],
    "a subarray": [inner, padded.buffer, 4],
    "an ArrayBuffer": [body.buffer, body.buffer, 0],
    "a DataView": [new DataView(padded.buffer, 4, body.length), padded.buffer, 4],
  };
  for (const path of context.paths) {
    const verifier = verifierFor(context, "peeker", { digest: path });
    await (path === "host" ? checks.where("host digests", true, run) : run());
    function run(): void {
      for (const [what, [value, buffer, offset]] of Object.entries(given)) {
        const event = verifier.verify(value, pairs);
        checks.ok(event.body instanceof Uint8Array, `${what}: bytes (${path})`);
        checks.ok(event.body.buffer === buffer, `${what}: a view of it (${path})`);
        checks.equal(
          [event.body.byteOffset, event.body.length],
          [offset, body.length],
          `${what}: where (${path})`,
        );
      }
      const fromText = verifier.verify(BODY, pairs);
      verifier.safeVerify("x".repeat(body.length), pairs);
      checks.ok(sameBytes(fromText.body, utf8(BODY)), `a string's bytes stay (${path})`);
      checks.ok(
        fromText.body.buffer.byteLength < 65_536,
        `a string's bytes are their own (${path})`,
      );
    }
  }
}

/** `text` and `json` are strict, and take every kind of buffer. */
async function texts(context: Context, checks: Checks): Promise<void> {
  const read = async (body: Uint8Array<ArrayBuffer>): Promise<AnyVerified> => {
    const { pairs } = await sample(context, "peeker", { body });
    return verifierFor(context, "peeker").verify(body, pairs);
  };
  const odd = Uint8Array.of(0x22, 0xff, 0xfe, 0x22);
  const invalid = await read(odd);
  checks.ok(thrown(() => invalid.text()) instanceof Error, "text() of what is not UTF-8 throws");
  checks.ok(thrown(() => invalid.json()) instanceof Error, "json() of what is not UTF-8 throws");
  checks.ok(sameBytes(invalid.body, odd), "and its bytes are there");
  checks.equal(invalid.type, undefined, "and it has no type");
  checks.ok(thrown(() => invalid.text()) instanceof Error, "text() throws the second time too");
  const bom = await read(utf8("\ufeff{}"));
  checks.equal(bom.text(), "\ufeff{}", "text() keeps a byte-order mark");
  checks.ok(
    thrown(() => bom.json()) instanceof SyntaxError,
    "json() of a byte-order mark throws a SyntaxError",
  );
  const empty = await read(new Uint8Array(0));
  checks.equal(empty.text(), "", "text() of nothing");
  checks.ok(
    thrown(() => empty.json()) instanceof SyntaxError,
    "json() of nothing throws a SyntaxError",
  );
  checks.equal(
    (await read(utf8('[1,null,"\\u0000"]'))).json(),
    [1, null, "\0"],
    "json() of a list",
  );
  checks.equal((await read(utf8("null"))).json(), null, "json() of null");

  const { body, pairs } = await sample(context, "peeker");
  await checks.where("SharedArrayBuffer", typeof SharedArrayBuffer === "function", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(body.length));
    shared.set(body);
    const event = verifierFor(context, "peeker").verify(shared, pairs);
    checks.equal(event.text(), BODY, "text() of shared memory");
    checks.equal(event.json(), JSON.parse(BODY), "json() of shared memory");
    checks.equal(event.type, "order.completed", "the type in shared memory");
  });
  await checks.where("resizable buffers", hasResizable(), () => {
    const event = verifierFor(context, "peeker").verify(resizable(body), pairs);
    checks.equal(event.text(), BODY, "text() of a resizable buffer");
    checks.equal(event.type, "order.completed", "the type in a resizable buffer");
  });
  const gone = await sample(context, "peeker");
  const event = verifierFor(context, "peeker").verify(gone.body, gone.pairs);
  detached(gone.body);
  const left = [event.id, event.keyId, event.timestamp?.getTime()];
  checks.equal(left, ["evt_1", "key-1", NOW], "what is left of a proof whose bytes went away");
}

const TYPES: readonly (readonly [
  body: string,
  header: string | undefined,
  expected: readonly unknown[],
])[] = [
  ['{"type":"hull.sold"}', undefined, ["hull.sold", true, false, "hull.sold"]],
  ['{"type":"hull.sold"}', "hull.sold", ["hull.sold", true, false, "hull.sold"]],
  ['{"type":"hull.sold"}', "hull.created", ["hull.sold", true, true, "hull.sold"]],
  ['{"event":"hull.sold"}', "a.b", ["hull.sold", true, true, "hull.sold"]],
  ["{}", "hull.created", ["hull.created", false, false, "hull.created"]],
  ["{}", "not.catalogued", ["not.catalogued", false, false, "-"]],
  ["{}", undefined, [undefined, false, false, "-"]],
  ["{}", "Odd Type", [undefined, false, false, "-"]],
  ["{}", "a.b,c.d", [undefined, false, false, "-"]],
  ["{}", "a.\u0142", [undefined, false, false, "-"]],
  ["{}", "a.\0b", [undefined, false, false, "-"]],
  ["{}", `a.${"b".repeat(200_000)}`, [undefined, false, false, "-"]],
  ['{"type":"a.b","type":"c.d"}', "hull.sold", ["hull.sold", false, false, "hull.sold"]],
];

/** The type, who says so, and its part in the dedupe key. */
async function types(context: Context, checks: Checks): Promise<void> {
  for (const [body, header, expected] of TYPES) {
    const { pairs, body: bytes } = await sample(context, "boateros", { body: utf8(body) });
    const all = header === undefined ? pairs : [...pairs, ["Boateros-Event", header]];
    const event = verifierFor(context, "boateros").verify(bytes, all);
    const [, inKey] = /^boateros:([a-z._-]+):[0-9a-f]{64}$/.exec(event.dedupeKey) ?? [];
    const actual = [event.type, event.typeSigned, event.typeConflict, inKey];
    checks.equal(actual, expected, `${body.slice(0, 40)} with ${header?.slice(0, 20)}`);
  }
}

/** Which of several keys, by every digest and for bodies of several sizes. */
async function lists(context: Context, checks: Checks): Promise<void> {
  const secrets = Array.from({ length: 12 }, (_, i) => `secret number ${i}, long enough`);
  const named = secrets.map((secret, i) => ({ id: `k${i}`, secret }));
  for (const [i, secret] of secrets.entries()) {
    for (const length of [0, 300, 5000, 120_000]) {
      const { body, pairs } = await sample(context, "peeker", {
        key: utf8(secret),
        body: noise(length),
      });
      for (const path of context.paths) {
        const run = (): void => {
          const event = verifierFor(context, "peeker", { secrets, digest: path }).verify(
            body,
            pairs,
          );
          checks.equal(event.keyId, `key-${i + 1}`, `unnamed key ${i}, ${length} bytes (${path})`);
          const other = verifierFor(context, "peeker", { secrets: named, digest: path }).verify(
            body,
            pairs,
          );
          checks.equal(other.keyId, `k${i}`, `named key ${i}, ${length} bytes (${path})`);
        };
        await (path === "host" ? checks.where("host digests", true, run) : run());
      }
    }
  }
}

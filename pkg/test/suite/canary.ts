// A secret stays where it was put. Whatever the package hands out or throws is searched for it, and
// for the tag that a forger would want.

import { noise, toBase64, toHex, utf8 } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { BODY, FORM_NAMES, FORMS, NOW, sample } from "./samples.ts";
import type { FormName, Pair } from "./samples.ts";
import type { AnyVerifier, Context } from "./subject.ts";

const CANARY = "CANARY-7f3a-the-secret-that-must-not-show";

/** What the package hands out under a secret: errors, proofs, verifiers, explanations. */
export async function canary(context: Context, checks: Checks): Promise<void> {
  for (const scheme of FORM_NAMES) {
    for (const secret of [written(scheme), utf8(CANARY)]) {
      const say = `${scheme}, ${typeof secret === "string" ? "text" : "bytes"}`;
      for (const [what, value] of await handedOut(context, scheme, secret)) {
        const found = texts(value).filter(([, text]) =>
          NEEDLES.some((needle) => text.includes(needle)),
        );
        checks.equal(
          found.map(([where]) => where),
          [],
          `${say}: where ${what} shows the secret`,
        );
      }
    }
  }
  for (const [what, value] of mistakes(context)) {
    const found = texts(value).filter(([, text]) => text.includes("CANARY"));
    checks.equal(
      found.map(([where]) => where),
      [],
      `where ${what} shows the secret`,
    );
  }
}

const NEEDLES = [
  "CANARY",
  toHex(utf8(CANARY)),
  toHex(utf8(CANARY)).toUpperCase(),
  toBase64(utf8(CANARY)).slice(0, 40),
  utf8(CANARY).slice(0, 8).join(","),
];

const written = (scheme: FormName): string =>
  scheme === "standard-webhooks" ? `whsec_${toBase64(utf8(CANARY))}` : CANARY;

type Handed = readonly [what: string, value: unknown];

async function handedOut(
  context: Context,
  scheme: FormName,
  secret: string | Uint8Array,
): Promise<Handed[]> {
  const { Verifier, sign } = context.countersign;
  const verifier = new Verifier(scheme, {
    secrets: { id: "mine", secret },
    now: () => new Date(NOW),
  });
  const genuine = await sample(context, scheme, { key: utf8(CANARY) });
  const { body, pairs } = genuine;
  const [, tag] = pairs.at(-1) ?? [];
  const forged: Handed[] = [];
  const bodies: readonly unknown[] = [
    body,
    `${BODY}\n`,
    JSON.parse(BODY),
    null,
    noise(9000),
    CANARY,
  ];
  const headers: readonly unknown[] = [
    pairs,
    {},
    null,
    unsigned(pairs, CANARY),
    unsigned(pairs, "00".repeat(32)),
    unsigned(pairs, ""),
  ];
  for (const [i, one] of bodies.entries()) {
    for (const [j, other] of headers.entries())
      forged.push(...refusal(context, verifier, one, other, `${i}/${j}`));
  }
  // The right tag of a body, whose forger has another one in the header.
  const wrong = unsigned(pairs, FORMS[scheme].tag(new Uint8Array(32)));
  const shown = [...refusal(context, verifier, body, wrong, "the right tag")].map(
    ([what, value]): Handed => [what, JSON.stringify(texts(value))],
  );
  const tagShown = shown.filter(
    ([, value]) => tag !== undefined && String(value).includes(tag.slice(3, 40)),
  );
  return [
    ["the verifier", verifier],
    ["its class", Verifier],
    ["the package", { ...context.countersign, ...context.explain }],
    ["a proof", verifier.verify(body, pairs)],
    ["a result", verifier.safeVerify(body, pairs)],
    [
      "a signature",
      sign(scheme, { secret, body, id: scheme === "boateros" ? undefined : "evt_1" }),
    ],
    ["the right tag in", tagShown.length === 0 ? "" : "CANARY"],
    ...forged,
  ];
}

const unsigned = (pairs: readonly Pair[], value: string): Pair[] =>
  pairs.map(([name, old]) => [name, /signature$/i.test(name) ? value : old]);

/** The error, and its explanation. A body that holds the secret itself is the sender's doing. */
function* refusal(
  { explain }: Context,
  verifier: AnyVerifier,
  body: unknown,
  headers: unknown,
  say: string,
): Generator<Handed> {
  const result = verifier.safeVerify(body, headers);
  yield [`the verdict on ${say}`, result];
  yield [`the explanation of ${say}`, explain.explain(verifier, body, headers)];
}

/** What a wrong configuration says of the secret in it. */
function mistakes({ countersign: { Verifier, sign } }: Context): Handed[] {
  const tries: readonly (() => unknown)[] = [
    () => new Verifier("peeker", { secrets: `${CANARY}\n` }),
    () => new Verifier("peeker", { secrets: [CANARY, CANARY] }),
    () => new Verifier("peeker", { secrets: "CANARY" }),
    () => new Verifier("standard-webhooks", { secrets: CANARY }),
    () => new Verifier("standard-webhooks", { secrets: `whsec_${CANARY}` }),
    () => new Verifier("peeker", { secrets: CANARY, toleranceSeconds: 0 }),
    () => new Verifier("peeker", { secrets: { secret: { value: CANARY } } }),
    () => new Verifier("peeker", { secrets: { value: CANARY } }),
    () => new Verifier("peeker", { secrets: [[CANARY]] }),
    () => new Verifier("peeker", CANARY),
    () => new Verifier("peeker", [CANARY]),
    () => sign("peeker", { secret: `${CANARY}\n`, body: "", id: "evt_1" }),
    () => sign("peeker", { secret: CANARY, body: {}, id: "evt_1" }),
    () => sign("peeker", { secret: CANARY, body: "" }),
    () => sign("standard-webhooks", { secret: CANARY, body: "", id: "evt_1" }),
  ];
  return tries.flatMap((run, i): Handed[] => {
    try {
      run();
      return [];
    } catch (error) {
      return [[`mistake ${i}`, error]];
    }
  });
}

/** Everything that can be read from a value, as text: it and what it holds, whichever way. */
function texts(
  value: unknown,
  where = "",
  seen = new Set<unknown>(),
): [where: string, text: string][] {
  if (typeof value === "string") return [[where, value]];
  if (
    (typeof value !== "object" && typeof value !== "function") ||
    value === null ||
    seen.has(value)
  )
    return [];
  seen.add(value);
  const found: [string, string][] = [
    [`${where} as JSON`, asJson(value)],
    [`${where} as text`, asText(value)],
  ];
  // Whole memories are not searched through their indices.
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return [...found, [`${where} as bytes`, bytes(value)]];
  for (
    let level: unknown = value;
    level !== null && level !== Object.prototype && level !== Function.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const key of Reflect.ownKeys(level as object)) {
      if (
        key === "constructor" ||
        key === "prototype" ||
        key === "caller" ||
        key === "arguments" ||
        key === "callee"
      )
        continue;
      found.push(...texts(property(value, key), `${where}.${String(key)}`, seen));
    }
  }
  return found;
}

function property(value: unknown, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    return String(error);
  }
}

function asText(value: unknown): string {
  try {
    return String(value);
  } catch (error) {
    return String(error);
  }
}

function bytes(value: ArrayBufferView | ArrayBuffer): string {
  const view = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer) : new Uint8Array(value);
  return toHex(view.subarray(0, 100_000));
}

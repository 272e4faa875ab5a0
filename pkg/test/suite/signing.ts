// `sign` against somebody else's HMAC, and against our own `verify`.

import { noise, utf8 } from "./bytes.ts";
import { detached } from "./bodies.ts";
import type { Checks } from "./report.ts";
import {
  BODY,
  FORM_NAMES,
  FORMS,
  NOW,
  outcome,
  sample,
  sorted,
  thrown,
  verifierFor,
  withValue,
} from "./samples.ts";
import type { FormName, Pair } from "./samples.ts";
import { BODY_HMAC } from "./subject.ts";
import type { AnyError, AnyVerifier, Context } from "./subject.ts";

/** Round trips, tampering, and what can't be signed. */
export async function signing(context: Context, checks: Checks): Promise<void> {
  for (const scheme of FORM_NAMES) {
    await roundTrips(context, checks, scheme);
    tampering(context, checks, scheme);
  }
  severalSecrets(context, checks);
  definitions(context, checks);
  refusals(context, checks);
}

const timestamp = new Date(NOW);

async function roundTrips(context: Context, checks: Checks, scheme: FormName): Promise<void> {
  const { sign } = context.countersign;
  const { secret, headers: names, key } = FORMS[scheme];
  const id = scheme === "boateros" ? {} : { id: "evt_1" };
  const all: (readonly [body: unknown, bytes: Uint8Array<ArrayBuffer>])[] = [
    [BODY, utf8(BODY)],
    ["", utf8("")],
    [utf8(BODY).buffer, utf8(BODY)],
    [new DataView(utf8(BODY).buffer), utf8(BODY)],
    ...[1, 63, 64, 1000, 70_000, 150_000].map((length) => [noise(length), noise(length)] as const),
    ["🚤".repeat(30_000), utf8("🚤".repeat(30_000))],
  ];
  for (const [body, bytes] of all) {
    const headers = sign(scheme, { secret, body, timestamp, ...id });
    const sent = scheme === "boateros" ? "2025-11-21T16:00:00.000Z" : "1763740800";
    const expected = await sample(context, scheme, { body: bytes, timestamp: sent });
    checks.equal(
      sorted(headers),
      sorted(Object.fromEntries(expected.pairs)),
      `${scheme}, ${bytes.length} bytes`,
    );
    checks.equal(
      sign(scheme, { secret: key, body, timestamp, ...id }),
      headers,
      `${scheme}: a key as bytes`,
    );
    checks.equal(
      sign(scheme, { secret: [secret], body, timestamp, ...id }),
      headers,
      `${scheme}: a list of one`,
    );
    const verdict = outcome(verifierFor(context, scheme), body, () => headers);
    checks.ok(verdict.startsWith("valid key-1 "), `${scheme}, ${bytes.length} bytes: ${verdict}`);
  }
  const recent = sign(scheme, { secret, body: BODY, ...id });
  const own = new context.countersign.Verifier(scheme, { secrets: secret });
  checks.ok(outcome(own, BODY, () => recent).startsWith("valid "), `${scheme}: signed now`);
  checks.ok(names.timestamp in recent, `${scheme}: names as the scheme spells them`);
  if (scheme !== "boateros") return;
  const typed = sign(scheme, { secret, body: "{}", timestamp, type: "hull.sold" });
  checks.equal(typed["Boateros-Event"], "hull.sold", "the type's header");
  checks.equal(
    verifierFor(context, scheme).verify("{}", typed).type,
    "hull.sold",
    "the type's round trip",
  );
}

/** Every header, one character changed at a time; every byte of the body. */
function tampering(context: Context, checks: Checks, scheme: FormName): void {
  const id = scheme === "boateros" ? {} : { id: "evt_1" };
  const headers = context.countersign.sign(scheme, {
    secret: FORMS[scheme].secret,
    body: BODY,
    timestamp,
    ...id,
  });
  const pairs = Object.entries(headers);
  const verifier = verifierFor(context, scheme);
  const accepted: string[] = [];
  let tried = 0;
  const attempt = (what: string, body: unknown, changed: readonly Pair[]): void => {
    tried += 1;
    if (outcome(verifier, body, () => changed).startsWith("valid ")) accepted.push(what);
  };
  for (const [name, value] of pairs) {
    for (const [at, letter] of Array.from(value).entries()) {
      const other = letter === "1" ? "2" : "1";
      const changed = value.slice(0, at) + other + value.slice(at + 1);
      attempt(`${name}: ${changed}`, BODY, withValue(pairs, name, changed));
    }
  }
  const bytes = utf8(BODY);
  for (const at of bytes.keys()) attempt(`byte ${at}`, bytes.with(at, (bytes[at] ?? 0) ^ 1), pairs);
  checks.equal(accepted, [], `${scheme}: of ${tried} changes none is accepted`);
}

function severalSecrets({ countersign, ...context }: Context, checks: Checks): void {
  const secrets = ["the secret of last week", "the secret of this week", "the secret of next week"];
  const message = { body: BODY, id: "evt_1", timestamp };
  for (const scheme of ["peeker", "standard-webhooks"] as const) {
    const written =
      scheme === "peeker" ? secrets : secrets.map((secret) => `whsec_${btoa(secret)}`);
    const headers = countersign.sign(scheme, { secret: written, ...message });
    const verdicts = written
      .map((one): AnyVerifier => verifierFor({ ...context, countersign }, scheme, { secrets: one }))
      .map((verifier) => outcome(verifier, BODY, () => headers).slice(0, 12));
    checks.equal(
      verdicts,
      ["valid key-1 ", "valid key-1 ", "valid key-1 "],
      `${scheme}: a signature for each secret`,
    );
    const list = headers[FORMS[scheme].headers.signature] ?? "";
    checks.equal(list.split(scheme === "peeker" ? "," : " ").length, 3, `${scheme}: three entries`);
  }
}

/** A scheme of the caller's own. */
function definitions(context: Context, checks: Checks): void {
  const { sign, Verifier, defineScheme } = context.countersign;
  const scheme = defineScheme(BODY_HMAC);
  const headers = sign(scheme, { secret: "a secret that is long enough", body: BODY });
  checks.equal(Object.keys(headers), ["Body-Signature"], "a definition's headers");
  const verifier = new Verifier(scheme, { secrets: "a secret that is long enough" });
  const verdict = outcome(verifier, BODY, () => headers);
  checks.ok(/^valid key-1 body-hmac:-:[0-9a-f]{64}$/.test(verdict), `a definition: ${verdict}`);
  checks.equal(
    outcome(verifier, `${BODY} `, () => headers),
    "signature_mismatch",
    "a definition, forged",
  );
  checks.equal(verifier.scheme, "body-hmac", "a definition's name");
  checks.equal(verifier.verify(BODY, headers).timestamp, undefined, "no timestamp");
}

const GOOD = { secret: "a secret that is long enough", body: BODY, id: "evt_1", timestamp };

const REFUSED: readonly (readonly [scheme: unknown, changed: object, code: string])[] = [
  ...[undefined, "", "a.b", "a b", "é", "x".repeat(256), "a\n", "\ud800"].map(
    (id) => ["peeker", { id }, "invalid_id"] as const,
  ),
  ...[undefined, "a.b"].map(
    (id) =>
      [
        "standard-webhooks",
        { id, secret: FORMS["standard-webhooks"].secret },
        "invalid_id",
      ] as const,
  ),
  ...[5, null, {}].map((id) => ["peeker", { id }, "invalid_id"] as const),
  ...["", "order", "Order.Completed", "a.b,c.d", "a.b\n", `a.${"b".repeat(127)}`, 5].map(
    (type) => ["boateros", { type, id: undefined }, "invalid_type"] as const,
  ),
  ...[Number.NaN, -1, 999, 1_000_000_000_000_000].map(
    (time) => ["peeker", { timestamp: new Date(time) }, "invalid_timestamp"] as const,
  ),
  ...[Number.NaN, -1, 253_402_300_800_000].map(
    (time) =>
      ["boateros", { timestamp: new Date(time), id: undefined }, "invalid_timestamp"] as const,
  ),
  ...[5, null, "2025-11-21T16:00:00Z", {}].map(
    (time) => ["peeker", { timestamp: time }, "invalid_timestamp"] as const,
  ),
  ["peeker", { secret: [] }, "no_secret"],
  ["peeker", { secret: undefined }, "empty_secret"],
  ["peeker", { secret: "" }, "empty_secret"],
  ["peeker", { secret: "short" }, "weak_secret"],
  ["peeker", { secret: `${GOOD.secret}\n` }, "malformed_secret"],
  ["standard-webhooks", { secret: "whsec_%%%" }, "malformed_secret"],
  ["boateros", { secret: [GOOD.secret, `${GOOD.secret}!`], id: undefined }, "too_many_secrets"],
  ["peaker", {}, "unknown_scheme"],
  ...[{}, null, undefined, 5, "\ud800"].map(
    (body) => ["peeker", { body }, "body_not_raw"] as const,
  ),
];

function refusals({ countersign }: Context, checks: Checks): void {
  const { sign } = countersign;
  for (const [scheme, changed, code] of REFUSED) {
    const error = thrown(() => sign(scheme, { ...GOOD, ...changed })) as AnyError | undefined;
    const say = `${String(scheme)} with ${JSON.stringify(changed)}`;
    checks.equal(error?.code, code, say);
    const kind = code === "body_not_raw" ? countersign.VerificationError : countersign.ConfigError;
    checks.ok(error instanceof kind, `${say} gives ${String(error)}`);
    checks.ok((error?.message ?? "").length > 20, `${say} says "${error?.message}"`);
  }
  const gone = thrown(() => sign("peeker", { ...GOOD, body: detached(utf8(BODY)) })) as
    AnyError | undefined;
  checks.equal(gone?.code, "body_not_raw", "a detached body");
  const weak = sign("peeker", { ...GOOD, secret: "short", allowWeakSecret: true });
  checks.equal(Object.keys(weak).length, 3, "a weak secret that is allowed");
}

import { defineScheme, sign, VerificationError, Verifier } from "countersign";
import type {
  CustomScheme,
  EventType,
  SafeResult,
  Scheme,
  SchemeDefinition,
  SchemeName,
  Verified,
  VerifierOptions,
} from "countersign";

// A verifier is of a scheme, and has secrets.
const secret = "whatever the portal shows";
const verifier = new Verifier("peeker", { secrets: secret });
exact<typeof verifier, Verifier<"peeker">>();
exact<SchemeName, "boateros" | "peeker" | "standard-webhooks">();
const byName = (scheme: SchemeName): Verifier<SchemeName> =>
  new Verifier(scheme, { secrets: secret });
const anyVerifier: Verifier = verifier;
// @ts-expect-error: there is no such provider
new Verifier("peaker", { secrets: secret });
// @ts-expect-error: a name that may be any text is none of them
new Verifier(some<string>(), { secrets: secret });
// @ts-expect-error: no options
new Verifier("peeker");
// @ts-expect-error: no secrets
new Verifier("peeker", {});
// @ts-expect-error: an environment variable may be missing
new Verifier("peeker", { secrets: some<string | undefined>() });
// @ts-expect-error: verifiers are made with `new`
Verifier("peeker", { secrets: secret });

// Secrets: one or several, as text or bytes, alone or with an id and a window.
const options: VerifierOptions[] = [
  { secrets: new Uint8Array(32) },
  { secrets: { secret } },
  { secrets: ["first", new Uint8Array(32)] },
  { secrets: [{ id: "new", secret, notBefore: new Date(), notAfter: new Date() }, "old"] as const },
  { secrets: secret, toleranceSeconds: 60, allowWeakSecret: true, now: () => new Date() },
  { secrets: secret, timestamp: { zone: "none", fractionDigits: 3 } },
  { secrets: secret, digest: "auto" },
  { secrets: secret, digest: "host" },
  { secrets: secret, digest: "wasm" },
];
const mistaken: VerifierOptions[] = [
  // @ts-expect-error: the clock gives a Date
  { secrets: secret, now: () => 1_763_740_800 },
  // @ts-expect-error: seconds, not text
  { secrets: secret, toleranceSeconds: "300" },
  // @ts-expect-error: there is no such option
  { secrets: secret, tolerance: 300 },
  // @ts-expect-error: a window has dates
  { secrets: { secret, notAfter: "2026-12-01" } },
  // @ts-expect-error: there is no other zone
  { secrets: secret, timestamp: { zone: "UTC", fractionDigits: 3 } },
  // @ts-expect-error: there is no such place
  { secrets: secret, digest: "node" },
];

// `verify` gives an event or throws.
const event = verifier.verify("{}", {});
exact<typeof event, Verified<EventType<"peeker">>>();
exact<typeof event.scheme, string>();
exact<typeof event.id, string | undefined>();
exact<typeof event.timestamp, Date | undefined>();
exact<typeof event.typeSigned, boolean>();
exact<typeof event.typeConflict, boolean>();
exact<typeof event.keyId, string>();
exact<typeof event.dedupeKey, string>();
exact<ReturnType<typeof event.text>, string>();
const bytes: Uint8Array = event.body;
const anyEvent: Verified = event;
// @ts-expect-error: an event can't be made, nor changed
event.keyId = "key-1";
// @ts-expect-error: `verify` doesn't wait for anything
verifier.verify("{}", {}).then();
// @ts-expect-error: of bytes there is no type to read
event.body.type;

// JSON is unknown until somebody says what it is.
exact<ReturnType<typeof event.json>, unknown>();
interface Order {
  data: { status: string };
}
exact<Order, ReturnType<typeof event.json<Order>>>();
// @ts-expect-error: unknown has no properties
event.json().data;

// `safeVerify` tells by `ok` which it is.
const result = verifier.safeVerify("{}", {});
exact<typeof result, SafeResult<EventType<"peeker">>>();
// @ts-expect-error: not before somebody looked
result.event;
// @ts-expect-error: not before somebody looked
result.error;
if (result.ok) {
  exact<typeof result.event, Verified<EventType<"peeker">>>();
  // @ts-expect-error: a genuine event has no error
  result.error;
} else {
  exact<typeof result.error, VerificationError>();
  // @ts-expect-error: what is not genuine has no event
  result.event;
}

// What `sign` makes can be verified as it is.
const headers = sign("peeker", { secret, id: "evt_1", body: "{}" });
exact<typeof headers, Record<string, string>>();
verifier.verify("{}", headers);
const secrets = [secret, new Uint8Array(16)];
sign("boateros", { secret: secrets, body: bytes, timestamp: new Date(), type: "hull.sold" });
sign("standard-webhooks", { secret: "c2hvcnQ=", id: "msg_1", body: "", allowWeakSecret: true });
// @ts-expect-error: no secret
sign("peeker", { id: "evt_1", body: "{}" });
// @ts-expect-error: no body
sign("peeker", { secret, id: "evt_1" });
// @ts-expect-error: a parsed body can't be signed
sign("peeker", { secret, id: "evt_1", body: { type: "order.completed" } });
// @ts-expect-error: milliseconds are no Date
sign("peeker", { secret, id: "evt_1", body: "{}", timestamp: 1_763_740_800_000 });

// A scheme of one's own.
const slack = defineScheme({
  name: "slack",
  signature: {
    header: "X-Slack-Signature",
    syntax: "versioned",
    version: "v0",
    assign: "=",
    separator: ",",
    encoding: "hex",
  },
  timestamp: { header: "X-Slack-Request-Timestamp", format: "unix-seconds" },
  signed: ["v0:", "timestamp", ":"],
  secret: "utf8",
});
exact<typeof slack, CustomScheme>();
const custom = new Verifier(slack, { secrets: secret });
exact<typeof custom, Verifier<CustomScheme>>();
const customEvent = custom.verify("", {});
exact<typeof customEvent.type, string | undefined>();
sign(slack, { secret, body: "" });
const schemes: Scheme[] = [slack, "peeker", "boateros", "standard-webhooks"];

const definition: SchemeDefinition = {
  name: "github",
  signature: { header: "X-Sig", syntax: "bare", encoding: "hex" },
  timestamp: null,
  id: "X-Id",
  type: "X-Type",
  signed: ["id", "."],
  secret: { base64: { prefix: "whsec_" } },
};
// @ts-expect-error: a definition has to be read first
new Verifier(definition, { secrets: secret });
// @ts-expect-error: only `defineScheme` makes one
const forged: CustomScheme = { name: "slack" };
const { timestamp: _timestamp, ...withoutTimestamp } = definition;
const mistakenDefinitions: SchemeDefinition[] = [
  // @ts-expect-error: that there is no timestamp has to be written
  withoutTimestamp,
  // @ts-expect-error: no such encoding
  { ...definition, signature: { header: "X-Sig", syntax: "bare", encoding: "base64url" } },
  // @ts-expect-error: a list has a version, `=` and a separator
  { ...definition, signature: { header: "X-Sig", syntax: "versioned", encoding: "hex" } },
  // @ts-expect-error: no such secret
  { ...definition, secret: "hex" },
];

// What is optional may be left out or undefined, also under exactOptionalPropertyTypes.
new Verifier("peeker", {
  secrets: { id: undefined, secret, notBefore: undefined, notAfter: undefined },
  toleranceSeconds: undefined,
  allowWeakSecret: undefined,
  now: undefined,
  timestamp: undefined,
  digest: undefined,
});
sign("boateros", { secret, body: "", id: undefined, timestamp: undefined, type: undefined });

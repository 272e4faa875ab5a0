// `countersign/standard-webhooks`, in short: it is there in every runtime, and stands on the same
// core.

import { noise, toBase64, utf8 } from "./bytes.ts";
import type { Checks } from "./report.ts";
import { BODY, sorted, thrown } from "./samples.ts";
import type { AnyError, Context } from "./subject.ts";

interface Entry {
  readonly Webhook: new (
    secret: string | Uint8Array,
    options?: object,
  ) => {
    sign(id: string, timestamp: Date, payload: unknown): string;
    verify(payload: unknown, headers: unknown): unknown;
  };
  readonly WebhookVerificationError: new () => AnyError;
}

const SECRET = `whsec_${toBase64(utf8("the secret of the first source"))}`;

/** Signs and verifies, and its errors are the package's. */
export function standardWebhooks(context: Context, checks: Checks): void {
  const { Webhook, WebhookVerificationError } = context.standardWebhooks as Entry;
  const { VerificationError, ConfigError, Verifier, sign } = context.countersign;
  const webhook = new Webhook(SECRET);
  const timestamp = new Date();
  const headersFor = (body: unknown): Record<string, string> => ({
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(timestamp.getTime() / 1000)),
    "webhook-signature": webhook.sign("msg_1", timestamp, body),
  });
  for (const body of [BODY, utf8(BODY), utf8(`"${"é".repeat(70_000)}"`)]) {
    const headers = headersFor(body);
    const text = typeof body === "string" ? body : new TextDecoder().decode(body);
    checks.equal(webhook.verify(body, headers), JSON.parse(text), "what verify returns");
    const signed = sign("standard-webhooks", { secret: SECRET, body, id: "msg_1", timestamp });
    checks.equal(sorted(signed), sorted(headers), "the same as sign");
    const event = new Verifier("standard-webhooks", { secrets: SECRET }).verify(body, headers);
    checks.equal(event.id, "msg_1", "the same to a Verifier");
  }
  const headers = headersFor(BODY);
  const refused = [
    [`${BODY} `, headers],
    [noise(100), headers],
    [BODY, {}],
    [JSON.parse(BODY), headers],
    [BODY, null],
  ] as const;
  for (const [body, given] of refused) {
    const error = thrown(() => webhook.verify(body, given));
    checks.ok(
      error instanceof WebhookVerificationError,
      `a WebhookVerificationError: ${String(error)}`,
    );
    checks.ok(error instanceof VerificationError, `and a VerificationError: ${String(error)}`);
  }
  const plain = new Verifier("standard-webhooks", { secrets: SECRET }).safeVerify(BODY, {});
  const isOurs = !plain.ok && (plain.error as unknown) instanceof WebhookVerificationError;
  checks.ok(!isOurs, "a VerificationError is no WebhookVerificationError");
  checks.ok(thrown(() => new Webhook("")) instanceof ConfigError, "an empty secret");
  const raw = new Webhook(noise(32));
  const signature = raw.sign("msg_1", timestamp, BODY);
  checks.equal(
    raw.verify(BODY, { ...headers, "webhook-signature": signature }),
    JSON.parse(BODY),
    "bytes as a secret",
  );
}

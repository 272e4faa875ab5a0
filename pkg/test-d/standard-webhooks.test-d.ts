import { VerificationError } from "countersign";
import { Webhook, WebhookVerificationError } from "countersign/standard-webhooks";

const webhook = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
new Webhook(new Uint8Array(24));
new Webhook("raw key", { format: "raw" });
// @ts-expect-error: no secret
new Webhook();
// @ts-expect-error: no such format
new Webhook("secret", { format: "hex" });

exact<ReturnType<typeof webhook.verify>, unknown>();
webhook.verify("{}", {
  "webhook-id": "msg_1",
  "webhook-timestamp": "1763740800",
  "webhook-signature": "v1,AA==",
});
webhook.verify(new Uint8Array(2), { "svix-id": "msg_1" }, { jsonParse: false });
// @ts-expect-error: a parsed body
webhook.verify({ type: "invoice.paid" }, {});

exact<ReturnType<typeof webhook.sign>, string>();
webhook.sign("msg_1", new Date(), "{}");
// @ts-expect-error: the timestamp is a Date
webhook.sign("msg_1", 1_763_740_800, "{}");

const error = some<WebhookVerificationError>();
const verificationError: VerificationError = error;

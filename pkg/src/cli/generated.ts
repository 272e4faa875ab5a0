// Made from the tables in src/scheme by `cargo xtask docs`. Change it there.

import type { SchemeName } from "countersign";

/** How a provider signs and delivers. */
export interface SchemeDetails {
  readonly title: string;
  /** How it signs: what is described, and the description. */
  readonly signing: readonly (readonly [what: string, description: string])[];
  /** How its secrets are written. */
  readonly secretFormat: "base64" | "text";
  /** An answer later than this counts as none. */
  readonly acknowledgeSeconds: number;
  /** From so long after delivery on, a copy is a replay; without it never. */
  readonly replayAfterSeconds?: number;
  /** The event types that the provider documents. */
  readonly eventTypes: readonly string[];
}

/** The providers that are built in. */
export const DETAILS = {
  boateros: {
    title: "Boateros",
    signing: [
      ["signature", "Boateros-Signature: <hex>"],
      ["signature's algorithm", "HMAC-SHA-256"],
      ["signed content", "<timestamp>.<body>"],
      ["timestamp", "Boateros-Timestamp, RFC 3339 with a zone"],
      ["event id", "none"],
      ["event type", "the body's type, else event (signed); else Boateros-Event (not signed)"],
      ["secret", "text, used as it is"],
    ],
    secretFormat: "text",
    acknowledgeSeconds: 10,
    replayAfterSeconds: 900,
    eventTypes: [
      "deal.accepted",
      "deal.cancelled",
      "deal.funded",
      "deal.offer_sent",
      "deal.opened",
      "hull.created",
      "hull.photos_added",
      "hull.price_changed",
      "hull.sold",
      "hull.syndicated",
      "hull.updated",
      "lead.assigned",
      "lead.consent_captured",
      "lead.converted",
      "lead.created",
      "lead.qualified",
      "lead.sms_sent",
      "lead.stalled",
      "listing.published",
      "listing.removed",
      "listing.updated",
      "payment.failed",
      "payment.refunded",
      "payment.succeeded",
      "service.completed",
      "service.invoiced",
      "service.opened",
      "service.parts_ordered",
    ],
  },
  peeker: {
    title: "Peeker",
    signing: [
      ["signature", "Peeker-Signature: v1=<hex>, several separated by ,"],
      ["signature's algorithm", "HMAC-SHA-256"],
      ["signed content", "<timestamp>.<event id>.<body>"],
      ["timestamp", "Peeker-Timestamp, Unix seconds"],
      ["event id", "Peeker-Event-Id (signed)"],
      ["event type", "the body's type, else event (signed)"],
      ["secret", "text, used as it is"],
    ],
    secretFormat: "text",
    acknowledgeSeconds: 15,
    eventTypes: [
      "domain.action_required",
      "domain.connected",
      "domain.forwarding_failed",
      "domain.forwarding_updated",
      "domain_import.action_required",
      "domain_import.completed",
      "domain_import.failed",
      "order.action_required",
      "order.cancel_scheduled",
      "order.cancelled",
      "order.completed",
      "order.failed",
      "order.in_progress",
      "swap.action_required",
      "swap.completed",
      "swap.created",
      "swap.failed",
      "swap.in_progress",
    ],
  },
  "standard-webhooks": {
    title: "Standard Webhooks",
    signing: [
      ["signature", "webhook-signature: v1,<base64>, several separated by a space"],
      ["signature's algorithm", "HMAC-SHA-256"],
      ["signed content", "<event id>.<timestamp>.<body>"],
      ["timestamp", "webhook-timestamp, Unix seconds"],
      ["event id", "webhook-id (signed)"],
      ["event type", "the body's type, else event (signed)"],
      ["secret", "base64, with or without whsec_ before it"],
    ],
    secretFormat: "base64",
    acknowledgeSeconds: 15,
    eventTypes: [],
  },
} as const satisfies Readonly<Record<SchemeName, SchemeDetails>>;

/** At which date the runtime's behaviour is frozen for the gateway: as in wrangler.toml. */
export const COMPATIBILITY_DATE = "2026-10-01";

// Made from the tables in src/scheme by `cargo xtask docs`. Change it there.

/** The name of a provider that is built in. */
export type SchemeName =
  | "boateros"
  | "peeker"
  | "standard-webhooks";

/** What can be said about a scheme without its secrets. */
export interface SchemeFacts {
  readonly headers: {
    readonly timestamp?: string;
    readonly id?: string;
    readonly type?: string;
    readonly signature: string;
  };
  readonly timestamp: "none" | "rfc3339" | "rfc3339-without-zone" | "unix-seconds";
}

/** The providers that are built in. */
export const SCHEMES = {
  boateros: {
    headers: {
      timestamp: "Boateros-Timestamp",
      type: "Boateros-Event",
      signature: "Boateros-Signature",
    },
    timestamp: "rfc3339",
  },
  peeker: {
    headers: {
      timestamp: "Peeker-Timestamp",
      id: "Peeker-Event-Id",
      signature: "Peeker-Signature",
    },
    timestamp: "unix-seconds",
  },
  "standard-webhooks": {
    headers: {
      timestamp: "webhook-timestamp",
      id: "webhook-id",
      signature: "webhook-signature",
    },
    timestamp: "unix-seconds",
  },
} as const satisfies Readonly<Record<SchemeName, SchemeFacts>>;

/** How long copies are recognised, and from when on one counts as a replay that somebody asked for. */
export interface DedupeFacts {
  readonly windowSeconds: number;
  readonly replayAfterSeconds: number | false;
}

/** How copies are recognised, by the scheme's name; `custom` is for one's own. */
export const DEDUPE = {
  boateros: { windowSeconds: 432000, replayAfterSeconds: 900 },
  peeker: { windowSeconds: 259200, replayAfterSeconds: false },
  "standard-webhooks": { windowSeconds: 432000, replayAfterSeconds: false },
  custom: { windowSeconds: 259200, replayAfterSeconds: false },
} as const satisfies Readonly<Record<SchemeName | "custom", DedupeFacts>>;

/** Of what differs in an unsigned type only, so many run. */
export const MAX_VARIANTS = 8;

/** How long an event may be remembered. */
export const DEDUPE_WINDOW_SECONDS = { least: 60, most: 31622400 };

/** The event types that Boateros documents. Others are genuine too. */
export type BoaterosEventType =
  | "deal.accepted"
  | "deal.cancelled"
  | "deal.funded"
  | "deal.offer_sent"
  | "deal.opened"
  | "hull.created"
  | "hull.photos_added"
  | "hull.price_changed"
  | "hull.sold"
  | "hull.syndicated"
  | "hull.updated"
  | "lead.assigned"
  | "lead.consent_captured"
  | "lead.converted"
  | "lead.created"
  | "lead.qualified"
  | "lead.sms_sent"
  | "lead.stalled"
  | "listing.published"
  | "listing.removed"
  | "listing.updated"
  | "payment.failed"
  | "payment.refunded"
  | "payment.succeeded"
  | "service.completed"
  | "service.invoiced"
  | "service.opened"
  | "service.parts_ordered";

/** The event types that Peeker documents. Others are genuine too. */
export type PeekerEventType =
  | "domain.action_required"
  | "domain.connected"
  | "domain.forwarding_failed"
  | "domain.forwarding_updated"
  | "domain_import.action_required"
  | "domain_import.completed"
  | "domain_import.failed"
  | "order.action_required"
  | "order.cancel_scheduled"
  | "order.cancelled"
  | "order.completed"
  | "order.failed"
  | "order.in_progress"
  | "swap.action_required"
  | "swap.completed"
  | "swap.created"
  | "swap.failed"
  | "swap.in_progress";

/** The event types that are documented, by the scheme's name. */
export interface Catalogues {
  boateros: BoaterosEventType;
  peeker: PeekerEventType;
  "standard-webhooks": never;
}

/** A mistake in a configuration, as the core names it. */
export type RustConfigErrorCode =
  | "duplicate_key"
  | "empty_secret"
  | "invalid_key_window"
  | "invalid_scheme"
  | "invalid_timestamp_format"
  | "invalid_tolerance"
  | "malformed_secret"
  | "no_secret"
  | "weak_secret";

/** Why a request is refused, as the core names it. */
export type VerifyErrorCode =
  | "ambiguous_header"
  | "malformed_header"
  | "missing_header"
  | "no_active_key"
  | "signature_mismatch"
  | "timestamp_too_new"
  | "timestamp_too_old"
  | "unsupported_signature";

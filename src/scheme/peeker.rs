use std::time::Duration;

use super::*;

/// Peeker: an event id in a signed header, Unix seconds, and
/// `v1=<hex>`.
pub const PEEKER: Scheme = Scheme {
    name: "peeker",
    title: "Peeker",
    signature: Signature {
        header: "Peeker-Signature",
        syntax: SignatureSyntax::Versioned { version: "v1", assign: '=', separator: ',' },
        encoding: Encoding::Hex,
    },
    timestamp: Some(Timestamp { header: "Peeker-Timestamp", format: TimestampFormat::UnixSeconds }),
    event_id: Some("Peeker-Event-Id"),
    event_type: None,
    signed: &[Part::Timestamp, Part::Dot, Part::EventId, Part::Dot],
    secret: SecretFormat::Utf8,
    delivery: Delivery {
        acknowledge_within: Duration::from_secs(15),
        retries: 5,
        retried_for: Duration::from_secs(24 * HOUR),
        schedule: "5 retries over 24 hours",
    },
    dedupe: Dedupe {
        key: DedupeKey::EventId,
        window: Duration::from_secs(3 * DAY),
        replays: Replays::Suppress,
    },
    catalogue: &[
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
};

use std::time::Duration;

use super::*;

/// Boateros: no event id, an RFC 3339 timestamp, bare hex, and the event type in an unsigned
/// header.
pub const BOATEROS: Scheme = Scheme {
    name: "boateros",
    title: "Boateros",
    signature: Signature {
        header: "Boateros-Signature",
        syntax: SignatureSyntax::Bare,
        encoding: Encoding::Hex,
    },
    timestamp: Some(Timestamp { header: "Boateros-Timestamp", format: TimestampFormat::Rfc3339 }),
    event_id: None,
    event_type: Some("Boateros-Event"),
    signed: &[Part::Timestamp, Part::Dot],
    secret: SecretFormat::Utf8,
    delivery: Delivery {
        acknowledge_within: Duration::from_secs(10),
        retries: 7,
        retried_for: Duration::from_secs(106 * HOUR + 36 * MINUTE),
        schedule: "1 min, 5 min, 30 min, 2 h, 8 h, 24 h, 72 h after one another",
    },
    dedupe: Dedupe {
        key: DedupeKey::TypeAndBody,
        window: Duration::from_secs(5 * DAY),
        replays: Replays::Deliver { after: Duration::from_secs(15 * MINUTE) },
    },
    catalogue: &[
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
};

use std::time::Duration;

use super::*;

/// [Standard Webhooks](https://www.standardwebhooks.com), symmetric signatures: what Svix and many
/// others send, and what the gateway signs with towards a destination.
pub const STANDARD_WEBHOOKS: Scheme = Scheme {
    name: "standard-webhooks",
    title: "Standard Webhooks",
    signature: Signature {
        header: "webhook-signature",
        syntax: SignatureSyntax::Versioned { version: "v1", assign: ',', separator: ' ' },
        encoding: Encoding::Base64,
    },
    timestamp: Some(Timestamp {
        header: "webhook-timestamp",
        format: TimestampFormat::UnixSeconds,
    }),
    event_id: Some("webhook-id"),
    event_type: None,
    signed: &[Part::EventId, Part::Dot, Part::Timestamp, Part::Dot],
    secret: SecretFormat::Base64 { prefix: "whsec_" },
    delivery: Delivery {
        acknowledge_within: Duration::from_secs(15),
        retries: 9,
        retried_for: Duration::from_secs(75 * HOUR + 35 * MINUTE + 5),
        schedule: "5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h after one another",
    },
    dedupe: Dedupe {
        key: DedupeKey::EventId,
        window: Duration::from_secs(5 * DAY),
        replays: Replays::Suppress,
    },
    catalogue: &[],
};

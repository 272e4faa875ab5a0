use std::time::Duration;

use super::*;

/// HMAC-SHA-256 over the body alone, so that published HMAC vectors can go through the whole
/// verifier. Without a timestamp a captured request could be replayed for ever, so it is not for
/// use.
pub const BODY_HMAC: Scheme = Scheme {
    name: "body-hmac",
    title: "Bare HMAC over the body",
    signature: Signature {
        header: "Body-Signature",
        syntax: SignatureSyntax::Bare,
        encoding: Encoding::Hex,
    },
    timestamp: None,
    event_id: None,
    event_type: None,
    signed: &[],
    secret: SecretFormat::Utf8,
    delivery: Delivery {
        acknowledge_within: Duration::from_secs(10),
        retries: 0,
        retried_for: Duration::ZERO,
        schedule: "none",
    },
    dedupe: Dedupe {
        key: DedupeKey::TypeAndBody,
        window: Duration::from_secs(DAY),
        replays: Replays::Suppress,
    },
    catalogue: &[],
};

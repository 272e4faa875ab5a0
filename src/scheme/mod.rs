//! How providers sign: data, no code. One file per provider. The one function besides the look-up
//! by name reads a scheme of your own: [`parse`].
//!
//! To add a provider: copy a file, add its const to [`ALL`], add `tests/vectors/<name>.json`, run
//! the tests.

mod boateros;
pub(crate) mod custom;
mod peeker;
mod standard_webhooks;
#[cfg(feature = "testing")]
mod testing;

use std::time::Duration;

pub use self::boateros::BOATEROS;
pub use self::custom::{CUSTOM_DEDUPE, parse};
pub use self::peeker::PEEKER;
pub use self::standard_webhooks::STANDARD_WEBHOOKS;
#[cfg(feature = "testing")]
pub use self::testing::BODY_HMAC;
pub use crate::encoding::Encoding;
pub use crate::secret::SecretFormat;

/// Every scheme, by name.
pub const ALL: &[&Scheme] = &[
    &BOATEROS,
    #[cfg(feature = "testing")]
    &BODY_HMAC,
    &PEEKER,
    &STANDARD_WEBHOOKS,
];

/// The scheme of this name.
pub fn by_name(name: &str) -> Option<&'static Scheme> {
    ALL.iter().find(|scheme| scheme.name == name).copied()
}

/// How one provider signs, and how it delivers.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scheme {
    /// The name by which it is configured, such as `standard-webhooks`.
    pub name: &'static str,
    /// The name to show to people.
    pub title: &'static str,
    /// The signature's header.
    pub signature: Signature,
    /// The timestamp's header, if the scheme has one.
    pub timestamp: Option<Timestamp>,
    /// The header with the event's id, if the scheme has one. Ids are signed.
    pub event_id: Option<&'static str>,
    /// The header that names the event's type, if the scheme has one. It is not signed.
    pub event_type: Option<&'static str>,
    /// What stands before the body in the signed content. The body is always last.
    pub signed: &'static [Part],
    /// How secrets are written.
    pub secret: SecretFormat,
    /// How the provider delivers.
    pub delivery: Delivery,
    /// How copies of one event are recognised.
    pub dedupe: Dedupe,
    /// The event types that the provider documents. Others are genuine too.
    pub catalogue: &'static [&'static str],
}

impl Scheme {
    /// The names of the headers that it reads.
    pub(crate) fn headers(&self) -> [Option<&'static str>; 4] {
        let timestamp = self.timestamp.map(|timestamp| timestamp.header);
        [timestamp, self.event_id, self.event_type, Some(self.signature.header)]
    }
}

/// Where the signature stands, and how it is written.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Signature {
    /// The header's name.
    pub header: &'static str,
    /// One signature, or a list of them.
    pub syntax: SignatureSyntax,
    /// How a tag is written.
    pub encoding: Encoding,
}

/// One signature, or a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureSyntax {
    /// The tag and nothing else.
    Bare,
    /// A list of `version=tag`; entries of other versions are ignored beside one of this version.
    Versioned {
        /// The version that stands for HMAC-SHA-256, such as `v1`.
        version: &'static str,
        /// What stands between version and tag.
        assign: char,
        /// What stands between entries.
        separator: char,
    },
}

/// Where the timestamp stands, and how it is written.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Timestamp {
    /// The header's name.
    pub header: &'static str,
    /// How it is written.
    pub format: TimestampFormat,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampFormat {
    /// RFC 3339 with a zone: `2026-11-21T18:00:00Z`, `…:00.123+02:00`.
    Rfc3339,
    /// The same without a zone, read as UTC, with exactly so many fraction digits.
    Rfc3339WithoutZone {
        /// 0 to 9. The number is fixed, because the signed content could otherwise be read in
        /// two ways.
        fraction_digits: u8,
    },
    /// Seconds since 1970, 1 to 12 digits.
    UnixSeconds,
}

/// A part of the signed content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// A full stop.
    Dot,
    /// The event id's header, as it was sent.
    EventId,
    /// Text that is always the same, such as `v0:`.
    Text(&'static str),
    /// The timestamp's header, as it was sent.
    Timestamp,
}

/// How a provider delivers, from its documents.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// An answer later than this counts as a failure.
    pub acknowledge_within: Duration,
    /// How often a failed delivery is tried again.
    pub retries: u32,
    /// How long after the first attempt the last one comes.
    pub retried_for: Duration,
    /// The pauses between attempts, in words.
    pub schedule: &'static str,
}

/// How copies of one event are recognised, and what becomes of them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Dedupe {
    /// What identifies an event.
    pub key: DedupeKey,
    /// How long an event is remembered.
    pub window: Duration,
    /// What a copy means that comes long after delivery.
    pub replays: Replays,
}

/// What identifies an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DedupeKey {
    /// The signed event id.
    EventId,
    /// The event type, if it is in the catalogue, and the SHA-256 of the body.
    TypeAndBody,
}

/// What a copy means that comes long after delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Replays {
    /// Somebody replayed it on purpose at the provider: it is delivered again.
    Deliver {
        /// How long after our first 2xx for the delivery before it. A sooner copy is a retry.
        after: Duration,
    },
    /// It is one more duplicate.
    Suppress,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

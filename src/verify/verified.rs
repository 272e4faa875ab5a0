use std::sync::OnceLock;

use super::{EventType, SentHeaders};
use crate::encoding;
use crate::mac::Digest;
use crate::scheme::{DedupeKey, Scheme};
use crate::secret::Key;
use crate::time::UnixTime;

/// A genuine event: the proof that a request passed.
///
/// Its fields are private and only a [`Verifier`](super::Verifier) makes one, so whatever takes a
/// `Verified` can't be handed something that was not verified:
///
/// ```compile_fail
/// fn act_on(event: countersign::Verified<'_>) {}
///
/// act_on(b"{}");
/// ```
#[derive(Debug)]
pub struct Verified<'a> {
    pub(super) scheme: &'static Scheme,
    pub(super) key: &'a Key,
    pub(super) sent: SentHeaders<'a>,
    pub(super) time: Option<UnixTime>,
    pub(super) event_type: OnceLock<EventType>,
    pub(super) body: &'a [u8],
}

impl<'a> Verified<'a> {
    /// The scheme by which it was signed.
    pub const fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// The id of the key that signed it.
    pub fn key_id(&self) -> &'a str {
        self.key.id()
    }

    /// The type, and who says so. Read from the body at the first call.
    pub fn event_type(&self) -> &EventType {
        let header = || self.sent.event_type.map(str::to_owned);
        self.event_type.get_or_init(|| EventType::new(self.body, header()))
    }

    /// When it was signed.
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.time
    }

    /// The provider's id of the event, if the scheme has one. It is signed.
    pub const fn event_id(&self) -> Option<&'a str> {
        self.sent.event_id
    }

    /// The scheme's headers as they were verified: each once, printable, and without odd bytes.
    /// All but the event type's take part in the signature, or are it.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.sent.pairs(self.scheme)
    }

    /// The bytes that were signed.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// What identifies the event among the provider's: `peeker:evt_1`,
    /// `boateros:hull.sold:<SHA-256 of the body>`.
    pub fn dedupe_key(&self) -> String {
        self.dedupe_key_with(|| Digest::of(self.body))
    }

    /// The same, for a caller who has the body's digest already.
    pub fn dedupe_key_with(&self, body_digest: impl FnOnce() -> Digest) -> String {
        match (self.scheme.dedupe.key, self.event_id()) {
            (DedupeKey::EventId, Some(id)) => encoding::join(&[self.scheme.name, ":", id]),
            _ => {
                let name = catalogued(self.scheme, self.event_type()).unwrap_or("-");
                encoding::join(&[self.scheme.name, ":", name, ":", &body_digest().to_hex()])
            }
        }
    }
}

/// The type takes part in a key only if it is catalogued. It may come from an unsigned header, and
/// nobody must be able to make up any number of keys for one captured request.
pub(crate) fn catalogued<'t>(scheme: &Scheme, event_type: &'t EventType) -> Option<&'t str> {
    event_type.name().filter(|name| scheme.catalogue.contains(name))
}

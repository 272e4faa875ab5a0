use std::time::Duration;

use super::config::{Destination, Source};
use super::dedupe::{Decision, Identity, Mark, Policy, Seen, Variant, ttl_seconds};
use super::stored::{Head, Sending, StoredEvent, forwardable};
use crate::mac::Digest;
use crate::time::UnixTime;
use crate::verify::Verified;

/// A genuine event at the gateway. It can be made from a [`Verified`] and from nothing else, and
/// nothing else can be forwarded:
///
/// ```compile_fail
/// use countersign::gateway::{Event, Source};
/// use countersign::{Digest, UnixTime};
///
/// fn forward(source: &Source, unverified: &[u8], now: UnixTime) {
///     Event::new(source, unverified, Digest::of(unverified), now);
/// }
/// ```
#[derive(Debug)]
pub struct Event<'e> {
    source: &'e Source,
    verified: Verified<'e>,
    variant: Variant,
    dedupe_key: String,
    received_at: UnixTime,
}

impl<'e> Event<'e> {
    /// An event that `source` received. `body_digest` is the SHA-256 of its body.
    pub fn new(
        source: &'e Source,
        verified: Verified<'e>,
        body_digest: Digest,
        received_at: UnixTime,
    ) -> Self {
        let dedupe_key = pointed_id(source.dedupe(), verified.body())
            .map(|id| format!("{}:id:{id}", verified.scheme().name))
            .unwrap_or_else(|| verified.dedupe_key_with(|| body_digest));
        let variant = Variant::new(&body_digest, verified.event_type());
        Self { source, verified, variant, dedupe_key, received_at }
    }

    /// The proof.
    pub const fn verified(&self) -> &Verified<'e> {
        &self.verified
    }

    /// The event's id, the same for every copy: the provider's if it has one.
    pub fn id(&self) -> String {
        self.verified.event_id().map_or_else(
            || format!("sha256_{}", Digest::of(self.dedupe_key.as_bytes())),
            str::to_owned,
        )
    }

    /// Whether any destination wants events of this type.
    pub fn is_wanted(&self) -> bool {
        self.wanted_by().next().is_some()
    }

    /// The names of the destinations that want events of this type.
    pub(super) fn wanted_by(&self) -> impl Iterator<Item = &'e str> {
        let event_type = self.verified.event_type();
        let passes = move |destination: &&Destination| destination.filter.passes(event_type);
        self.source.destinations().filter(passes).map(|destination| destination.name.as_str())
    }

    /// Where the store keeps what was delivered of this event; `None` if the source does not
    /// dedupe.
    pub fn store_key(&self) -> Option<String> {
        self.source.dedupe().map(|_| format!("seen/{}/{}", self.source.name(), self.dedupe_key))
    }

    /// What no two requests forward at once: this event with this body and type. `None` if the
    /// source does not dedupe.
    pub fn claim_key(&self) -> Option<String> {
        self.store_key().map(|key| format!("{key}/{}", self.variant.text))
    }

    /// What the event is in the light of what was delivered before.
    pub fn judge(&self, seen: Option<&Seen>, now: UnixTime) -> Decision {
        match (self.source.dedupe(), seen) {
            (Some(policy), Some(seen)) => seen.judge(&self.variant, policy.replays, now),
            _ => Decision::Fresh,
        }
    }

    /// What to send to the destination. The headers are built afresh; of the request's own only
    /// those pass that were verified.
    pub fn transmit(
        &self,
        decision: &Decision,
        content_type: Option<&str>,
        now: UnixTime,
    ) -> Transmit<'_> {
        let sending = Sending {
            attempt: 1,
            replays: decision.replay_count(),
            is_conflict: *decision == Decision::Conflict,
        };
        let destination = self.source.destination();
        let body = self.verified.body();
        let transmit = self.to_stored(content_type).transmit(destination, sending, body, now);
        Transmit { timeout: self.timeout(now), ..transmit }
    }

    /// All of the event but its body, to be stored or sent.
    pub(super) fn to_stored(&self, content_type: Option<&str>) -> StoredEvent {
        let event_type = self.verified.event_type();
        // A type that the signed body contradicts is nobody's.
        let is_untrue = |name: &str| {
            event_type.is_conflicting() && self.verified.scheme().event_type == Some(name)
        };
        let headers = self.verified.headers().filter(|(name, _)| !is_untrue(name));
        StoredEvent {
            source: self.source.name().to_owned(),
            key: self.dedupe_key.clone(),
            variant: self.variant.text.clone(),
            id: self.id(),
            event_type: event_type.name().map(str::to_owned),
            received_at: self.received_at,
            head: Head {
                content_type: forwardable(content_type).to_owned(),
                is_type_conflicting: event_type.is_conflicting(),
                headers: headers.map(|(name, value)| (name, value.to_owned())).collect(),
            },
        }
    }

    /// The source that received it.
    pub(super) const fn source(&self) -> &'e Source {
        self.source
    }

    /// What distinguishes it from others under its key.
    pub(super) const fn variant(&self) -> &Variant {
        &self.variant
    }

    /// What to remember now that the destination has accepted; `None` if the source does not
    /// dedupe.
    pub fn mark(&self, seen: Option<Seen>, decision: &Decision, now: UnixTime) -> Option<Mark> {
        let seen = seen.unwrap_or_default().with(&self.variant, decision, now);
        Some(Mark {
            key: self.store_key()?,
            value: serde_json::to_string(&seen).ok()?,
            ttl_seconds: ttl_seconds(self.source.dedupe()?.window),
        })
    }

    /// How long a claim on the event lasts: as long as forwarding and marking can take.
    pub fn lease(&self) -> Duration {
        self.verified.scheme().delivery.acknowledge_within
    }

    /// The destination's own timeout, or what is left of the provider's deadline less a reserve;
    /// a second at least.
    fn timeout(&self, now: UnixTime) -> Duration {
        let spent = u64::try_from(now.millis_since(self.received_at)).unwrap_or(0);
        let left =
            self.lease().saturating_sub(RESERVE).saturating_sub(Duration::from_millis(spent));
        self.source.destination().timeout.min(left).max(Duration::from_secs(1))
    }
}

/// What is left of the provider's deadline when the destination's time is up.
pub(super) const RESERVE: Duration = Duration::from_secs(2);

/// An event on its way to its destination.
#[derive(Debug)]
#[non_exhaustive]
pub struct Transmit<'e> {
    /// Where to.
    pub url: &'e str,
    /// All headers.
    pub headers: Vec<(&'static str, String)>,
    /// The provider's body, byte for byte.
    pub body: &'e [u8],
    /// How long to wait for the answer.
    pub timeout: Duration,
}

/// The id in the body that the source is configured to dedupe by, if the body has a usable one.
fn pointed_id(policy: Option<&Policy>, body: &[u8]) -> Option<String> {
    let Identity::Pointer(pointer) = &policy?.identity else {
        return None;
    };
    let body: serde_json::Value = serde_json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    let id = match body.pointer(pointer)? {
        serde_json::Value::String(id) => id.clone(),
        id => id.as_u64()?.to_string(),
    };
    let is_usable = (1..=255).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_usable.then_some(id)
}

use std::time::Duration;

use super::config::Source;
use super::dedupe::{Decision, Identity, Mark, Policy, Seen, Variant, ttl_seconds};
use crate::encoding::hex;
use crate::mac::Digest;
use crate::scheme::STANDARD_WEBHOOKS;
use crate::sign::{Outgoing, sign};
use crate::time::{UnixTime, millis};
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

    /// Whether the destination wants events of this type.
    pub fn is_wanted(&self) -> bool {
        self.source.destination().filter.passes(self.verified.event_type())
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
        let destination = self.source.destination();
        Transmit {
            url: destination.url.as_str(),
            headers: self.headers(decision, content_type, now),
            body: self.verified.body(),
            timeout: self.timeout(now),
        }
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

    fn headers(
        &self,
        decision: &Decision,
        content_type: Option<&str>,
        now: UnixTime,
    ) -> Vec<(&'static str, String)> {
        let event_type = self.verified.event_type();
        let delivery_id = self.delivery_id(decision);
        let mut headers = vec![("content-type", forwardable(content_type).to_owned())];
        let signature = self.signature(&delivery_id, now);
        // A provider that signs as we do would otherwise send some headers twice, and a type that
        // the signed body contradicts is nobody's.
        let is_ours = |name: &str| signature.iter().any(|(ours, _)| *ours == name);
        let is_untrue = |name: &str| event_type.is_conflicting() && self.is_type_header(name);
        let verified = self.verified.headers().iter();
        headers.extend(verified.filter(|(name, _)| !is_ours(name) && !is_untrue(name)).cloned());
        headers.extend(signature);
        headers.extend([
            ("countersign-source", self.source.name().to_owned()),
            ("countersign-event-id", self.id()),
            ("countersign-delivery-id", delivery_id),
            ("countersign-attempt", "1".to_owned()),
            ("countersign-received-at", self.received_at.to_string()),
        ]);
        headers.extend(event_type.name().map(|name| ("countersign-event-type", name.to_owned())));
        if event_type.is_conflicting() {
            headers.push(("countersign-type-conflict", "true".to_owned()));
        }
        match decision {
            Decision::Conflict => headers.push(("countersign-conflict", "true".to_owned())),
            Decision::Replay { .. } => headers.push(("countersign-replay", "true".to_owned())),
            _ => {}
        }
        headers
    }

    fn is_type_header(&self, name: &str) -> bool {
        self.verified.scheme().event_type == Some(name)
    }

    /// The delivery, signed anew as Standard Webhooks, if the destination has a secret for it.
    fn signature(&self, delivery_id: &str, now: UnixTime) -> Vec<(&'static str, String)> {
        let Some(secret) = &self.source.destination().signing_secret else {
            return Vec::new();
        };
        let message = Outgoing {
            event_id: Some(delivery_id),
            event_type: None,
            timestamp: now,
            body: self.verified.body(),
        };
        // A delivery id always fits the scheme. If it did not, the destination would refuse the
        // unsigned request.
        sign(&STANDARD_WEBHOOKS, &[secret], &message).unwrap_or_default()
    }

    /// The same for every attempt, without being stored; another one for a replay, and for
    /// another body or type under the same key.
    fn delivery_id(&self, decision: &Decision) -> String {
        let replays = decision.replay_count().to_string();
        let destination = &self.source.destination().name;
        let variant = &self.variant.text;
        let parts = [self.source.name(), destination, &self.dedupe_key, variant, &replays];
        let text: String = parts.map(|part| format!("{}:{part}", part.len())).concat();
        let Digest(digest) = Digest::of(text.as_bytes());
        let (half, _) = digest.split_at(16);
        format!("dlv_{}", hex(half))
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

impl Transmit<'_> {
    /// The timeout in milliseconds.
    pub fn timeout_millis(&self) -> u32 {
        u32::try_from(millis(self.timeout)).unwrap_or(u32::MAX)
    }
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

/// The content type, if it is one plain value. Nobody has signed it.
fn forwardable(content_type: Option<&str>) -> &str {
    content_type
        .map(str::trim)
        .filter(|text| (1..=255).contains(&text.len()))
        .filter(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b','))
        .unwrap_or("application/octet-stream")
}

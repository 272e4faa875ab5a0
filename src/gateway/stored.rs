use serde::{Serialize, Serializer};
use serde_json::Value;

use super::config::{Destination, Source};
use super::event::Transmit;
use crate::encoding::hex;
use crate::mac::Digest;
use crate::scheme::{STANDARD_WEBHOOKS, Scheme};
use crate::secret::Secret;
use crate::sign::{Outgoing, sign};
use crate::time::UnixTime;

/// All of a genuine event but its body: what is needed to send it, now or much later. It is made
/// of an [`Event`](super::Event), or of the row that one was stored in, and of nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredEvent {
    pub(super) source: String,
    pub(super) key: String,
    pub(super) variant: String,
    pub(super) id: String,
    pub(super) event_type: Option<String>,
    pub(super) received_at: UnixTime,
    pub(super) head: Head,
}

/// What nothing is looked up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) content_type: String,
    pub(super) is_type_conflicting: bool,
    /// The provider's headers, as they were verified.
    pub(super) headers: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeadText<'h> {
    content_type: &'h str,
    type_conflict: bool,
    headers: Headers<'h>,
}

/// Names and values as one object.
struct Headers<'h>(&'h [(&'static str, String)]);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Head {
    pub(super) fn to_json(&self) -> String {
        let headers = Headers(&self.headers);
        let (content_type, type_conflict) = (&self.content_type, self.is_type_conflicting);
        serde_json::to_string(&HeadText { content_type, type_conflict, headers })
            .unwrap_or_default()
    }

    /// From its text. A header that the scheme does not have is not ours.
    pub(super) fn parse(text: &str, scheme: &'static Scheme) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let headers = value.get("headers")?;
        let mut known = Vec::new();
        for name in scheme.headers().into_iter().flatten() {
            if let Some(value) = headers.get(name).and_then(Value::as_str) {
                known.push((name, value.to_owned()));
            }
        }
        Some(Self {
            content_type: value.get("contentType")?.as_str()?.to_owned(),
            is_type_conflicting: value.get("typeConflict")?.as_bool()?,
            headers: known,
        })
    }
}

/// Which delivery of an event this is, and which attempt at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    /// 1 for the first attempt.
    pub(super) attempt: u32,
    /// How often the event was replayed before.
    pub(super) replays: u32,
    pub(super) is_conflict: bool,
}

impl StoredEvent {
    /// What to send to a destination of its source. The headers are built afresh; of the
    /// request's own only those pass that were verified.
    pub(super) fn transmit<'t>(
        &self,
        destination: &'t Destination,
        sending: Sending,
        body: &'t [u8],
        now: UnixTime,
    ) -> Transmit<'t> {
        Transmit {
            url: destination.url.as_str(),
            headers: self.headers(destination, sending, body, now),
            body,
            timeout: destination.timeout,
        }
    }

    fn headers(
        &self,
        destination: &Destination,
        sending: Sending,
        body: &[u8],
        now: UnixTime,
    ) -> Vec<(&'static str, String)> {
        let delivery_id = self.delivery_id(&destination.name, sending.replays);
        let mut headers = vec![("content-type", self.head.content_type.clone())];
        let signature = signature(destination, &delivery_id, body, now);
        // A provider that signs as we do would otherwise send some headers twice.
        let is_ours = |name: &str| signature.iter().any(|(ours, _)| *ours == name);
        headers.extend(self.head.headers.iter().filter(|(name, _)| !is_ours(name)).cloned());
        headers.extend(signature);
        headers.extend([
            ("countersign-source", self.source.clone()),
            ("countersign-event-id", self.id.clone()),
            ("countersign-delivery-id", delivery_id),
            ("countersign-attempt", sending.attempt.to_string()),
            ("countersign-received-at", self.received_at.to_string()),
        ]);
        headers.extend(self.event_type.clone().map(|name| ("countersign-event-type", name)));
        for (name, is_so) in [
            ("countersign-type-conflict", self.head.is_type_conflicting),
            ("countersign-conflict", sending.is_conflict),
            ("countersign-replay", sending.replays > 0),
        ] {
            if is_so {
                headers.push((name, "true".to_owned()));
            }
        }
        headers
    }

    /// The same for every attempt; another one for a replay, and for another body or type under
    /// the same key.
    pub(super) fn delivery_id(&self, destination: &str, replays: u32) -> String {
        let replays = replays.to_string();
        let parts = [&self.source, destination, &self.key, &self.variant, &replays];
        let text: String = parts.map(|part| format!("{}:{part}", part.len())).concat();
        let Digest(digest) = Digest::of(text.as_bytes());
        let (half, _) = digest.split_at(16);
        format!("dlv_{}", hex(half))
    }

    /// From the columns of a row, if they are ours.
    pub(super) fn of_row(source: &Source, row: StoredRow) -> Option<Self> {
        Some(Self {
            source: source.name().to_owned(),
            key: row.key,
            variant: row.variant,
            id: row.id,
            event_type: row.event_type,
            received_at: row.received_at,
            head: Head::parse(&row.head, source.verifier().scheme())?,
        })
    }
}

/// The columns that an event is made of again.
pub(super) struct StoredRow {
    pub(super) key: String,
    pub(super) variant: String,
    pub(super) id: String,
    pub(super) event_type: Option<String>,
    pub(super) received_at: UnixTime,
    pub(super) head: String,
}

/// The delivery, signed anew as Standard Webhooks, if the destination has secrets for it; during a
/// rotation with both.
fn signature(
    destination: &Destination,
    delivery_id: &str,
    body: &[u8],
    now: UnixTime,
) -> Vec<(&'static str, String)> {
    let secrets: Vec<&Secret> = destination.signing_secrets.iter().collect();
    if secrets.is_empty() {
        return Vec::new();
    }
    let message = Outgoing { event_id: Some(delivery_id), event_type: None, timestamp: now, body };
    // A delivery id always fits the scheme. If it did not, the destination would refuse the
    // unsigned request.
    sign(&STANDARD_WEBHOOKS, &secrets, &message).unwrap_or_default()
}

/// The content type, if it is one plain value. Nobody has signed it.
pub(super) fn forwardable(content_type: Option<&str>) -> &str {
    content_type
        .map(str::trim)
        .filter(|text| (1..=255).contains(&text.len()))
        .filter(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b','))
        .unwrap_or("application/octet-stream")
}

/// Which of several shards is at home for a dedupe key.
pub(super) fn shard_of(key: &str, shards: u32) -> u32 {
    let Digest([a, b, c, d, ..]) = Digest::of(key.as_bytes());
    u32::from_be_bytes([a, b, c, d]).checked_rem(shards).unwrap_or_default()
}

//! What goes over the wire between the Worker and a shard, and between shards.

use serde::Serialize;
use serde_json::Value;

use super::super::config::{Mode, Source};
use super::super::dedupe::{Seen, Variant};
use super::super::event::Event;
use super::super::stored::{StoredEvent, shard_of};
use crate::time::UnixTime;

/// A genuine event on its way into the inbox: all but its body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name of its source.
    pub source: String,
    /// How many shards the source has.
    pub shards: u32,
    pub(super) key: String,
    pub(super) variant: Variant,
    /// Whether copies of it are recognised.
    pub(super) is_deduped: bool,
    pub(super) id: String,
    pub(super) event_type: Option<String>,
    pub(super) received_at: UnixTime,
    pub(super) destinations: Vec<String>,
    pub(super) head: String,
    pub(super) only_if_known: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryText<'e> {
    source: &'e str,
    shards: u32,
    key: &'e str,
    variant: &'e str,
    variant_signed: bool,
    deduped: bool,
    id: &'e str,
    r#type: Option<&'e str>,
    received_at: i64,
    destinations: &'e [String],
    head: &'e str,
    only_if_known: bool,
}

impl Entry {
    /// An event for all destinations that want it. `request_id` tells events apart whose source
    /// does not dedupe.
    pub fn new(event: &Event<'_>, content_type: Option<&str>, request_id: &str) -> Self {
        let StoredEvent { source, key, id, event_type, received_at, head, .. } =
            event.to_stored(content_type);
        let is_deduped = event.source().dedupe().is_some();
        Self {
            source,
            shards: shards(event.source()),
            key: if is_deduped { key } else { request_id.to_owned() },
            variant: event.variant().clone(),
            is_deduped,
            id,
            event_type,
            received_at,
            destinations: event.wanted_by().map(str::to_owned).collect(),
            head: head.to_json(),
            only_if_known: false,
        }
    }

    /// The shard that it belongs to.
    pub fn shard(&self) -> u32 {
        shard_of(&self.key, self.shards)
    }

    /// The same for a shard that it may have belonged to before: that shard takes it only if it
    /// has it already.
    #[must_use]
    pub fn only_if_known(self) -> Self {
        Self { only_if_known: true, ..self }
    }

    /// As text.
    pub fn to_json(&self) -> String {
        let text = EntryText {
            source: &self.source,
            shards: self.shards,
            key: &self.key,
            variant: &self.variant.text,
            variant_signed: self.variant.is_signed,
            deduped: self.is_deduped,
            id: &self.id,
            r#type: self.event_type.as_deref(),
            received_at: self.received_at.as_millis(),
            destinations: &self.destinations,
            head: &self.head,
            only_if_known: self.only_if_known,
        };
        serde_json::to_string(&text).unwrap_or_default()
    }

    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let is = |name: &str| value.get(name)?.as_bool();
        let names = value.get("destinations")?.as_array()?.iter();
        let names = names.map(|name| name.as_str().map(str::to_owned));
        Some(Self {
            source: text("source")?,
            shards: value.get("shards")?.as_u64()?.try_into().ok()?,
            key: text("key")?,
            variant: Variant { text: text("variant")?, is_signed: is("variantSigned")? },
            is_deduped: is("deduped")?,
            id: text("id")?,
            event_type: text("type"),
            received_at: UnixTime::from_millis(value.get("receivedAt")?.as_i64()?),
            destinations: names.collect::<Option<_>>()?,
            head: text("head")?,
            only_if_known: is("onlyIfKnown")?,
        })
    }
}

fn shards(source: &Source) -> u32 {
    match source.mode() {
        Mode::Inbox(settings) => settings.shards,
        Mode::Relay => 1,
    }
}

/// What a shard did with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an adapter has to handle all of them")]
pub enum Acceptance {
    /// It is stored, and will be delivered.
    Fresh,
    /// The same, although another body or type came under its key before.
    Conflict,
    /// It was delivered long ago; it will be delivered again.
    Replay {
        /// 1 for the first replay.
        count: u32,
        /// Whether only relay mode has delivered it so far, so that it is stored now.
        is_new: bool,
    },
    /// Its delivery had been given up; it is tried again.
    Redriven,
    /// It was there already.
    Duplicate {
        /// When it was first accepted.
        first_seen: UnixTime,
        /// When a copy would be taken for a replay, if it is delivered and its source delivers
        /// replays.
        replay_from: Option<UnixTime>,
    },
    /// It is not here, and was not to be stored here.
    Unknown,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcceptanceText {
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_new: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay_from: Option<i64>,
}

impl Acceptance {
    /// Whether the event will be sent because of this copy.
    pub const fn is_stored(&self) -> bool {
        !matches!(self, Self::Duplicate { .. } | Self::Unknown)
    }

    /// Whether the body that came with it is kept.
    pub const fn keeps_body(&self) -> bool {
        matches!(self, Self::Fresh | Self::Conflict | Self::Replay { is_new: true, .. })
    }

    /// As text.
    pub fn to_json(&self) -> String {
        let mut text = AcceptanceText {
            decision: self.name(),
            count: None,
            is_new: false,
            first_seen: None,
            replay_from: None,
        };
        match self {
            Self::Replay { count, is_new } => {
                text.count = Some(*count);
                text.is_new = *is_new;
            }
            Self::Duplicate { first_seen, replay_from } => {
                text.first_seen = Some(first_seen.as_millis());
                text.replay_from = replay_from.map(UnixTime::as_millis);
            }
            _ => {}
        }
        serde_json::to_string(&text).unwrap_or_default()
    }

    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let time = |name: &str| value.get(name)?.as_i64().map(UnixTime::from_millis);
        Some(match value.get("decision")?.as_str()? {
            "fresh" => Self::Fresh,
            "conflict" => Self::Conflict,
            "replay" => Self::Replay {
                count: value.get("count")?.as_u64()?.try_into().ok()?,
                is_new: value.get("isNew").is_some(),
            },
            "redriven" => Self::Redriven,
            "duplicate" => {
                Self::Duplicate { first_seen: time("firstSeen")?, replay_from: time("replayFrom") }
            }
            "unknown" => Self::Unknown,
            _ => return None,
        })
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Conflict => "conflict",
            Self::Replay { .. } => "replay",
            Self::Redriven => "redriven",
            Self::Duplicate { .. } => "duplicate",
            Self::Unknown => "unknown",
        }
    }
}

/// What a shard needs before it can accept an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an adapter has to handle all of them")]
pub enum Step {
    /// Nothing: this is what it did.
    Done(Acceptance),
    /// The shards that the source has had, which the first shard knows.
    AskFirstShard,
    /// What this other shard does with the entry if it has it.
    AskShard(u32),
    /// What relay mode remembers in KV under this key.
    AskStore(String),
}

/// What was found out for a shard.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "an adapter fills it in")]
pub struct Hearsay {
    /// From the first shard.
    pub layouts: Option<super::Layouts>,
    /// The shards that don't have the entry.
    pub asked: Vec<u32>,
    /// From KV: `Some(None)` if it has nothing, or could not be read.
    pub seen: Option<Option<Seen>>,
}

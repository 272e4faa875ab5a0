use serde::Serialize;

use super::config::{Config, Mistake};
use super::dedupe::Decision;
use super::event::Event;
use super::outcome::Outcome;
use super::reply::{Refusal, Reply};

/// The record of one request: one line of JSON. It holds no secret and nothing of a body but the
/// event's type and id.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LogLine {
    level: &'static str,
    message: &'static str,
    /// The id in the answer's `countersign-request-id`.
    pub request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    outcome: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    type_signed: Option<bool>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    type_conflict: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    dedupe: Option<DedupeLog>,
    /// `false` if the delivery could not be remembered: a copy may be delivered too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_status: Option<u16>,
    /// From the request's arrival to its answer, in milliseconds.
    pub latency_ms: i64,
}

/// What the store had to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DedupeLog {
    /// Another body was delivered under this key.
    Conflict,
    /// It was delivered already.
    Duplicate,
    /// It was not delivered before.
    Fresh,
    /// The source does not dedupe.
    Off,
    /// It was delivered long ago, and again now.
    Replay,
    /// The store could not be read: it was forwarded without knowing.
    Unknown,
}

impl DedupeLog {
    /// What the store had to do with an event that is forwarded.
    pub fn of(event: &Event<'_>, decision: &Decision, is_store_readable: bool) -> Self {
        match decision {
            _ if event.store_key().is_none() => Self::Off,
            _ if !is_store_readable => Self::Unknown,
            Decision::Conflict => Self::Conflict,
            Decision::Duplicate { .. } => Self::Duplicate,
            Decision::Fresh => Self::Fresh,
            Decision::Replay { .. } => Self::Replay,
        }
    }
}

impl LogLine {
    /// The record of a request that got no further.
    pub fn refused(source: Option<&str>, refusal: &Refusal, reply: &Reply) -> Self {
        let detail = match refusal {
            Refusal::Unauthorized(error) => Some(error.to_string()),
            _ => None,
        };
        let level = match (refusal, reply.status) {
            (_, 500..) => "error",
            (Refusal::InFlight, _) => "info",
            _ => "warn",
        };
        Self {
            level,
            reason: Some(refusal.code()),
            detail,
            ..Self::answered(source, "refused", reply)
        }
    }

    /// The record of a genuine event that the destination does not want.
    pub fn filtered(source: &str, event: &Event<'_>, reply: &Reply) -> Self {
        Self::answered(Some(source), "filtered", reply).about(event)
    }

    /// The record of a copy.
    pub fn duplicate(source: &str, event: &Event<'_>, reply: &Reply) -> Self {
        let line = Self::answered(Some(source), "duplicate", reply).about(event);
        Self { dedupe: Some(DedupeLog::Duplicate), ..line }
    }

    /// The record of a genuine event that is in flight already.
    pub fn in_flight(source: &str, event: &Event<'_>, reply: &Reply) -> Self {
        Self::refused(Some(source), &Refusal::InFlight, reply).about(event)
    }

    /// The record of an event that was sent to its destination.
    pub fn sent(
        source: &str,
        event: &Event<'_>,
        outcome: Outcome,
        dedupe: DedupeLog,
        reply: &Reply,
    ) -> Self {
        let (level, name, reason) = match outcome {
            Outcome::Delivered { .. } => ("info", "delivered", None),
            Outcome::Refused { status: 300..=399, .. } => {
                ("error", "failed", Some("destination_redirected"))
            }
            Outcome::Refused { .. } => ("error", "failed", Some("destination_refused")),
            Outcome::TimedOut => ("error", "failed", Some("destination_timeout")),
            Outcome::Unreachable => ("error", "failed", Some("destination_unreachable")),
        };
        let line = Self::answered(Some(source), name, reply).about(event);
        Self { level, reason, dedupe: Some(dedupe), destination_status: outcome.status(), ..line }
    }

    /// `info`, `warn` or `error`.
    pub const fn level(&self) -> &'static str {
        self.level
    }

    /// The line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn answered(source: Option<&str>, outcome: &'static str, reply: &Reply) -> Self {
        Self {
            level: "info",
            message: "request",
            source: source.map(str::to_owned),
            outcome,
            status: reply.status,
            ..Self::default()
        }
    }

    fn about(self, event: &Event<'_>) -> Self {
        let event_type = event.verified().event_type();
        Self {
            key_id: Some(event.verified().key_id().to_owned()),
            event_id: Some(event.id()),
            type_signed: event_type.name().map(|_| event_type.is_signed()),
            type_conflict: event_type.is_conflicting(),
            event_type: event_type.name().map(str::to_owned),
            ..self
        }
    }
}

impl Config {
    /// The level of that record: `info`, `warn` or `error`.
    pub fn log_level(&self) -> &'static str {
        match (self.has_errors(), self.mistakes()) {
            (true, _) => "error",
            (_, []) => "info",
            _ => "warn",
        }
    }

    /// The record of what is configured and what is wrong with it: one line of JSON, written at
    /// an isolate's first request.
    pub fn to_log(&self) -> String {
        let sources: Vec<_> = self
            .sources()
            .map(|(name, source)| ConfiguredSource {
                name,
                scheme: source.map(|source| source.verifier().scheme().name),
                destination: source.map(|source| source.destination().url.host()),
                ready: source.is_some(),
            })
            .collect();
        let line = ConfigLine {
            level: self.log_level(),
            message: "configuration",
            sources,
            mistakes: self.mistakes(),
        };
        serde_json::to_string(&line).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct ConfigLine<'c> {
    level: &'static str,
    message: &'static str,
    sources: Vec<ConfiguredSource<'c>>,
    mistakes: &'c [Mistake],
}

#[derive(Serialize)]
struct ConfiguredSource<'c> {
    name: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<&'c str>,
    ready: bool,
}

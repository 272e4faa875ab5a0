use serde::Serialize;

use super::config::{Config, Mistake, Source};
use super::dedupe::Decision;
use super::event::Event;
use super::inbox::Acceptance;
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
    /// Its delivery had been given up; it is tried again.
    Redriven,
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

    fn of_acceptance(event: &Event<'_>, acceptance: &Acceptance) -> Self {
        match acceptance {
            _ if event.store_key().is_none() => Self::Off,
            Acceptance::Fresh | Acceptance::Unknown => Self::Fresh,
            Acceptance::Conflict => Self::Conflict,
            Acceptance::Replay { .. } => Self::Replay,
            Acceptance::Redriven => Self::Redriven,
            Acceptance::Duplicate { .. } => Self::Duplicate,
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
        let (level, name, reason) = if outcome.is_delivered() {
            ("info", "delivered", None)
        } else {
            ("error", "failed", Some(outcome.code()))
        };
        let line = Self::answered(Some(source), name, reply).about(event);
        Self { level, reason, dedupe: Some(dedupe), destination_status: outcome.status(), ..line }
    }

    /// The record of an event that is in the inbox now, or was there already.
    pub fn accepted(
        source: &str,
        event: &Event<'_>,
        acceptance: &Acceptance,
        reply: &Reply,
    ) -> Self {
        let name = if acceptance.is_stored() { "accepted" } else { "duplicate" };
        let line = Self::answered(Some(source), name, reply).about(event);
        Self { dedupe: Some(DedupeLog::of_acceptance(event, acceptance)), ..line }
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
                mode: source.map(|source| source.mode().name()),
                destinations: hosts(source),
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

/// The hosts of all destinations of a source that is ready.
fn hosts(source: Option<&Source>) -> Vec<&str> {
    let destinations = source.into_iter().flat_map(Source::destinations);
    destinations.map(|destination| destination.url.host()).collect()
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
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    destinations: Vec<&'c str>,
    ready: bool,
}

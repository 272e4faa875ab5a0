use serde::Serialize;

use super::super::breaker::Change;
use super::super::stored::StoredEvent;
use super::Lease;
use super::deliver::Claim;
use super::outcome::{Attempt, Next};
use crate::time::UnixTime;

/// The record of one attempt: one line of JSON. It holds nothing of a body but the event's type
/// and id.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DeliveryLog {
    level: &'static str,
    message: &'static str,
    source: String,
    destination: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<String>,
    attempt: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    probe: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    early: bool,
    outcome: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaker: Option<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<i64>,
}

impl DeliveryLog {
    pub(super) fn new<B>(
        lease: &Lease<B>,
        attempt: &Attempt,
        next: Next,
        breaker: Option<Change>,
        now: UnixTime,
    ) -> Self {
        let (state, level, retry_at) = match next {
            Next::Delivered => ("delivered", "info", None),
            Next::Pending { due_at, .. } => ("pending", "warn", Some(due_at.to_string())),
            Next::Dead { .. } => ("dead", "error", None),
        };
        Self {
            level: if breaker == Some(Change::Opened) { "error" } else { level },
            message: "delivery",
            source: lease.event.source.clone(),
            destination: lease.destination.clone(),
            event_id: Some(lease.event.id.clone()),
            delivery_id: Some(lease.delivery_id()),
            event_type: lease.event.event_type.clone(),
            attempt: lease.claim.attempt,
            probe: lease.is_probe,
            early: lease.is_early(),
            outcome: attempt.outcome.code(),
            state,
            retry_at,
            destination_status: attempt.outcome.status(),
            breaker,
            latency_ms: Some(now.millis_since(attempt.started_at)),
        }
    }

    /// The record of a delivery that is given up without another attempt: every lease of it has run
    /// out, or its event can't be read.
    pub(super) fn buried(
        source: &str,
        destination: &str,
        claim: Claim,
        event: Option<&StoredEvent>,
    ) -> Self {
        Self {
            level: "error",
            message: "delivery",
            source: source.to_owned(),
            destination: destination.to_owned(),
            event_id: event.map(|event| event.id.clone()),
            delivery_id: event.map(|event| event.delivery_id(destination, claim.round)),
            event_type: event.and_then(|event| event.event_type.clone()),
            attempt: claim.attempt,
            probe: false,
            early: false,
            outcome: if event.is_some() { "lease_ran_out" } else { "event_unreadable" },
            state: "dead",
            retry_at: None,
            destination_status: None,
            breaker: None,
            latency_ms: None,
        }
    }

    /// `info`, `warn` or `error`.
    pub const fn level(&self) -> &'static str {
        self.level
    }

    /// The line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

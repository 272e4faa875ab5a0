use serde::Serialize;

use super::super::breaker::Change;
use super::Lease;
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
    event_id: String,
    delivery_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<String>,
    attempt: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    probe: bool,
    outcome: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaker: Option<Change>,
    latency_ms: i64,
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
            Next::Dead => ("dead", "error", None),
        };
        Self {
            level: if breaker == Some(Change::Opened) { "error" } else { level },
            message: "delivery",
            source: lease.event.source.clone(),
            destination: lease.destination.clone(),
            event_id: lease.event.id.clone(),
            delivery_id: lease.delivery_id(),
            event_type: lease.event.event_type.clone(),
            attempt: lease.claim.attempt,
            probe: lease.is_probe,
            outcome: attempt.outcome.code(),
            state,
            retry_at,
            destination_status: attempt.outcome.status(),
            breaker,
            latency_ms: now.millis_since(attempt.started_at),
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

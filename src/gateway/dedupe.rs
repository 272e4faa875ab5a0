//! Has this event been acted on already?
//!
//! What is remembered is what a destination *accepted*, never what arrived: marking an event
//! before it is delivered loses it when the delivery fails.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::mac::Digest;
use crate::scheme::Replays;
use crate::time::{UnixTime, millis};

/// How one source's copies are recognised.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) identity: Identity,
    pub(super) window: Duration,
    pub(super) replays: Replays,
}

/// What identifies an event.
#[derive(Debug)]
pub(super) enum Identity {
    /// What the scheme says.
    Scheme,
    /// A value in the signed body, by its JSON pointer; where it is absent, what the scheme says.
    Pointer(String),
}

/// What an event is in the light of what was delivered before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Another body was delivered under this key. It is delivered too, and flagged: never drop
    /// what may be an event.
    Conflict,
    /// It was delivered already.
    Duplicate {
        /// When it was first delivered.
        first_seen: UnixTime,
        /// When a copy would be taken for a replay, if the source delivers replays.
        replay_from: Option<UnixTime>,
    },
    /// It was not delivered before.
    Fresh,
    /// It was delivered long ago, and somebody sent it again on purpose.
    Replay {
        /// 1 for the first replay.
        count: u32,
    },
}

impl Decision {
    /// How many replays of this event there have been, with this one.
    pub(super) const fn replay_count(&self) -> u32 {
        match self {
            Self::Replay { count } => *count,
            _ => 0,
        }
    }
}

/// What is remembered of one dedupe key: the bodies that were delivered under it, newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    deliveries: Vec<Delivered>,
}

/// One body, and when it was delivered. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Delivered {
    body_sha256: String,
    first_at: i64,
    last_at: i64,
    replays: u32,
}

impl Delivered {
    fn parse(value: &Value) -> Option<Self> {
        Some(Self {
            body_sha256: value.get("bodySha256")?.as_str()?.to_owned(),
            first_at: value.get("firstAt")?.as_i64()?,
            last_at: value.get("lastAt")?.as_i64()?,
            replays: value.get("replays")?.as_u64()?.try_into().ok()?,
        })
    }
}

impl Seen {
    /// From the text that [`Mark`] holds; `None` if it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let deliveries = value.get("deliveries")?.as_array()?;
        let deliveries = deliveries.iter().map(Delivered::parse).collect::<Option<_>>()?;
        Some(Self { deliveries })
    }

    pub(super) fn judge(&self, body: &Digest, replays: Replays, now: UnixTime) -> Decision {
        let Some(delivered) = self.of(body) else {
            return if self.deliveries.is_empty() { Decision::Fresh } else { Decision::Conflict };
        };
        let replay_from = match replays {
            Replays::Deliver { after } => {
                Some(UnixTime::from_millis(delivered.last_at).saturating_add(after))
            }
            Replays::Suppress => None,
        };
        match replay_from {
            Some(from) if from <= now => {
                Decision::Replay { count: delivered.replays.saturating_add(1) }
            }
            _ => Decision::Duplicate {
                first_seen: UnixTime::from_millis(delivered.first_at),
                replay_from,
            },
        }
    }

    /// With a delivery at `now` added.
    pub(super) fn with(mut self, body: &Digest, decision: &Decision, now: UnixTime) -> Self {
        let before = self.of(body).map(|delivered| delivered.first_at);
        let delivered = Delivered {
            body_sha256: body.to_string(),
            first_at: before.unwrap_or(now.as_millis()),
            last_at: now.as_millis(),
            replays: decision.replay_count(),
        };
        self.deliveries.retain(|other| other.body_sha256 != delivered.body_sha256);
        self.deliveries.push(delivered);
        let surplus = self.deliveries.len().saturating_sub(MAX_BODIES);
        self.deliveries.drain(..surplus);
        self
    }

    fn of(&self, body: &Digest) -> Option<&Delivered> {
        let body = body.to_string();
        self.deliveries.iter().find(|delivered| delivered.body_sha256 == body)
    }
}

/// More bodies under one key than this are a fault of the provider's; the oldest is forgotten.
const MAX_BODIES: usize = 8;

/// What to put into the store once the destination has accepted an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// The key: `seen/{source}/{dedupe key}`, at most 512 bytes.
    pub key: String,
    /// The value; [`Seen::parse`] reads it.
    pub value: String,
    /// For how long, in seconds; at least 60.
    pub ttl_seconds: u64,
}

/// The events that this isolate is forwarding right now: few, so that a list will do.
#[derive(Debug, Default)]
pub struct InFlight(Vec<Lease>);

#[derive(Debug)]
struct Lease {
    event: String,
    until: UnixTime,
}

/// Whether an event may be forwarded, or is being forwarded already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum Claim {
    /// Go ahead, and release it afterwards.
    Granted,
    /// Another request is at it.
    Taken,
}

impl InFlight {
    /// Claims an event for `lease`. A claim that was never released, because its request was
    /// cancelled, runs out.
    pub fn claim(&mut self, event: &str, now: UnixTime, lease: Duration) -> Claim {
        self.0.retain(|lease| now < lease.until && lease.until.millis_since(now) <= LONGEST_LEASE);
        if self.0.iter().any(|lease| lease.event == event) {
            return Claim::Taken;
        }
        self.0.push(Lease { event: event.to_owned(), until: now.saturating_add(lease) });
        Claim::Granted
    }

    /// Gives a claim back.
    pub fn release(&mut self, event: &str) {
        self.0.retain(|lease| lease.event != event);
    }
}

/// A lease that ends later than this was given by a clock that has since been set back.
const LONGEST_LEASE: i64 = 600_000;

/// A duration as a store's time to live: whole seconds, and no less than KV takes.
pub(super) fn ttl_seconds(window: Duration) -> u64 {
    (millis(window).unsigned_abs() / 1000).max(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVER: Replays = Replays::Deliver { after: Duration::from_secs(900) };

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_secs(secs)
    }

    fn delivered(body: &Digest, secs: i64) -> Seen {
        Seen::default().with(body, &Decision::Fresh, at(secs))
    }

    #[test]
    fn a_copy_is_a_duplicate_until_it_can_only_be_a_replay() {
        let body = Digest::of(b"{}");
        let seen = delivered(&body, 1000);
        let duplicate = Decision::Duplicate { first_seen: at(1000), replay_from: Some(at(1900)) };
        assert_eq!(seen.judge(&body, DELIVER, at(1060)), duplicate);
        assert_eq!(seen.judge(&body, DELIVER, at(900)), duplicate, "a clock set back");
        assert_eq!(seen.judge(&body, DELIVER, at(1900)), Decision::Replay { count: 1 });
        let suppressed = Decision::Duplicate { first_seen: at(1000), replay_from: None };
        assert_eq!(seen.judge(&body, Replays::Suppress, at(100_000)), suppressed);
    }

    #[test]
    fn a_retry_of_a_replay_is_a_duplicate_and_the_next_replay_counts_on() {
        let body = Digest::of(b"{}");
        let seen = delivered(&body, 1000).with(&body, &Decision::Replay { count: 1 }, at(2000));
        assert_eq!(
            seen.judge(&body, DELIVER, at(2060)),
            Decision::Duplicate { first_seen: at(1000), replay_from: Some(at(2900)) }
        );
        assert_eq!(seen.judge(&body, DELIVER, at(2900)), Decision::Replay { count: 2 });
    }

    #[test]
    fn another_body_is_a_conflict_once_and_then_a_duplicate() {
        let (first, second) = (Digest::of(b"1"), Digest::of(b"2"));
        let seen = delivered(&first, 1000);
        assert_eq!(seen.judge(&second, Replays::Suppress, at(1001)), Decision::Conflict);
        let seen = seen.with(&second, &Decision::Conflict, at(1001));
        for body in [first, second] {
            let decision = seen.judge(&body, Replays::Suppress, at(1002));
            assert!(matches!(decision, Decision::Duplicate { .. }), "{decision:?}");
        }
    }

    #[test]
    fn what_is_remembered_survives_the_store_and_stays_small() {
        let mut seen = Seen::default();
        for n in 0_u8..20 {
            seen = seen.with(&Digest::of(&[n]), &Decision::Conflict, at(n.into()));
        }
        assert_eq!(seen.deliveries.len(), MAX_BODIES);
        let text = serde_json::to_string(&seen).unwrap();
        assert_eq!(Seen::parse(&text), Some(seen));
        assert_eq!(Seen::parse("delivered"), None);
    }

    #[test]
    fn a_claim_excludes_others_until_it_is_released_or_runs_out() {
        let mut in_flight = InFlight::default();
        let lease = Duration::from_secs(13);
        assert_eq!(in_flight.claim("a", at(0), lease), Claim::Granted);
        assert_eq!(in_flight.claim("a", at(12), lease), Claim::Taken);
        assert_eq!(in_flight.claim("b", at(12), lease), Claim::Granted);
        assert_eq!(in_flight.claim("a", at(13), lease), Claim::Granted);
        in_flight.release("a");
        assert_eq!(in_flight.claim("a", at(13), lease), Claim::Granted);
        assert_eq!(in_flight.claim("a", at(-100_000), lease), Claim::Granted, "a clock set back");
    }
}

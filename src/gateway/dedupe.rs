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
use crate::verify::EventType;

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
    /// Another body, or another unsigned type, was delivered under this key. This one is delivered
    /// too, and flagged: never drop what may be an event.
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

/// What is remembered of one dedupe key: the variants that were delivered under it, newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    deliveries: Vec<Delivered>,
}

/// One variant, and when it was delivered. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Delivered {
    variant: String,
    first_at: i64,
    last_at: i64,
    replays: u32,
}

impl Delivered {
    fn parse(value: &Value) -> Option<Self> {
        Some(Self {
            variant: value.get("variant")?.as_str()?.to_owned(),
            first_at: value.get("firstAt")?.as_i64()?,
            last_at: value.get("lastAt")?.as_i64()?,
            replays: value.get("replays")?.as_u64()?.try_into().ok()?,
        })
    }
}

impl Seen {
    /// From the text that [`Mark`] holds; `None` if it is not one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let text = Some(text).filter(|text| text.len() <= MAX_TEXT)?;
        let value: Value = serde_json::from_str(text).ok()?;
        let deliveries = value.get("deliveries")?.as_array()?;
        let deliveries = deliveries.iter().map(Delivered::parse).collect::<Option<_>>()?;
        Some(Self { deliveries })
    }

    pub(super) fn judge(&self, variant: &Variant, replays: Replays, now: UnixTime) -> Decision {
        let Some(delivered) = self.of(variant) else {
            return self.judge_new(variant);
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

    /// Of what anybody can make up, the first few are delivered.
    fn judge_new(&self, variant: &Variant) -> Decision {
        match self.deliveries.first() {
            None => Decision::Fresh,
            Some(first) if !variant.is_signed && self.deliveries.len() >= MAX_VARIANTS => {
                let first_seen = UnixTime::from_millis(first.first_at);
                Decision::Duplicate { first_seen, replay_from: None }
            }
            Some(_) => Decision::Conflict,
        }
    }

    /// With a delivery at `now` added.
    pub(super) fn with(mut self, variant: &Variant, decision: &Decision, now: UnixTime) -> Self {
        let before = self.of(variant).cloned();
        let delivered = Delivered {
            variant: variant.text.clone(),
            first_at: before.as_ref().map_or(now.as_millis(), |before| before.first_at),
            last_at: now.as_millis(),
            replays: before.map_or(0, |before| before.replays).max(decision.replay_count()),
        };
        self.deliveries.retain(|other| other.variant != delivered.variant);
        self.deliveries.push(delivered);
        let surplus = self.deliveries.len().saturating_sub(MAX_VARIANTS);
        self.deliveries.drain(..surplus);
        self
    }

    fn of(&self, variant: &Variant) -> Option<&Delivered> {
        self.deliveries.iter().find(|delivered| delivered.variant == variant.text)
    }
}

/// What distinguishes events under one dedupe key: the body, and a type that the sender may have
/// made up, because nobody has signed it. Two that differ in either may be two events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) text: String,
    pub(super) is_signed: bool,
}

impl Variant {
    pub(super) fn new(body: &Digest, event_type: &EventType) -> Self {
        match event_type.name().filter(|_| !event_type.is_signed()) {
            Some(name) => Self { text: format!("{body}:{name}"), is_signed: false },
            None => Self { text: body.to_string(), is_signed: true },
        }
    }
}

/// How many variants of one key are remembered. Signed ones beyond that are a fault of the
/// provider's: the oldest is forgotten.
pub const MAX_VARIANTS: usize = 8;
/// The longest text that can be one of ours: so many variants, of a digest and a type.
const MAX_TEXT: usize = 8192;

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
pub struct InFlight {
    leases: Vec<Lease>,
    next: u64,
}

#[derive(Debug)]
struct Lease {
    ticket: Ticket,
    event: String,
    until: UnixTime,
}

/// What a claim is given back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// Whether an event may be forwarded, or is being forwarded already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum Claim {
    /// Go ahead, and release it afterwards.
    Granted(Ticket),
    /// Another request is at it.
    Taken,
}

impl InFlight {
    /// Claims an event for `lease`. A claim that was never released, because its request was
    /// cancelled, runs out.
    pub fn claim(&mut self, event: &str, now: UnixTime, lease: Duration) -> Claim {
        self.leases
            .retain(|lease| now < lease.until && lease.until.millis_since(now) <= LONGEST_LEASE);
        if self.leases.iter().any(|lease| lease.event == event) {
            return Claim::Taken;
        }
        let ticket = Ticket(self.next);
        self.next = self.next.wrapping_add(1);
        let until = now.saturating_add(lease);
        self.leases.push(Lease { ticket, event: event.to_owned(), until });
        Claim::Granted(ticket)
    }

    /// Gives a claim back; one that has run out, and may be somebody else's now, is left alone.
    pub fn release(&mut self, ticket: Ticket) {
        self.leases.retain(|lease| lease.ticket != ticket);
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

    fn body(text: &str) -> Variant {
        Variant { text: Digest::of(text.as_bytes()).to_string(), is_signed: true }
    }

    fn labelled(name: &str) -> Variant {
        Variant { text: format!("{}:{name}", Digest::of(b"{}")), is_signed: false }
    }

    fn delivered(variant: &Variant, secs: i64) -> Seen {
        Seen::default().with(variant, &Decision::Fresh, at(secs))
    }

    #[test]
    fn a_copy_is_a_duplicate_until_it_can_only_be_a_replay() {
        let body = body("{}");
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
        let body = body("{}");
        let seen = delivered(&body, 1000).with(&body, &Decision::Replay { count: 1 }, at(2000));
        assert_eq!(
            seen.judge(&body, DELIVER, at(2060)),
            Decision::Duplicate { first_seen: at(1000), replay_from: Some(at(2900)) }
        );
        assert_eq!(seen.judge(&body, DELIVER, at(2900)), Decision::Replay { count: 2 });
    }

    /// A store that could not be read makes an event look fresh. What it knew is not lost by that.
    #[test]
    fn the_count_of_replays_never_goes_back() {
        let body = body("{}");
        let seen = delivered(&body, 1000)
            .with(&body, &Decision::Replay { count: 1 }, at(2000))
            .with(&body, &Decision::Fresh, at(2100));
        assert_eq!(seen.judge(&body, DELIVER, at(3000)), Decision::Replay { count: 2 });
    }

    #[test]
    fn another_body_is_a_conflict_once_and_then_a_duplicate() {
        let (first, second) = (body("1"), body("2"));
        let seen = delivered(&first, 1000);
        assert_eq!(seen.judge(&second, Replays::Suppress, at(1001)), Decision::Conflict);
        let seen = seen.with(&second, &Decision::Conflict, at(1001));
        for body in [first, second] {
            let decision = seen.judge(&body, Replays::Suppress, at(1002));
            assert!(matches!(decision, Decision::Duplicate { .. }), "{decision:?}");
        }
    }

    #[test]
    fn labels_that_anybody_can_make_up_are_delivered_a_few_times_only() {
        let mut seen = Seen::default();
        for n in 0..8 {
            let label = labelled(&format!("crew.n{n}"));
            assert!(!matches!(
                seen.judge(&label, DELIVER, at(n)),
                Decision::Duplicate { .. } | Decision::Replay { .. }
            ));
            seen = seen.with(&label, &Decision::Conflict, at(n));
        }
        let ninth = seen.judge(&labelled("crew.n9"), DELIVER, at(100_000));
        assert_eq!(ninth, Decision::Duplicate { first_seen: at(0), replay_from: None });
        assert_eq!(seen.judge(&body("signed"), DELIVER, at(9)), Decision::Conflict);
    }

    #[test]
    fn what_is_remembered_survives_the_store_and_stays_small() {
        let mut seen = Seen::default();
        for n in 0..20 {
            let longest = labelled(&format!("a.{}{n}", "b".repeat(124)));
            seen = seen.with(&longest, &Decision::Conflict, UnixTime::from_millis(i64::MAX));
        }
        assert_eq!(seen.deliveries.len(), MAX_VARIANTS);
        let text = serde_json::to_string(&seen).unwrap();
        assert!(text.len() <= MAX_TEXT, "{}", text.len());
        assert_eq!(Seen::parse(&text), Some(seen));
        assert_eq!(Seen::parse("delivered"), None);
        assert_eq!(Seen::parse(&format!("{text}{}", " ".repeat(MAX_TEXT))), None);
    }

    #[test]
    fn a_claim_excludes_others_until_it_is_released_or_runs_out() {
        let mut in_flight = InFlight::default();
        let lease = Duration::from_secs(13);
        let Claim::Granted(first) = in_flight.claim("a", at(0), lease) else { panic!() };
        assert_eq!(in_flight.claim("a", at(12), lease), Claim::Taken);
        assert!(matches!(in_flight.claim("b", at(12), lease), Claim::Granted(_)));
        let Claim::Granted(second) = in_flight.claim("a", at(13), lease) else { panic!() };
        in_flight.release(first);
        assert_eq!(in_flight.claim("a", at(13), lease), Claim::Taken, "it is the second's now");
        in_flight.release(second);
        assert!(matches!(in_flight.claim("a", at(13), lease), Claim::Granted(_)));
        let set_back = in_flight.claim("a", at(-100_000), lease);
        assert!(matches!(set_back, Claim::Granted(_)), "a clock set back");
    }
}

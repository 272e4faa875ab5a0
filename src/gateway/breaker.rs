//! Whether a destination may be sent to: a circuit breaker that holds and never drops.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::time::{MINUTE, SECOND, UnixTime, millis};

/// When a breaker opens, and how it closes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the configuration writes it as a literal")]
pub struct BreakerPolicy {
    /// For how long every attempt must have failed.
    pub failing_for: Duration,
    /// How many attempts that must have been at least.
    pub attempts: u32,
    /// How often a destination whose breaker is open is tried.
    pub probe_every: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        let (failing_for, probe_every) = (Duration::from_secs(1800), Duration::from_secs(300));
        Self { failing_for, attempts: 5, probe_every }
    }
}

/// What is known of one destination's health at one shard. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Breaker {
    /// Failures in a row.
    failures: u32,
    /// When the first of them was.
    failing_since: i64,
    /// Which delivery that was, until another has failed too: a single event that is never accepted
    /// says nothing about its destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<String>,
    /// When the next probe is due, if the breaker is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    probe_at: Option<i64>,
    /// How fast what was held drains, if the breaker has closed again.
    #[serde(skip_serializing_if = "Option::is_none")]
    ramp: Option<Ramp>,
}

/// Sends at a rate that doubles each minute in which the destination does not fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ramp {
    doublings: u32,
    /// When it doubles next.
    faster_at: i64,
    /// When the next send is due, in microseconds since 1970.
    next_micros: i64,
}

/// Whether something may be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    /// Yes.
    Go,
    /// One delivery, to see whether the destination is back.
    Probe,
    /// Not before this time.
    Wait(UnixTime),
}

/// What an outcome did to a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// It opened: deliveries to this destination are held from now on.
    Opened,
    /// It closed: what was held is due.
    Closed,
}

impl Breaker {
    /// From its text; of what can't be read, a breaker that is closed.
    pub(super) fn parse(text: &str) -> Self {
        serde_json::from_str(text).ok().and_then(|value| Self::read(&value)).unwrap_or_default()
    }

    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            failures: value.get("failures")?.as_u64()?.try_into().ok()?,
            failing_since: value.get("failingSince")?.as_i64()?,
            only: value.get("only").and_then(Value::as_str).map(str::to_owned),
            probe_at: value.get("probeAt").and_then(Value::as_i64),
            ramp: value.get("ramp").and_then(Ramp::read),
        })
    }

    /// Its text.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether deliveries are held.
    pub(super) const fn is_open(&self) -> bool {
        self.probe_at.is_some()
    }

    /// Whether what was held is draining.
    pub(super) fn is_draining(&self, now: UnixTime) -> bool {
        self.ramp.as_ref().is_some_and(|ramp| !ramp.is_stale(now))
    }

    /// Whether there is a drain to be ended.
    pub(super) const fn has_ramp(&self) -> bool {
        self.ramp.is_some()
    }

    /// Whether the last few attempts have all failed.
    pub(super) const fn is_failing(&self) -> bool {
        self.failures >= A_FEW
    }

    /// Whether something may be sent now.
    pub(super) fn permit(&self, policy: &BreakerPolicy, now: UnixTime) -> Permit {
        match (self.probe_at, &self.ramp) {
            (Some(probe_at), _) => {
                let probe_at = UnixTime::from_millis(probe_at);
                // Later than that it was set by a clock that has since been set back.
                let latest = now.saturating_add(policy.probe_every);
                let is_due = probe_at <= now || probe_at > latest;
                if is_due { Permit::Probe } else { Permit::Wait(probe_at) }
            }
            (None, Some(ramp)) => ramp.permit(now),
            (None, None) => Permit::Go,
        }
    }

    /// Something is sent. `interval_micros` is the ramp's interval between sends at its start.
    pub(super) fn handle_transmit(
        &mut self,
        policy: &BreakerPolicy,
        interval_micros: i64,
        now: UnixTime,
    ) {
        if self.probe_at.is_some() {
            self.probe_at = Some(now.saturating_add(policy.probe_every).as_millis());
        } else if let Some(ramp) = &mut self.ramp {
            ramp.handle_transmit(interval_micros, now);
        }
    }

    /// Something has arrived.
    pub(super) fn handle_success(&mut self, now: UnixTime) -> Option<Change> {
        self.failures = 0;
        self.only = None;
        self.probe_at.take()?;
        self.ramp = Some(Ramp::new(now));
        Some(Change::Closed)
    }

    /// An attempt at a delivery has failed. A destination that fails while it drains has not
    /// recovered: it does not get the full time again.
    pub(super) fn handle_failure(
        &mut self,
        policy: &BreakerPolicy,
        delivery: &str,
        now: UnixTime,
    ) -> Option<Change> {
        self.count_failure(delivery, now);
        let failing = now.millis_since(UnixTime::from_millis(self.failing_since));
        let is_draining = self.is_draining(now);
        let is_long = failing >= millis(policy.failing_for) || is_draining;
        let is_general = self.only.is_none();
        self.ramp = self
            .ramp
            .take()
            .filter(|_| is_draining)
            .map(|ramp| if is_general { ramp.slowed_down(now) } else { ramp });
        let is_enough = is_general && self.failures >= policy.attempts;
        if self.probe_at.is_some() || !is_enough || !is_long {
            return None;
        }
        self.ramp = None;
        self.probe_at = Some(now.saturating_add(policy.probe_every).as_millis());
        Some(Change::Opened)
    }

    fn count_failure(&mut self, delivery: &str, now: UnixTime) {
        if self.failures == 0 {
            self.failing_since = now.as_millis();
            self.only = Some(delivery.to_owned());
        }
        self.failures = self.failures.saturating_add(1);
        self.only = self.only.take().filter(|only| only == delivery);
    }

    /// Nothing that was held is left.
    pub(super) fn handle_drained(&mut self) {
        self.ramp = None;
    }
}

impl Ramp {
    const fn new(now: UnixTime) -> Self {
        let now = now.as_millis();
        Self {
            doublings: 0,
            faster_at: now.saturating_add(MINUTE),
            next_micros: now.saturating_mul(MICROS),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            doublings: value.get("doublings")?.as_u64()?.try_into().ok()?,
            faster_at: value.get("fasterAt")?.as_i64()?,
            next_micros: value.get("nextMicros")?.as_i64()?,
        })
    }

    /// The same, at the speed of its start.
    const fn slowed_down(self, now: UnixTime) -> Self {
        Self { next_micros: self.next_micros, ..Self::new(now) }
    }

    /// Whether nothing has drained for a while: it is over.
    const fn is_stale(&self, now: UnixTime) -> bool {
        let next = UnixTime::from_millis(self.next_micros / MICROS);
        now.millis_since(next) > FORGOTTEN
    }

    fn permit(&self, now: UnixTime) -> Permit {
        let next = UnixTime::from_millis(self.next_micros / MICROS);
        // Later than that it was written by a clock that has since been set back.
        let is_due = next <= now || next.millis_since(now) > MINUTE;
        if is_due { Permit::Go } else { Permit::Wait(next) }
    }

    fn handle_transmit(&mut self, interval_micros: i64, now: UnixTime) {
        let now = now.as_millis();
        if now >= self.faster_at {
            self.doublings = self.doublings.saturating_add(1).min(MOST_DOUBLINGS);
            self.faster_at = now.saturating_add(MINUTE);
        }
        let interval = interval_micros.checked_shr(self.doublings).unwrap_or_default();
        // What was not sent in time is made up for, but no more than a moment's worth.
        let earliest = now.saturating_sub(MADE_UP).saturating_mul(MICROS);
        let latest = now.saturating_add(SECOND).saturating_mul(MICROS);
        let from =
            if self.next_micros > latest { earliest } else { self.next_micros.max(earliest) };
        self.next_micros = from.saturating_add(interval);
    }
}

const MICROS: i64 = 1000;
/// How many milliseconds of sends may be made up for at once.
const MADE_UP: i64 = 200;
const MOST_DOUBLINGS: u32 = 20;
/// A drain in which nothing was sent for so many milliseconds has ended, whoever has missed it.
const FORGOTTEN: i64 = 10 * MINUTE;
/// So many failures in a row are no accident.
const A_FEW: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: BreakerPolicy = BreakerPolicy {
        failing_for: Duration::from_secs(1800),
        attempts: 5,
        probe_every: Duration::from_secs(300),
    };

    fn at(secs: i64) -> UnixTime {
        UnixTime::from_secs(1_763_740_800_i64.saturating_add(secs))
    }

    fn failing(times: &[i64]) -> (Breaker, Option<Change>) {
        let mut breaker = Breaker::default();
        let mut last = None;
        for time in times {
            last = breaker.handle_failure(&POLICY, &time.to_string(), at(*time));
        }
        (breaker, last)
    }

    fn open() -> Breaker {
        failing(&[0, 1, 2, 3, 1800]).0
    }

    #[test]
    fn it_opens_after_half_an_hour_of_failures_and_not_before() {
        assert_eq!(failing(&[0, 1, 2, 3, 1799]).1, None);
        assert_eq!(failing(&[0, 1, 2, 1800]).1, None, "four attempts");
        assert_eq!(failing(&[0, 1, 2, 3, 1800]).1, Some(Change::Opened));
        let (mut breaker, _) = failing(&[0, 1, 2, 3]);
        assert_eq!(breaker.handle_success(at(4)), None);
        assert_eq!(
            breaker.handle_failure(&POLICY, "another", at(1900)),
            None,
            "one success in between"
        );
    }

    #[test]
    fn an_open_one_lets_a_probe_through_every_five_minutes() {
        let mut breaker = open();
        assert!(breaker.is_open());
        assert_eq!(breaker.permit(&POLICY, at(1801)), Permit::Wait(at(2100)));
        assert_eq!(breaker.permit(&POLICY, at(2100)), Permit::Probe);
        breaker.handle_transmit(&POLICY, 20_000, at(2100));
        assert_eq!(breaker.permit(&POLICY, at(2101)), Permit::Wait(at(2400)));
        assert_eq!(breaker.handle_failure(&POLICY, "another", at(2110)), None);
        assert_eq!(breaker.handle_success(at(2401)), Some(Change::Closed));
        assert_eq!(breaker.permit(&POLICY, at(2401)), Permit::Go);
    }

    #[test]
    fn one_event_that_is_never_accepted_does_not_open_it() {
        let mut breaker = Breaker::default();
        for second in 0..100 {
            assert_eq!(breaker.handle_failure(&POLICY, "poison", at(second * 60)), None);
        }
        assert_eq!(breaker.handle_failure(&POLICY, "other", at(6000)), Some(Change::Opened));
    }

    #[test]
    fn a_drain_that_has_ended_is_forgotten() {
        let mut breaker = open();
        breaker.handle_success(at(2100));
        assert!(breaker.is_draining(at(2700)));
        assert!(!breaker.is_draining(at(2701)));
        for second in 0..20 {
            let change = breaker.handle_failure(&POLICY, &second.to_string(), at(90_000 + second));
            assert_eq!(change, None, "it gets the full time");
        }
    }

    #[test]
    fn a_clock_set_back_holds_nothing() {
        assert_eq!(open().permit(&POLICY, at(-90_000)), Permit::Probe);
        let mut draining = open();
        draining.handle_success(at(2100));
        draining.handle_transmit(&POLICY, 20_000, at(2100));
        assert_eq!(draining.permit(&POLICY, at(-90_000)), Permit::Go);
        draining.handle_transmit(&POLICY, 20_000, at(-90_000));
        assert_eq!(draining.permit(&POLICY, at(-89_999)), Permit::Go);
    }

    /// Sends whenever it may, in steps of 10 ms; returns the number of sends in each second.
    fn drain(breaker: &mut Breaker, interval_micros: i64, seconds: u64) -> Vec<u32> {
        let start = at(3000);
        breaker.handle_success(start);
        (0..seconds)
            .map(|second| {
                let mut sent = 0;
                for step in 0..100 {
                    let now = start
                        .saturating_add(Duration::from_secs(second))
                        .saturating_add(Duration::from_millis(10).saturating_mul(step));
                    while breaker.permit(&POLICY, now) == Permit::Go && sent < 10_000 {
                        breaker.handle_transmit(&POLICY, interval_micros, now);
                        sent = u32::saturating_add(sent, 1);
                    }
                }
                sent
            })
            .collect()
    }

    #[test]
    fn a_drain_starts_at_its_rate_and_doubles_each_minute() {
        let sent = drain(&mut open(), 20_000, 240);
        for (second, sent) in sent.iter().enumerate() {
            let rate = 50 << (second / 60);
            assert!(
                (rate - 11..=rate + 11 * (1 << (second / 60))).contains(&(*sent as usize)),
                "{sent} in second {second}"
            );
        }
    }

    #[test]
    fn a_failure_slows_the_drain_down_and_several_open_it_again() {
        let mut breaker = open();
        drain(&mut breaker, 20_000, 130);
        for second in 3131..3133 {
            assert_eq!(breaker.handle_failure(&POLICY, "one", at(second)), None);
        }
        assert_eq!(breaker.ramp.as_ref().unwrap().doublings, 2, "it may be the event's fault");
        assert_eq!(breaker.handle_failure(&POLICY, "another", at(3133)), None);
        assert_eq!(breaker.ramp.as_ref().unwrap().doublings, 0);
        for second in 3134..3135 {
            assert_eq!(breaker.handle_failure(&POLICY, &second.to_string(), at(second)), None);
        }
        assert_eq!(breaker.handle_failure(&POLICY, "last", at(3135)), Some(Change::Opened));
    }

    #[test]
    fn it_survives_the_store() {
        let mut draining = open();
        draining.handle_success(at(2100));
        for breaker in [Breaker::default(), failing(&[1, 2]).0, open(), draining] {
            assert_eq!(Breaker::parse(&breaker.to_json()), breaker);
        }
        assert_eq!(Breaker::parse("?"), Breaker::default());
    }
}

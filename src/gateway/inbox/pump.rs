use std::time::Duration;

use super::lanes::Lanes;
use super::sql::{Sql, SqlError};
use super::{Inbox, Source};
use crate::gateway::breaker::Permit;
use crate::gateway::config::Mode;
use crate::time::{MINUTE, UnixTime};

/// One run of the alarm: how much it starts, how long it waits, and when the next one is due. What
/// it has started may outlast it: a destination that hangs must not keep the next run waiting.
#[derive(Clone, Debug)]
pub struct Pump {
    started_at: UnixTime,
    /// How many sends it has started, and how many it had when it looked last.
    sends: u32,
    sends_before: u32,
    /// How many of them have got out, and are written down.
    successes: u32,
    /// Nothing more is started.
    has_failed: bool,
    /// It had nothing under way when it looked last.
    was_idle: bool,
}

/// What a run does until it looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an adapter has to handle all of them")]
pub enum Pause {
    /// It waits so long, unless it is woken.
    For(Duration),
    /// It waits until something under way has ended, or something has come in.
    UntilWoken,
    /// It does not: the rest is for the next alarm.
    Over,
}

impl Pump {
    /// A run that begins.
    pub fn new(now: UnixTime) -> Self {
        Self {
            started_at: now,
            sends: 0,
            sends_before: 0,
            successes: 0,
            has_failed: false,
            was_idle: false,
        }
    }

    /// Whether it may start another send.
    pub fn has_room(&self, lanes: &Lanes, now: UnixTime) -> bool {
        !self.is_over(now) && !lanes.is_full()
    }

    fn is_over(&self, now: UnixTime) -> bool {
        self.has_failed || self.sends >= MOST_SENDS || now.millis_since(self.started_at) >= LONGEST
    }

    /// A send begins.
    pub const fn handle_send(&mut self) {
        self.sends = self.sends.saturating_add(1);
    }

    /// A send has ended. `is_written` says whether it got out, and what came of it is written down.
    pub const fn handle_end(&mut self, is_written: bool) {
        if is_written {
            self.successes = self.successes.saturating_add(1);
        } else {
            self.has_failed = true;
        }
    }

    /// The store has failed: nothing more is started.
    pub const fn handle_failure(&mut self) {
        self.has_failed = true;
    }

    /// What to do after everything was started that could be. `next` is when there will be
    /// something to do.
    pub fn poll_pause(&mut self, next: Option<UnixTime>, lanes: &Lanes, now: UnixTime) -> Pause {
        let is_busy = !lanes.is_empty();
        let has_sent = std::mem::replace(&mut self.sends_before, self.sends) != self.sends;
        let has_waited = std::mem::replace(&mut self.was_idle, !is_busy);
        // What is due and was not started has no room.
        let wait = next.map(|next| next.millis_since(now)).filter(|wait| *wait > 0);
        match wait.filter(|_| !lanes.is_full()) {
            _ if self.is_over(now) => Pause::Over,
            Some(wait) if is_busy => pause_for(wait),
            None if is_busy => Pause::UntilWoken,
            // What it has waited for has not come: a clock stands still.
            _ if has_waited && !has_sent => Pause::Over,
            Some(wait) if wait <= SOON => pause_for(wait),
            _ => Pause::Over,
        }
    }

    /// When the next run begins, if there is one. One that came to nothing is not followed by
    /// another at once.
    pub fn next_run(&self, next: Option<UnixTime>, now: UnixTime) -> Option<UnixTime> {
        let earliest = match (self.successes, self.has_failed) {
            (0, true) => now.saturating_add(REST),
            (0, false) => now.saturating_add(Duration::from_secs(1)),
            _ => now,
        };
        next.map(|next| next.max(earliest))
    }

    /// Whether nothing comes of what is due next: the alarm is not set, or for later than it may
    /// rest after a failure.
    pub fn is_lost(armed: Option<UnixTime>, next: UnixTime) -> bool {
        armed.is_none_or(|armed| armed.millis_since(next) >= LOST)
    }

    /// When the next run begins if the store does not say when there will be something to do.
    pub fn run_after_failure(now: UnixTime) -> UnixTime {
        now.saturating_add(REST)
    }
}

impl<S: Sql> Inbox<S> {
    /// When to set the alarm for before an event is accepted, if it is not set in time. It is
    /// `armed` as far as is known; `None` if that is not known.
    ///
    /// # Errors
    /// [`SqlError`] if the store fails.
    pub fn poll_arm(
        &self,
        source: &Source,
        armed: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, SqlError> {
        let wanted = self.earliest_send(source, now)?;
        Ok(match armed {
            // It must not be put off.
            None => Some(now),
            Some(armed) if armed > wanted => Some(wanted),
            // It should have gone off: the platform has lost it.
            Some(armed) if now.millis_since(armed) >= LOST => Some(now),
            Some(_) => None,
        })
    }

    /// When something that is accepted now can be sent at the earliest.
    fn earliest_send(&self, source: &Source, now: UnixTime) -> Result<UnixTime, SqlError> {
        let Mode::Inbox(settings) = source.mode() else { return Ok(now) };
        let mut earliest = None;
        for destination in source.destinations() {
            let at = match self.breaker(&destination.name)?.permit(&settings.breaker, now) {
                Permit::Wait(until) => until,
                Permit::Go | Permit::Probe => now,
            };
            earliest = Some(earliest.unwrap_or(at).min(at));
        }
        Ok(earliest.unwrap_or(now))
    }
}

const fn pause_for(millis: i64) -> Pause {
    let millis = if millis < LONGEST { millis } else { LONGEST };
    Pause::For(Duration::from_millis(millis.unsigned_abs()))
}

/// How many sends one run makes at most: the platform limits what one of them may do.
const MOST_SENDS: u32 = 1000;
/// For how long it makes them, in milliseconds.
const LONGEST: i64 = MINUTE;
/// What is due so soon, in milliseconds, is waited for: an alarm of its own would be slower, and
/// waiting for longer would delay everything by as much if this run died.
const SOON: i64 = 200;
/// After what is no fault of a delivery's.
const REST: Duration = Duration::from_secs(5);
/// An alarm may be a minute late. One that is overdue by more, in milliseconds, has been lost.
const LOST: i64 = MINUTE;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_763_740_800);

    const fn after(millis: i64) -> UnixTime {
        UnixTime::from_millis(NOW.as_millis().saturating_add(millis))
    }

    fn pause(millis: u64) -> Pause {
        Pause::For(Duration::from_millis(millis))
    }

    fn busy() -> Lanes {
        let mut lanes = Lanes::default();
        lanes.claim("app");
        lanes
    }

    #[test]
    fn a_busy_run_waits_for_the_next_time_or_for_an_end() {
        let (mut pump, lanes) = (Pump::new(NOW), busy());
        assert_eq!(pump.poll_pause(Some(after(4000)), &lanes, NOW), pause(4000));
        assert_eq!(pump.poll_pause(Some(after(90_000)), &lanes, NOW), pause(60_000));
        assert_eq!(pump.poll_pause(Some(NOW), &lanes, NOW), Pause::UntilWoken, "no room for it");
        assert_eq!(pump.poll_pause(None, &lanes, NOW), Pause::UntilWoken);
    }

    #[test]
    fn what_hangs_does_not_make_a_run_longer() {
        let (mut pump, lanes) = (Pump::new(NOW), busy());
        assert_eq!(pump.poll_pause(None, &lanes, after(59_999)), Pause::UntilWoken);
        assert_eq!(pump.poll_pause(None, &lanes, after(60_000)), Pause::Over);
    }

    #[test]
    fn an_idle_run_waits_for_what_comes_at_once_and_only_one_time() {
        let lanes = Lanes::default();
        assert_eq!(Pump::new(NOW).poll_pause(Some(after(201)), &lanes, NOW), Pause::Over);
        let mut pump = Pump::new(NOW);
        assert_eq!(pump.poll_pause(Some(after(200)), &lanes, NOW), pause(200));
        assert_eq!(pump.poll_pause(Some(after(200)), &lanes, NOW), Pause::Over, "a clock stands");
        assert_eq!(Pump::new(NOW).poll_pause(None, &lanes, NOW), Pause::Over);
    }

    #[test]
    fn a_run_ends_after_a_minute_after_many_sends_and_after_a_failure() {
        let (mut pump, lanes) = (Pump::new(NOW), Lanes::default());
        assert!(pump.has_room(&lanes, after(59_999)));
        assert!(!pump.has_room(&lanes, after(60_000)));
        for _ in 0..1000 {
            assert!(pump.has_room(&lanes, NOW));
            pump.handle_send();
        }
        assert!(!pump.has_room(&lanes, NOW));
        let mut failed = Pump::new(NOW);
        failed.handle_failure();
        assert!(!failed.has_room(&lanes, NOW));
    }

    #[test]
    fn a_run_that_came_to_nothing_is_not_followed_by_another_at_once() {
        let mut pump = Pump::new(NOW);
        assert_eq!(pump.next_run(Some(NOW), NOW), Some(after(1000)));
        assert_eq!(pump.next_run(None, NOW), None);
        pump.handle_send();
        pump.handle_end(false);
        assert_eq!(pump.next_run(Some(NOW), NOW), Some(after(5000)));
        pump.handle_end(true);
        assert_eq!(pump.next_run(Some(NOW), NOW), Some(NOW));
        assert_eq!(pump.next_run(Some(after(9000)), NOW), Some(after(9000)));
    }
}

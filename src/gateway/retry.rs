//! When a delivery that has failed is tried again.

use std::time::Duration;

use super::outcome::Outcome;
use crate::time::{UnixTime, millis};

/// The pauses between a delivery's attempts. After the last attempt it is a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule(Vec<Duration>);

impl Default for RetrySchedule {
    /// 1 min, 5 min, 30 min, 2 h, 8 h, 24 h, 72 h, after one another.
    fn default() -> Self {
        Self([60, 300, 1800, 7200, 28_800, 86_400, 259_200].map(Duration::from_secs).to_vec())
    }
}

impl RetrySchedule {
    /// These pauses, the first one after the first attempt.
    pub const fn new(pauses: Vec<Duration>) -> Self {
        Self(pauses)
    }

    /// The pauses.
    pub fn pauses(&self) -> &[Duration] {
        &self.0
    }

    /// Whether so many failures are more than the schedule has pauses for.
    pub(super) fn is_exhausted(&self, failures: u32) -> bool {
        usize::try_from(failures).map_or(true, |failures| failures > self.0.len())
    }

    /// When to try again after the failure that was the `failures`-th; `None` if it was the last,
    /// or if the destination is gone for good. `seed` decides on the jitter.
    pub(super) fn retry_at(
        &self,
        failures: u32,
        outcome: Outcome,
        seed: u64,
        now: UnixTime,
    ) -> Option<UnixTime> {
        if outcome.is_gone() {
            return None;
        }
        let pause = self.0.get(usize::try_from(failures.checked_sub(1)?).ok()?)?;
        let wanted = outcome.retry_after().unwrap_or_default();
        Some(now.saturating_add(jittered(*pause, seed).max(wanted)))
    }
}

/// A pause, longer or shorter by up to a tenth, so that what failed together comes apart.
fn jittered(pause: Duration, seed: u64) -> Duration {
    let per_mille = 900_u64.saturating_add(seed.checked_rem(201).unwrap_or_default());
    let pause = millis(pause).unsigned_abs();
    Duration::from_millis(pause.saturating_mul(per_mille) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_763_740_800);
    const FAILED: Outcome = Outcome::Refused { status: 500, retry_after: None };

    fn pause_of(failures: u32, outcome: Outcome, seed: u64) -> Option<i64> {
        let at = RetrySchedule::default().retry_at(failures, outcome, seed, NOW)?;
        Some(at.millis_since(NOW))
    }

    #[test]
    fn the_jitter_is_a_tenth_both_ways() {
        assert_eq!(pause_of(1, FAILED, 0), Some(54_000));
        assert_eq!(pause_of(1, FAILED, 100), Some(60_000));
        assert_eq!(pause_of(1, FAILED, 200), Some(66_000));
        for seed in 0..10_000 {
            let pause = pause_of(2, FAILED, seed).unwrap();
            assert!((270_000..=330_000).contains(&pause), "{pause}");
        }
        assert!(pause_of(7, FAILED, u64::MAX).is_some());
    }

    #[test]
    fn the_last_failure_has_no_retry() {
        assert_eq!(pause_of(8, FAILED, 0), None);
        assert_eq!(pause_of(u32::MAX, FAILED, 0), None);
        assert_eq!(pause_of(0, FAILED, 0), None);
        let schedule = RetrySchedule::default();
        assert!(!schedule.is_exhausted(7));
        assert!(schedule.is_exhausted(8));
    }

    #[test]
    fn what_the_destination_asks_for_is_never_undercut_and_never_shortens_the_schedule() {
        let busy = |secs| Outcome::Refused { status: 503, retry_after: Some(secs) };
        assert_eq!(pause_of(1, busy(3600), 0), Some(3_600_000));
        assert_eq!(pause_of(1, busy(1), 0), Some(54_000));
    }

    #[test]
    fn who_is_gone_is_not_asked_again() {
        assert_eq!(pause_of(1, Outcome::Refused { status: 410, retry_after: None }, 0), None);
    }
}

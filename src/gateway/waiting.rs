use crate::time::{MINUTE, UnixTime};

/// How many requests wait for the inbox. More than some would wait in vain: they are told at once
/// to come again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    count: u32,
    moved_at: Option<UnixTime>,
}

impl Waiting {
    /// Whether one more may wait; if so, it is counted until it leaves.
    pub fn enter(&mut self, now: UnixTime) -> bool {
        let is_stuck = self.moved_at.is_some_and(|at| now.millis_since(at) >= STUCK);
        let count = if is_stuck { 0 } else { self.count };
        if count >= MOST {
            return false;
        }
        self.count = count.saturating_add(1);
        self.moved_at = Some(now);
        true
    }

    /// One of them has its answer.
    pub fn leave(&mut self, now: UnixTime) {
        self.count = self.count.saturating_sub(1);
        self.moved_at = Some(now);
    }
}

const MOST: u32 = 512;
/// If nobody enters or leaves for so many milliseconds, the runtime has cancelled them without a
/// word.
const STUCK: i64 = MINUTE;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_763_740_800);

    fn full() -> Waiting {
        let mut waiting = Waiting::default();
        assert!((0..MOST).all(|_| waiting.enter(NOW)));
        waiting
    }

    #[test]
    fn one_too_many_is_sent_away_until_another_leaves() {
        let mut waiting = full();
        assert!(!waiting.enter(NOW));
        waiting.leave(NOW);
        assert!(waiting.enter(NOW));
        assert!(!waiting.enter(NOW));
    }

    #[test]
    fn those_that_never_leave_are_forgotten() {
        let mut waiting = full();
        let later = |millis| UnixTime::from_millis(NOW.as_millis() + millis);
        assert!(!waiting.enter(later(STUCK - 1)));
        assert!(waiting.enter(later(STUCK)));
        waiting.leave(later(STUCK));
        waiting.leave(later(STUCK));
        assert_eq!(waiting.count, 0, "nor do they count when they leave after all");
    }
}

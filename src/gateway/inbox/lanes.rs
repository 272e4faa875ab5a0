/// What one shard is sending right now. A destination that hangs must not keep the others waiting,
/// so no destination gets all of what there is while there are others.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    busy: Vec<String>,
}

/// How many connections the platform allows at once.
const ALL: usize = 6;

impl Lanes {
    /// A delivery to this destination has begun.
    pub fn claim(&mut self, destination: &str) {
        self.busy.push(destination.to_owned());
    }

    /// A delivery to this destination has ended.
    pub fn release(&mut self, destination: &str) {
        if let Some(position) = self.busy.iter().position(|busy| busy == destination) {
            self.busy.swap_remove(position);
        }
    }

    /// Whether nothing is under way.
    pub const fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }

    /// Whether nothing more can be sent at the moment.
    pub const fn is_full(&self) -> bool {
        self.busy.len() >= ALL
    }

    /// Whether one more may be sent to this destination, of so many.
    pub(super) fn has_room(
        &self,
        destination: &str,
        destinations: usize,
        most: Option<usize>,
        is_failing: bool,
    ) -> bool {
        let busy = self.busy.iter().filter(|busy| *busy == destination).count();
        let share = share_of(destinations).min(most.unwrap_or(ALL));
        // One that fails is slow as a rule, and gets little.
        busy < if is_failing { share.min(1) } else { share } && !self.is_full()
    }
}

/// How many of the lanes one of so many destinations may have: so many that all others together
/// leave one free, as far as there are enough.
fn share_of(destinations: usize) -> usize {
    let others = destinations.saturating_sub(1);
    ALL.saturating_sub(1).checked_div(others).unwrap_or(ALL).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many lanes each gets if all of them always want one.
    fn taken(lanes: &mut Lanes, destination: &str, destinations: usize, is_failing: bool) -> usize {
        let mut count = 0;
        while lanes.has_room(destination, destinations, None, is_failing) {
            lanes.claim(destination);
            count = usize::saturating_add(count, 1);
        }
        count
    }

    #[test]
    fn one_alone_gets_all() {
        let mut lanes = Lanes::default();
        assert_eq!(taken(&mut lanes, "a", 1, false), 6);
        assert!(lanes.is_full());
        lanes.release("a");
        assert!(!lanes.is_full());
        assert_eq!(taken(&mut lanes, "a", 1, false), 1);
    }

    #[test]
    fn the_greediest_leave_one_for_the_last() {
        for destinations in 2..=6 {
            let mut lanes = Lanes::default();
            for greedy in 1..destinations {
                assert!(taken(&mut lanes, &greedy.to_string(), destinations, false) >= 1);
            }
            assert!(taken(&mut lanes, "last", destinations, false) >= 1, "of {destinations}");
        }
    }

    #[test]
    fn what_fails_gets_one_and_the_configuration_may_ask_for_less() {
        let mut lanes = Lanes::default();
        assert_eq!(taken(&mut lanes, "a", 1, true), 1);
        assert!(Lanes::default().has_room("a", 1, Some(1), false));
        assert!(!lanes.has_room("a", 1, Some(1), false));
        lanes.release("nobody");
        lanes.release("a");
        assert!(lanes.is_empty());
    }
}

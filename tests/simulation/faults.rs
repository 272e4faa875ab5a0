use crate::random::Random;

/// What can go wrong with a process or its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process is killed. What the running turn has written is gone, and so is all memory.
    Kill,
    /// The code traps. What it has written so far stays, but for an open transaction; all memory is
    /// gone.
    Trap,
    /// A statement fails. The code goes on.
    Error,
}

/// Where it can go wrong: before each statement and each commit, before a turn's writes are
/// durable, after that but before anything has left, and whenever somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Statement,
    Commit,
    Durable,
    Output,
    Await,
}

impl Place {
    pub(crate) const fn takes(self, fault: Fault) -> bool {
        match self {
            Self::Statement => true,
            Self::Commit => !matches!(fault, Fault::Error),
            Self::Durable | Self::Output | Self::Await => matches!(fault, Fault::Kill),
        }
    }
}

/// Decides at each step whether it goes wrong.
#[derive(Debug)]
pub(crate) struct Faults {
    plan: Plan,
    is_on: bool,
    steps: u64,
    pub(crate) struck: u64,
    /// The places of all steps so far, if one of them is to be chosen.
    pub(crate) places: Vec<Place>,
}

#[derive(Debug)]
enum Plan {
    /// So many times in a million steps.
    ByChance { random: Random, per_million: u32 },
    /// At this one step.
    Once { at: u64, fault: Fault },
}

impl Faults {
    pub(crate) const fn by_chance(seed: u64, per_million: u32) -> Self {
        let plan = Plan::ByChance { random: Random::new(seed), per_million };
        Self { plan, is_on: true, steps: 0, struck: 0, places: Vec::new() }
    }

    pub(crate) const fn once(at: u64, fault: Fault) -> Self {
        let plan = Plan::Once { at, fault };
        Self { plan, is_on: true, steps: 0, struck: 0, places: Vec::new() }
    }

    /// From here on nothing goes wrong any more.
    pub(crate) fn turn_off(&mut self) {
        self.is_on = false;
    }

    pub(crate) const fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) fn step(&mut self, place: Place) -> Option<Fault> {
        if !self.is_on {
            return None;
        }
        self.steps += 1;
        let fault = match &mut self.plan {
            Plan::ByChance { random, per_million } => {
                let strikes = random.chance(*per_million);
                let fault = *random.pick(&[Fault::Kill, Fault::Kill, Fault::Trap, Fault::Error]);
                strikes.then_some(fault)
            }
            Plan::Once { at, fault } => {
                self.places.push(place);
                (*at == self.steps).then_some(*fault)
            }
        }?;
        let takes = place.takes(fault);
        self.struck += u64::from(takes);
        takes.then_some(fault)
    }
}

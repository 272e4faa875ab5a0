//! Many runs, on as many threads as there are.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use countersign::gateway::sabotage::{Bug, turn_on};

use crate::faults::{Fault, Faults, Place};
use crate::observer::{Tally, Violation};
use crate::scenario::Scenario;
use crate::world::World;

/// One run.
pub(crate) fn play(seed: u64, bug: Option<Bug>, is_loud: bool) -> Result<Tally, Violation> {
    turn_on(bug);
    let scenario = Scenario::new(seed);
    if is_loud {
        println!("{scenario}");
    }
    let faults = Faults::by_chance(seed ^ 0xfa17, scenario.weather.faults);
    let faults = Rc::new(RefCell::new(faults));
    let result = World::new(scenario, &faults, seed, is_loud).run();
    turn_on(None);
    result
}

/// The small run, with a fault at one of its steps; and where its steps are.
pub(crate) fn play_small(step: u64, fault: Fault) -> Result<(Tally, Vec<Place>), Violation> {
    let faults = Rc::new(RefCell::new(Faults::once(step, fault)));
    let tally = World::new(Scenario::small(), &faults, 0, false).run()?;
    Ok((tally, std::mem::take(&mut faults.borrow_mut().places)))
}

/// Does something with each of them, on as many threads as there are.
pub(crate) fn for_each<T: Sync>(all: &[T], act: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            act(one);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(work);
        }
    });
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// What came of many.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) tally: Tally,
    violations: Vec<(u64, Violation)>,
}

impl Findings {
    /// Stops at the first violation.
    pub(crate) fn until_first(seeds: Range<u64>, bug: Option<Bug>) -> Self {
        run(seeds, bug, 1, |_| {})
    }

    /// The one with the smallest seed.
    pub(crate) fn first(&self) -> Option<&(u64, Violation)> {
        self.violations.iter().min_by_key(|(seed, _)| *seed)
    }

    pub(crate) fn assert_clean(&self) {
        for (seed, Violation { rule, what }) in &self.violations {
            println!("seed {seed}: {rule}: {what}");
        }
        if let Some((seed, violation)) = self.first() {
            panic!(
                "{} runs broke a promise. `cargo xtask simulate --seed {seed}` shows how: {}: {}",
                self.violations.len(),
                violation.rule,
                violation.what
            );
        }
    }
}

/// Plays all seeds, or as many as it takes to see that something is thoroughly wrong.
pub(crate) fn run_all(seeds: Range<u64>, bug: Option<Bug>) -> Findings {
    run(seeds, bug, 10, |_| {})
}

fn run(
    seeds: Range<u64>,
    bug: Option<Bug>,
    enough: usize,
    progress: impl Fn(u64) + Sync,
) -> Findings {
    let (next, is_over) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let findings = Mutex::new(Findings::default());
    let work = || {
        while !is_over.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let result = play(seed, bug, false);
            let mut findings = findings.lock().unwrap();
            match result {
                Ok(tally) => findings.tally.merge(&tally),
                Err(violation) => findings.violations.push((seed, violation)),
            }
            is_over.store(findings.violations.len() >= enough, Ordering::Relaxed);
            drop(findings);
            progress(seed - seeds.start + 1);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads() {
            scope.spawn(work);
        }
    });
    findings.into_inner().unwrap()
}

/// What `cargo xtask simulate` asks for, in environment variables.
#[derive(Debug)]
pub(crate) struct Order {
    seeds: Range<u64>,
    /// Only this one, and say what happens.
    seed: Option<u64>,
    bug: Option<Bug>,
}

impl Order {
    pub(crate) fn read() -> Self {
        let number = |name: &str| {
            std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"))
        };
        let bug = std::env::var("SIMULATE_SABOTAGE").ok();
        Self {
            seeds: 0..number("SIMULATE_SEEDS").unwrap_or(100_000),
            seed: number("SIMULATE_SEED"),
            bug: bug.map(|name| bug_named(&name).expect("a bug")),
        }
    }

    pub(crate) fn carry_out(self) {
        if let Some(seed) = self.seed {
            let violation = play(seed, self.bug, true).err();
            say_verdict(violation.is_some());
            assert!(violation.is_none(), "seed {seed}: {violation:?}");
            return;
        }
        let count = self.seeds.end;
        let findings = run(self.seeds, self.bug, 10, |done| {
            if done.is_multiple_of(1000) {
                println!("{done} of {count}");
            }
        });
        println!("{}", findings.tally);
        say_verdict(findings.first().is_some());
        findings.assert_clean();
    }
}

/// `cargo xtask simulate` looks for this line: a run that fails otherwise has found nothing.
fn say_verdict(is_broken: bool) {
    if is_broken {
        println!("verdict: a promise was broken");
    }
}

/// As it is written on a command line.
fn bug_named(name: &str) -> Option<Bug> {
    BUGS.into_iter().find(|(known, _)| *known == name).map(|(_, bug)| bug)
}

const BUGS: [(&str, Bug); 5] = [
    ("acknowledge-before-store", Bug::AcknowledgeBeforeStore),
    ("mark-before-send", Bug::MarkBeforeSend),
    ("mark-before-verify", Bug::MarkBeforeVerify),
    ("alarm-throws", Bug::AlarmThrows),
    ("replay-resets-dedupe", Bug::ReplayResetsDedupe),
];

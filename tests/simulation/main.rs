//! A deterministic simulation of the inbox: a model of the provider, of the platform and of the
//! destinations around the real gateway and a real SQLite, with crashes at every step. Whatever
//! happens by chance comes out of a seed. `cargo xtask simulate --seed N` plays one, and says what
//! happens.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod accept;
mod agenda;
mod faults;
mod object;
mod observer;
mod original;
mod platform;
mod provider;
mod pump;
mod random;
mod relay;
mod request;
mod runs;
mod scenario;
mod send;
mod settings;
mod site;
#[path = "../sqlite/mod.rs"]
mod sqlite;
mod storage;
mod time;
mod world;

use countersign::gateway::sabotage::Bug;

use crate::faults::Fault;
use crate::observer::Violation;
use crate::runs::{Findings, Order, for_each, play, play_small, run_all};

/// How many seeds the tests go through.
const SEEDS: u64 = 2000;

#[test]
fn every_promise_is_kept() {
    let findings = run_all(0..SEEDS, None);
    println!("{}", findings.tally);
    findings.assert_clean();
    for what in SEEN {
        assert!(findings.tally.of(what) > 0, "no run had this: {what}");
    }
}

/// What has to occur, or the rules about it had nothing to say.
const SEEN: [&str; 23] = [
    "a breaker opens when all fails for long",
    "a copy of a dead event redrives it",
    "a copy of a delivery at a destination",
    "a copy of an open event changes nothing",
    "a late copy is a replay",
    "a success closes a breaker",
    "accepted: conflict",
    "accepted: replay of what relay mode delivered",
    "an early copy is a duplicate",
    "an outcome has its consequence",
    "another number of shards forgets nothing",
    "asked in vain",
    "at the end: dead",
    "at the end: delivered",
    "at the end: held",
    "clock changed",
    "forged request",
    "forgotten after its retention",
    "nothing is sent long after its time",
    "only what was delivered before is a duplicate",
    "only what was held is early, and once",
    "probes are apart",
    "what was held goes out at the ramp",
];

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in 0..20 {
        let [once, again] = [(); 2].map(|()| play(seed, None, false).unwrap());
        assert_eq!(once, again, "seed {seed}");
    }
}

/// A small run again and again, each time with a fault at the next of all its steps.
#[test]
fn no_step_is_a_bad_one_to_fail_at() {
    let (tally, places) = play_small(0, Fault::Kill).unwrap();
    for what in SEEN_IN_SMALL {
        assert!(tally.of(what) > 0, "it does not have this: {what}");
    }
    let faults = [Fault::Kill, Fault::Trap, Fault::Error];
    let steps = (1..).zip(&places);
    let all = steps.flat_map(|(step, place)| faults.map(|fault| (step, *place, fault)));
    let all: Vec<_> = all.filter(|(_, place, fault)| place.takes(*fault)).collect();
    for_each(&all, |(step, place, fault)| {
        if let Err(Violation { rule, what }) = play_small(*step, *fault) {
            panic!("{fault:?} at step {step}, {place:?}: {rule}: {what}");
        }
    });
    println!("{} steps, {} faults", places.len(), all.len());
    assert!(places.len() > 500);
}

const SEEN_IN_SMALL: [&str; 5] = [
    "accepted: duplicate",
    "accepted: redriven",
    "accepted: replay",
    "an earlier shard is asked",
    "asked in vain",
];

/// The simulation finds what it is there to find.
fn is_caught(bug: Bug) {
    let findings = Findings::until_first(0..SEEDS, Some(bug));
    let (seed, Violation { rule, what }) = findings.first().expect("nobody has noticed");
    println!("{bug:?}: seed {seed}: {rule}: {what}");
}

#[test]
fn an_acknowledgement_before_the_store_is_caught() {
    is_caught(Bug::AcknowledgeBeforeStore);
}

#[test]
fn a_mark_before_the_send_is_caught() {
    is_caught(Bug::MarkBeforeSend);
}

#[test]
fn a_mark_before_the_verification_is_caught() {
    is_caught(Bug::MarkBeforeVerify);
}

#[test]
fn an_alarm_that_throws_is_caught() {
    is_caught(Bug::AlarmThrows);
}

#[test]
fn a_replay_that_resets_dedupe_is_caught() {
    is_caught(Bug::ReplayResetsDedupe);
}

/// For `cargo xtask simulate`.
#[test]
#[ignore = "it is run by `cargo xtask simulate`"]
fn by_order() {
    Order::read().carry_out();
}

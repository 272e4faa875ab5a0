//! A clock that jumps. Whatever it says, nothing is lost and nothing is held for ever.

use countersign::gateway::inbox::Acceptance;
use countersign::scheme::{BOATEROS, PEEKER};
use serde_json::json;

use crate::rig::{DAY, FAILED, HOUR, MINUTE, OK, Rig, SECOND, START, Sent};

const EVENT: Sent<'_> = Sent::new("evt_1");

/// The breaker of its only destination is open, and two events are held.
fn held() -> Rig {
    let breaker = json!({ "failingSeconds": 60, "attempts": 2, "probeSeconds": 300 });
    let settings = json!({ "retrySchedule": [60, 60, 60], "breaker": breaker });
    let mut rig = Rig::new(&PEEKER, &settings);
    rig.come(EVENT);
    rig.come(Sent::new("evt_2"));
    while rig.attempt_next(FAILED)["breaker"] != "opened" {}
    rig
}

#[test]
fn a_breaker_is_probed_at_once_if_its_time_is_further_off_than_a_pause() {
    let mut rig = held();
    assert!(rig.lease().is_none());
    rig.now -= DAY;
    assert_eq!(rig.next(), Some(rig.now));
    let probe = rig.lease().unwrap();
    assert_eq!(rig.end(&probe, FAILED)["probe"], true);
    assert_eq!(rig.next(), Some(rig.now + 5 * MINUTE), "and then every five minutes");
}

#[test]
fn a_drain_is_not_stopped_by_a_clock_that_is_set_back() {
    let mut rig = held();
    assert_eq!(rig.attempt_next(OK)["breaker"], "closed");
    rig.now -= HOUR;
    for delivery in rig.deliveries() {
        println!("{delivery:?}");
    }
    // What was due is due when the clock says so again, or earlier, and goes out.
    rig.now = rig.next().unwrap();
    assert_eq!(rig.attempt(OK)["state"], "delivered");
}

/// It was due by the clock that was wrong. An hour is an hour.
#[test]
fn what_waits_waits_for_the_time_that_it_was_given() {
    let mut rig = Rig::new(&PEEKER, &json!({ "retrySchedule": [60] }));
    rig.come(EVENT);
    rig.attempt(FAILED);
    let due_at = rig.delivery().due_at;
    rig.now -= HOUR;
    assert!(rig.lease().is_none());
    assert_eq!(rig.next(), Some(due_at));
    rig.now = due_at;
    assert_eq!(rig.attempt(OK)["state"], "delivered");
}

#[test]
fn a_lease_that_a_jump_has_ended_is_given_to_another_and_its_outcome_counts_for_nothing() {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    rig.come(EVENT);
    let first = rig.lease().unwrap();
    rig.now += DAY;
    let second = rig.lease().unwrap();
    assert_eq!(second.delivery_id(), first.delivery_id());
    rig.end(&first, FAILED);
    assert_eq!(rig.delivery().state, "leased");
    rig.now -= DAY;
    rig.end(&second, OK);
    assert_eq!(rig.delivery().state, "delivered");
}

#[test]
fn a_copy_that_comes_before_the_event_was_delivered_is_a_duplicate() {
    let event = Sent { body: r#"{"type":"hull.sold"}"#, ..Sent::new("") };
    let mut rig = Rig::new(&BOATEROS, &json!({}));
    rig.come(event);
    rig.attempt(OK);
    rig.now -= 3 * DAY;
    assert!(matches!(rig.come(event), Acceptance::Duplicate { .. }));
    rig.now = START + 15 * MINUTE;
    assert_eq!(rig.come(event), Acceptance::Replay { count: 1, is_new: false });
}

#[test]
fn what_is_finished_is_forgotten_by_the_clock_and_what_is_open_is_not() {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    rig.come(EVENT);
    rig.attempt(OK);
    rig.come(Sent::new("evt_2"));
    rig.now += 400 * DAY;
    rig.prune();
    assert_eq!(rig.states(), ["pending"]);
    rig.now = START;
    rig.prune();
    assert_eq!(rig.states(), ["pending"]);
    assert_eq!(rig.attempt(OK)["state"], "delivered");
}

/// Shards are told the layouts again when the clock is behind the time at which they were told.
#[test]
fn a_change_of_shards_is_noticed_after_the_clock_was_set_back() {
    let shards = |count: u32| json!({ "shards": count });
    let mut rig = Rig::new(&PEEKER, &shards(4));
    let names: Vec<_> = (0..40).map(|n| format!("evt_{n}")).collect();
    for name in &names {
        rig.come(Sent::new(name));
    }
    rig.now -= 10 * SECOND;
    rig.configure(&shards(8));
    for name in &names {
        let acceptance = rig.come(Sent::new(name));
        assert!(matches!(acceptance, Acceptance::Duplicate { .. }), "{name}: {acceptance:?}");
    }
}

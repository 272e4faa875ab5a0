//! What is finished is kept for its retention and then forgotten; what is open is never forgotten.

use countersign::gateway::inbox::Acceptance;
use countersign::scheme::PEEKER;
use serde_json::json;

use crate::rig::{DAY, FAILED, GONE, HOUR, OK, Rig, SECOND, Sent, destination};

const TABLES: [&str; 3] = ["event", "delivery", "attempt"];

fn counts(rig: &mut Rig) -> [i64; 3] {
    TABLES.map(|table| rig.count(0, table))
}

#[test]
fn what_is_finished_is_forgotten_when_its_time_is_over_and_not_before() {
    for outcome in [OK, GONE] {
        let mut rig = Rig::new(&PEEKER, &json!({ "retentionDays": 5 }));
        rig.come(Sent::new("evt_1"));
        rig.wait(HOUR);
        rig.attempt(outcome);
        let forgotten_at = rig.now + 5 * DAY;
        assert_eq!(rig.next(), Some(forgotten_at), "the alarm is set for it");
        rig.now = forgotten_at - 1;
        rig.prune();
        assert_eq!(counts(&mut rig), [1, 1, 1], "{outcome:?}");
        rig.now = forgotten_at;
        rig.prune();
        assert_eq!(counts(&mut rig), [0, 0, 0], "{outcome:?}");
        assert_eq!(rig.next(), None);
        assert_eq!(rig.come(Sent::new("evt_1")), Acceptance::Fresh);
    }
}

#[test]
fn what_is_open_is_never_forgotten() {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    rig.come(Sent::new("evt_pending"));
    rig.come(Sent::new("evt_leased"));
    rig.lease().unwrap();
    rig.wait(1000 * DAY);
    rig.prune();
    assert_eq!(counts(&mut rig), [2, 2, 0]);
    assert_eq!(rig.leases().len(), 2);
}

/// It is known, and its body is there, for as long as any of its deliveries.
#[test]
fn an_event_is_kept_for_its_last_delivery() {
    let destinations = json!([destination("app", &json!({})), destination("audit", &json!({}))]);
    let mut rig = Rig::new(&PEEKER, &json!({ "destinations": destinations }));
    rig.come(Sent::new("evt_1"));
    for lease in rig.leases() {
        rig.end(&lease, if lease.destination == "app" { OK } else { FAILED });
    }
    rig.wait(40 * DAY);
    rig.prune();
    assert_eq!(counts(&mut rig), [1, 1, 1]);
    assert!(matches!(rig.come(Sent::new("evt_1")), Acceptance::Duplicate { .. }));
    assert_eq!(rig.attempt(OK)["state"], "delivered");
}

#[test]
fn a_replayed_event_is_kept_for_its_last_round() {
    let mut rig = Rig::new(&PEEKER, &json!({ "replays": "deliver", "retentionDays": 3 }));
    rig.come(Sent::new("evt_1"));
    rig.attempt(OK);
    rig.wait(2 * DAY);
    rig.come(Sent::new("evt_1"));
    rig.attempt(OK);
    rig.wait(2 * DAY);
    rig.prune();
    assert_eq!(counts(&mut rig), [1, 1, 1]);
    let replay = rig.come(Sent::new("evt_1"));
    assert_eq!(replay, Acceptance::Replay { count: 2, is_new: false }, "it counts on");
}

/// An alarm has not the time for all of it.
#[test]
fn it_is_done_in_slices_and_the_alarm_comes_back_for_the_rest() {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    for n in 0..450 {
        rig.come(Sent::new(&format!("evt_{n}")));
        rig.attempt(OK);
    }
    rig.wait(31 * DAY);
    let mut left = vec![rig.count(0, "delivery")];
    while rig.next().is_some_and(|next| next <= rig.now) {
        rig.prune();
        left.push(rig.count(0, "delivery"));
    }
    assert_eq!(left, [450, 250, 50, 0]);
    assert_eq!(counts(&mut rig), [0, 0, 0]);
}

#[test]
fn bodies_in_the_object_store_are_named_once_nobody_needs_them() {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    for n in 0..3 {
        let (id, key) = (format!("evt_{n}"), format!("peeker/{n}"));
        rig.come(Sent { body_at: Some(&key), ..Sent::new(&id) });
    }
    for outcome in [OK, GONE] {
        rig.attempt(outcome);
    }
    rig.wait(40 * DAY);
    let mut keys = rig.prune();
    keys.sort();
    assert_eq!(keys, ["peeker/0", "peeker/1"]);
    assert!(rig.prune().is_empty(), "not twice");
    assert_eq!(rig.count(0, "event"), 1);
}

#[test]
fn another_retention_is_for_what_is_finished_from_then_on() {
    let mut rig = Rig::new(&PEEKER, &json!({ "retentionDays": 30 }));
    for id in ["evt_1", "evt_2"] {
        rig.come(Sent::new(id));
    }
    rig.attempt(OK);
    rig.configure(&json!({ "retentionDays": 3 }));
    rig.attempt(OK);
    rig.wait(3 * DAY + SECOND);
    rig.prune();
    assert_eq!(counts(&mut rig), [1, 1, 1]);
}

#[test]
fn of_a_delivery_that_is_tried_for_weeks_the_latest_attempts_are_kept() {
    let schedule = vec![60; 50];
    let breaker = json!({ "failingSeconds": 60, "attempts": 2, "probeSeconds": 60 });
    let settings = json!({ "retrySchedule": schedule, "breaker": breaker });
    let mut rig = Rig::new(&PEEKER, &settings);
    rig.come(Sent::new("evt_1"));
    rig.come(Sent::new("evt_2"));
    for _ in 0..300 {
        rig.attempt_next(FAILED);
    }
    let query = "SELECT count(*), max(number) FROM attempt GROUP BY event";
    for row in rig.query(0, query) {
        let [count, last] = [&row[0], &row[1]].map(crate::rig::integer);
        assert!(count <= 50 && last > 100, "{count} up to number {last}");
    }
}

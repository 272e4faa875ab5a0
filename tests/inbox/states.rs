//! What each edge of a delivery's states does to its row: when it is due, what it has spent.

use countersign::gateway::Outcome;
use countersign::scheme::{BOATEROS, PEEKER};
use serde_json::json;

use crate::rig::{DAY, Delivery, FAILED, GONE, MINUTE, OK, Rig, SECOND, START, Sent};

const EVENT: Sent<'_> = Sent::new("evt_1");

/// Two retries, after a minute and after ten; a destination has 15 s.
fn rig() -> Rig {
    let mut rig = Rig::new(&PEEKER, &json!({ "retrySchedule": [60, 600] }));
    rig.come(EVENT);
    rig
}

fn row(state: &str, due_at: i64, attempts: i64, failures: i64) -> Delivery {
    let (destination, round, state) = ("app".to_owned(), 0, state.to_owned());
    Delivery { destination, round, state, due_at, attempts, failures, finished_at: None }
}

#[test]
fn what_is_accepted_is_due_at_once() {
    let mut rig = rig();
    assert_eq!(rig.delivery(), row("pending", START, 0, 0));
    assert_eq!(rig.next(), Some(START));
}

#[test]
fn a_lease_lasts_for_ten_seconds_more_than_the_request_and_nobody_else_gets_it() {
    let mut rig = rig();
    let lease = rig.lease().unwrap();
    assert_eq!(rig.delivery(), row("leased", START + 25 * SECOND, 1, 0));
    assert_eq!(rig.header(&lease, "countersign-attempt").as_deref(), Some("1"));
    assert_eq!(rig.next(), Some(START + 25 * SECOND));
    rig.wait(25 * SECOND - 1);
    assert!(rig.lease().is_none());
}

#[test]
fn what_is_delivered_is_kept_for_its_retention() {
    let mut rig = rig();
    let lease = rig.lease().unwrap();
    rig.wait(SECOND);
    let log = rig.end(&lease, OK);
    assert_eq!((&log["state"], &log["level"]), (&"delivered".into(), &"info".into()));
    let finished_at = Some(START + SECOND);
    let delivered = row("delivered", START + SECOND + 30 * DAY, 1, 0);
    assert_eq!(rig.delivery(), Delivery { finished_at, ..delivered });
    rig.wait(DAY);
    assert!(rig.lease().is_none());
}

#[test]
fn what_fails_is_tried_again_by_the_schedule_and_then_dead() {
    let mut rig = rig();
    for (failures, pause) in [(1, MINUTE), (2, 10 * MINUTE)] {
        let log = rig.attempt(FAILED);
        assert_eq!(log["state"], "pending");
        let due_at = rig.delivery().due_at;
        assert_eq!(rig.delivery(), row("pending", due_at, failures, failures));
        assert!((pause * 9 / 10..=pause * 11 / 10).contains(&(due_at - rig.now)), "{failures}");
        rig.now = due_at - 1;
        assert!(rig.lease().is_none(), "too early");
        rig.now = due_at;
    }
    let log = rig.attempt(FAILED);
    assert_eq!((&log["state"], &log["level"]), (&"dead".into(), &"error".into()));
    let finished_at = Some(rig.now);
    let dead = Delivery { finished_at, ..row("dead", rig.now + 30 * DAY, 3, 3) };
    assert_eq!(rig.delivery(), dead);
    rig.wait(DAY);
    assert!(rig.lease().is_none());
}

#[test]
fn who_is_gone_is_not_asked_again() {
    let mut rig = rig();
    assert_eq!(rig.attempt(GONE)["state"], "dead");
    let finished_at = Some(START);
    assert_eq!(rig.delivery(), Delivery { finished_at, ..row("dead", START + 30 * DAY, 1, 1) });
}

#[test]
fn what_the_platform_does_not_let_out_spends_nothing() {
    let mut rig = rig();
    for attempts in 1..=20 {
        assert_eq!(rig.attempt(Outcome::Unsent)["state"], "pending");
        assert_eq!(rig.delivery(), row("pending", rig.now + SECOND, attempts, 0));
        rig.wait(SECOND);
    }
    assert_eq!(rig.count(0, "attempt"), 0, "there was none");
}

#[test]
fn a_body_that_cannot_be_read_spends_an_attempt_and_is_not_the_destinations_fault() {
    let mut rig = rig();
    for _ in 0..2 {
        assert_eq!(rig.attempt_next(Outcome::Bodiless)["state"], "pending");
    }
    assert_eq!(rig.attempt_next(Outcome::Bodiless)["state"], "dead");
    assert_eq!(rig.count(0, "destination"), 0, "no breaker");
}

#[test]
fn a_lease_that_runs_out_is_a_failure_and_due_at_once() {
    let mut rig = rig();
    for attempts in 1..=3 {
        assert!(rig.lease().is_some());
        assert_eq!(rig.delivery(), row("leased", rig.now + 25 * SECOND, attempts, attempts - 1));
        rig.wait(25 * SECOND);
    }
    assert!(rig.lease().is_none(), "its last one has run out too");
    let finished_at = Some(rig.now);
    let dead = Delivery { finished_at, ..row("dead", rig.now + 30 * DAY, 4, 3) };
    assert_eq!(rig.delivery(), dead);
}

/// Its number is another one, although the delivery's is the same.
#[test]
fn an_outcome_that_comes_after_its_lease_changes_nothing() {
    for late in [OK, FAILED, GONE, Outcome::Unsent] {
        let mut rig = rig();
        let slow = rig.lease().unwrap();
        rig.wait(25 * SECOND);
        let second = rig.lease().unwrap();
        let before = rig.delivery();
        rig.end(&slow, late);
        assert_eq!(rig.delivery(), before, "{late:?}");
        rig.end(&second, OK);
        let before = rig.delivery();
        rig.end(&slow, late);
        assert_eq!(rig.delivery(), before, "{late:?}");
    }
}

#[test]
fn a_dead_delivery_is_begun_anew_by_a_copy() {
    let mut rig = rig();
    let first = rig.lease().unwrap();
    rig.end(&first, GONE);
    rig.wait(MINUTE);
    rig.come(EVENT);
    assert_eq!(rig.delivery(), row("pending", rig.now, 1, 0));
    let again = rig.lease().unwrap();
    assert_eq!(again.delivery_id(), first.delivery_id());
    assert_eq!(rig.header(&again, "countersign-attempt").as_deref(), Some("2"));
    assert_eq!(rig.header(&again, "countersign-replay"), None);
    rig.end(&again, FAILED);
    for _ in 0..2 {
        rig.attempt_next(FAILED);
    }
    assert_eq!(rig.delivery().state, "dead", "it has its whole schedule again");
    assert_eq!(rig.delivery().attempts, 4);
}

#[test]
fn a_replay_is_a_delivery_of_its_own() {
    let event = Sent { body: r#"{"type":"hull.sold"}"#, ..Sent::new("") };
    let mut rig = Rig::new(&BOATEROS, &json!({}));
    rig.come(event);
    let first = rig.lease().unwrap();
    rig.end(&first, OK);
    let delivered = rig.delivery();
    rig.wait(DAY);
    rig.come(event);
    let due = Delivery { round: 1, ..row("pending", rig.now, 0, 0) };
    assert_eq!(rig.deliveries(), [delivered, due]);
    let second = rig.lease().unwrap();
    assert_ne!(second.delivery_id(), first.delivery_id());
    let header = |name| rig.header(&second, name);
    assert_eq!(header("countersign-replay").as_deref(), Some("true"));
    assert_eq!(header("countersign-attempt").as_deref(), Some("1"));
    assert_eq!(header("countersign-event-id"), rig.header(&first, "countersign-event-id"));
}

/// The number of an attempt is counted when it is leased: a process that dies with it has made it.
#[test]
fn an_attempt_counts_before_it_is_made() {
    let mut rig = rig();
    rig.lease().unwrap();
    rig.restart();
    assert_eq!(rig.delivery().attempts, 1);
    rig.wait(25 * SECOND);
    let lease = rig.lease().unwrap();
    assert_eq!(rig.header(&lease, "countersign-attempt").as_deref(), Some("2"));
}

//! When a delivery that has failed is tried again.

use countersign::gateway::Outcome;
use countersign::scheme::PEEKER;
use serde_json::json;

use crate::rig::{DAY, FAILED, HOUR, MINUTE, OK, Rig, SECOND, Sent, destination};

/// How long a delivery waits after its first attempt had this outcome.
fn pause_after(outcome: Outcome) -> i64 {
    let mut rig = Rig::new(&PEEKER, &json!({ "retrySchedule": [60] }));
    rig.come(Sent::new("evt_1"));
    rig.attempt(outcome);
    rig.delivery().due_at - rig.now
}

#[test]
fn the_default_schedule_takes_over_four_days() {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    rig.come(Sent::new("evt_1"));
    for minutes in [1, 5, 30, 120, 480, 1440, 4320] {
        assert_eq!(rig.attempt(FAILED)["state"], "pending", "{minutes}");
        let pause = rig.delivery().due_at - rig.now;
        let wanted = minutes * MINUTE;
        assert!((wanted * 9 / 10..=wanted * 11 / 10).contains(&pause), "{minutes}: {pause}");
        rig.now = rig.next().unwrap();
    }
    assert_eq!(rig.attempt(FAILED)["state"], "dead");
}

/// What has failed together comes apart, and always in the same way.
#[test]
fn the_jitter_is_up_to_a_tenth_and_not_the_same_for_all() {
    let pauses = || {
        let mut rig = Rig::new(&PEEKER, &json!({ "retrySchedule": [1000] }));
        let mut pauses = Vec::new();
        for n in 0..200 {
            rig.come(Sent::new(&format!("evt_{n}")));
            // In between something arrives, so that no breaker opens.
            let outcome = if n % 4 == 3 { OK } else { FAILED };
            rig.attempt(outcome);
        }
        for delivery in rig.deliveries() {
            pauses.extend((delivery.state == "pending").then_some(delivery.due_at - rig.now));
        }
        pauses
    };
    let all = pauses();
    assert_eq!(all, pauses());
    assert_eq!(all.len(), 150);
    assert!(all.iter().all(|pause| (900 * SECOND..=1100 * SECOND).contains(pause)));
    assert!(all.iter().any(|pause| *pause < 920 * SECOND));
    assert!(all.iter().any(|pause| *pause > 1080 * SECOND));
    let mut different = all.clone();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() > 80, "{}", different.len());
}

#[test]
fn a_destination_may_have_a_schedule_of_its_own() {
    let own = destination("audit", &json!({ "retrySchedule": [7200] }));
    let destinations = json!([destination("app", &json!({})), own]);
    let settings = json!({ "retrySchedule": [60, 60], "destinations": destinations });
    let mut rig = Rig::new(&PEEKER, &settings);
    rig.come(Sent::new("evt_1"));
    for lease in rig.leases() {
        rig.end(&lease, FAILED);
    }
    let [app, audit] = rig.deliveries().try_into().unwrap();
    assert!((54 * SECOND..=66 * SECOND).contains(&(app.due_at - rig.now)));
    assert!((108 * MINUTE..=132 * MINUTE).contains(&(audit.due_at - rig.now)));
    rig.now = audit.due_at;
    for lease in rig.leases() {
        rig.end(&lease, FAILED);
    }
    let [app, audit] = rig.deliveries().try_into().unwrap();
    assert_eq!((app.state.as_str(), audit.state.as_str()), ("pending", "dead"));
}

#[test]
fn a_destination_that_asks_for_time_gets_it() {
    for status in [429, 503] {
        let asks = |text| pause_after(Outcome::of_answer(status, Some(text)));
        assert_eq!(asks("3600"), HOUR, "{status}");
        assert_eq!(asks("86400"), DAY, "a day at most");
        assert!(asks("86401") <= 66 * SECOND, "more is not believed");
        assert!((54 * SECOND..=66 * SECOND).contains(&asks("1")), "it never comes earlier");
    }
    assert!(pause_after(Outcome::of_answer(500, Some("3600"))) <= 66 * SECOND);
}

#[test]
fn a_schedule_that_becomes_shorter_gives_up_what_has_failed_more_often() {
    let mut rig = Rig::new(&PEEKER, &json!({ "retrySchedule": [10, 10, 10] }));
    rig.come(Sent::new("evt_1"));
    for _ in 0..3 {
        rig.attempt_next(FAILED);
    }
    rig.configure(&json!({ "retrySchedule": [10, 10] }));
    rig.now = rig.next().unwrap();
    assert!(rig.lease().is_none());
    assert_eq!(rig.delivery().state, "dead");
}

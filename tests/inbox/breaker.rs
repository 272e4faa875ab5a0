//! A destination that fails for long is held, never dropped; it is probed, and what was held drains
//! at a ramp.

use countersign::scheme::PEEKER;
use serde_json::{Value, json};

use crate::rig::{DAY, FAILED, HOUR, MINUTE, OK, Rig, SECOND, START, Sent, destination};

const NAMES: [&str; 8] = ["evt_0", "evt_1", "evt_2", "evt_3", "evt_4", "evt_5", "evt_6", "evt_7"];

/// So many events. The breaker opens after 5 failures in 30 minutes and is probed every 5 minutes;
/// two are drained a second.
fn rig(events: usize) -> Rig {
    let mut rig = Rig::new(
        &PEEKER,
        &json!({ "retrySchedule": [600, 600, 600, 600, 600], "drainPerSecond": 2 }),
    );
    for id in &NAMES[..events] {
        rig.come(Sent::new(id));
    }
    rig
}

/// Lets everything fail that is due, until the breaker opens.
fn fail_until_open(rig: &mut Rig) {
    for _ in 0..100 {
        if rig.attempt_next(FAILED)["breaker"] == "opened" {
            return;
        }
    }
    panic!("it does not open");
}

fn failures(rig: &mut Rig) -> Vec<i64> {
    rig.deliveries().into_iter().map(|delivery| delivery.failures).collect()
}

#[test]
fn it_opens_after_thirty_minutes_of_failures_and_not_before() {
    let mut rig = rig(3);
    fail_until_open(&mut rig);
    assert!(rig.now - START >= 30 * MINUTE, "{}", rig.now - START);
    assert!(failures(&mut rig).iter().sum::<i64>() >= 5);
    assert!(rig.states().iter().all(|state| state == "pending"), "nothing is given up");
}

#[test]
fn a_success_in_between_keeps_it_closed() {
    let mut rig = rig(3);
    for n in 0..1000 {
        let Some(next) = rig.next().filter(|next| *next < START + 2 * HOUR) else { break };
        rig.now = next;
        let log = rig.attempt(FAILED);
        assert_eq!(log["breaker"], Value::Null, "attempt {n}");
        rig.come(Sent::new(&format!("evt_good{n}")));
        assert_eq!(rig.attempt(OK)["breaker"], Value::Null);
    }
    assert!(rig.states().contains(&"dead".to_owned()), "it has failed all the time");
}

/// The event is at fault, and is given up. The destination takes others.
#[test]
fn one_event_that_is_never_taken_opens_nothing() {
    let settings = json!({ "retrySchedule": [600, 600, 600, 600, 600, 600, 600] });
    let mut rig = Rig::new(&PEEKER, &settings);
    rig.come(Sent::new("evt_poison"));
    while rig.delivery().state == "pending" {
        assert_eq!(rig.attempt_next(FAILED)["breaker"], Value::Null);
    }
    assert_eq!((rig.delivery().state.as_str(), rig.delivery().failures), ("dead", 8));
}

#[test]
fn what_is_held_spends_nothing_for_days_and_events_still_come_in() {
    let mut rig = rig(3);
    fail_until_open(&mut rig);
    let before = failures(&mut rig);
    assert!(rig.lease().is_none(), "it is held");
    rig.come(Sent::new("evt_new"));
    assert!(rig.lease().is_none(), "so is what comes in");
    let since = rig.now;
    while rig.now < since + 3 * DAY {
        let log = rig.attempt_next(FAILED);
        assert_eq!((&log["probe"], &log["state"]), (&true.into(), &"pending".into()));
    }
    let mut after = failures(&mut rig);
    assert_eq!(after.pop(), Some(0), "the new one");
    assert_eq!(after, before);
}

#[test]
fn probes_are_five_minutes_apart_also_after_a_restart() {
    let mut rig = rig(3);
    fail_until_open(&mut rig);
    let mut last = rig.now;
    for n in 0..20 {
        let next = rig.next().unwrap();
        assert_eq!(next - last, 5 * MINUTE, "probe {n}");
        rig.now = next - 1;
        assert!(rig.lease().is_none());
        if n % 2 == 0 {
            rig.restart();
        }
        rig.now = next;
        let probe = rig.lease().unwrap();
        assert!(rig.lease().is_none(), "one at a time");
        last = rig.now;
        rig.wait(15 * SECOND);
        rig.end(&probe, FAILED);
    }
}

/// Or an event that is never taken would keep the breaker open for ever.
#[test]
fn every_event_has_its_turn_as_a_probe() {
    let mut rig = rig(4);
    fail_until_open(&mut rig);
    let mut probed = Vec::new();
    for _ in 0..8 {
        rig.now = rig.next().unwrap();
        let probe = rig.lease().unwrap();
        probed.push(probe.delivery_id());
        rig.end(&probe, FAILED);
    }
    let mut different = probed.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 4, "{probed:?}");
}

#[test]
fn a_probe_that_arrives_closes_it_and_all_is_due_at_once() {
    let mut rig = rig(6);
    fail_until_open(&mut rig);
    assert_eq!(rig.attempt_next(OK)["breaker"], "closed");
    let closed_at = rig.now;
    for delivery in rig.deliveries().iter().filter(|delivery| delivery.state == "pending") {
        assert!(delivery.due_at <= closed_at, "{delivery:?}");
    }
    let mut sent = Vec::new();
    while rig.states().contains(&"pending".to_owned()) {
        rig.now = rig.now.max(rig.next().unwrap());
        sent.push(rig.now - closed_at);
        rig.attempt(OK);
    }
    // Two a second.
    assert_eq!(sent, [0, 500, 1000, 1500, 2000]);
}

#[test]
fn the_ramp_doubles_each_minute() {
    let mut rig = rig(3);
    fail_until_open(&mut rig);
    for n in 0..1500 {
        rig.come(Sent::new(&format!("evt_held{n}")));
    }
    rig.attempt_next(OK);
    let closed_at = rig.now;
    let mut sent = [0_i64; 4];
    while let Some(next) = rig.next().filter(|next| *next < closed_at + 4 * MINUTE) {
        rig.now = rig.now.max(next);
        if rig.lease().map(|lease| rig.end(&lease, OK)).is_none() {
            break;
        }
        sent[usize::try_from((rig.now - closed_at) / MINUTE).unwrap()] += 1;
    }
    for (minute, wanted) in [120, 240, 480].into_iter().enumerate() {
        let difference = (sent[minute] - wanted).abs();
        assert!(difference <= wanted / 10, "{sent:?} in minute {minute}");
    }
}

#[test]
fn what_fails_while_it_drains_spends_nothing_and_opens_it_again_at_once() {
    let mut rig = rig(8);
    fail_until_open(&mut rig);
    let before = failures(&mut rig);
    assert_eq!(rig.attempt_next(OK)["breaker"], "closed");
    let closed_at = rig.now;
    let mut log = Value::Null;
    for _ in 0..5 {
        rig.now = rig.now.max(rig.next().unwrap());
        log = rig.attempt(FAILED);
        assert_eq!(log["state"], "pending");
    }
    assert_eq!(log["breaker"], "opened", "it need not fail for thirty minutes again");
    assert!(rig.now - closed_at < MINUTE);
    assert_eq!(failures(&mut rig), before);
}

#[test]
fn each_destination_has_its_own() {
    let destinations = json!([destination("app", &json!({})), destination("audit", &json!({}))]);
    let settings =
        json!({ "destinations": destinations, "retrySchedule": [600, 600, 600, 600, 600] });
    let mut rig = Rig::new(&PEEKER, &settings);
    for id in ["evt_1", "evt_2", "evt_3"] {
        rig.come(Sent::new(id));
    }
    let mut opened = 0;
    while rig.now < START + 2 * HOUR {
        for lease in rig.leases() {
            let outcome = if lease.destination == "app" { FAILED } else { OK };
            opened += i32::from(rig.end(&lease, outcome)["breaker"] == "opened");
        }
        rig.now = rig.next().unwrap();
    }
    assert_eq!(opened, 1);
    for probe in rig.leases() {
        rig.end(&probe, FAILED);
    }
    rig.come(Sent::new("evt_4"));
    let leases = rig.leases();
    assert_eq!(leases.len(), 1, "one is held");
    assert_eq!(leases[0].destination, "audit");
}

#[test]
fn a_destination_that_is_gone_for_good_is_given_up_also_as_a_probe() {
    let mut rig = rig(3);
    fail_until_open(&mut rig);
    let log = rig.attempt_next(crate::rig::GONE);
    assert_eq!((&log["probe"], &log["state"]), (&true.into(), &"dead".into()));
}

/// A probe that its process did not survive spends an attempt. It may be one too many.
#[test]
fn what_is_held_is_never_given_up_although_its_probes_die() {
    let mut rig = rig(2);
    fail_until_open(&mut rig);
    for _ in 0..40 {
        rig.now = rig.next().unwrap();
        assert!(rig.lease().is_some(), "a probe");
        rig.wait(MINUTE);
    }
    assert!(failures(&mut rig).iter().all(|failures| *failures > 5), "more than it has retries");
    assert!(rig.states().iter().all(|state| state != "dead"));
    assert_eq!(rig.attempt_next(OK)["state"], "delivered");
}

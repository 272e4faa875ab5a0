//! What a review of the inbox found: each of these failed before it was mended.

use std::collections::BTreeMap;

use countersign::gateway::Outcome;
use countersign::gateway::inbox::{Acceptance, Lanes};
use serde_json::json;

use crate::shard::{DELIVERED, REFUSED, Shard};

fn dead(shard: &Shard) -> usize {
    shard.rows("delivery").iter().filter(|row| row["state"] == "dead").count()
}

#[test]
fn a_flapping_destination_does_not_use_the_schedule_up() {
    let breaker = json!({ "failingSeconds": 1, "attempts": 5, "probeSeconds": 300 });
    let mut shard = Shard::new(
        "peeker",
        &json!({ "retrySchedule": [86_400, 86_400, 86_400, 86_400], "breaker": breaker }),
    );
    for n in 0..6 {
        shard.accept(&format!("evt_bad{n}"), "{}");
    }
    let started = shard.now;
    let mut good = 0;
    for _ in 0..400 {
        if dead(&shard) > 0 {
            break;
        }
        while let Some(lease) = shard.lease() {
            let event = format!("{lease:?}");
            let is_good = event.contains("evt_good");
            let log = shard.end(&lease, if is_good { DELIVERED } else { REFUSED }, "");
            if log["breaker"] == "opened" {
                good += 1;
                shard.accept(&format!("evt_good{good}"), "{}");
            }
            shard.wait(1);
        }
        shard.sleep();
    }
    let hours = shard.now.millis_since(started) / 3_600_000;
    assert!(
        dead(&shard) == 0 || hours >= 4 * 24 * 9 / 10,
        "dead after {hours} h of a schedule of 96 h"
    );
}

#[test]
fn a_ramp_that_nothing_drains_is_forgotten() {
    let breaker = json!({ "failingSeconds": 1800, "attempts": 5, "probeSeconds": 60 });
    let mut shard = Shard::new(
        "peeker",
        &json!({ "retrySchedule": [3600, 3600, 3600, 3600,3600, 3600], "breaker": breaker }),
    );
    shard.accept("evt_1", "{}");
    shard.accept("evt_2", "{}");
    let mut opened = false;
    while !opened {
        shard.sleep();
        while let Some(lease) = shard.lease() {
            opened |= shard.end(&lease, REFUSED, "")["breaker"] == "opened";
        }
    }
    shard.sleep();
    assert_eq!(shard.end(&shard.lease().unwrap(), DELIVERED, "")["breaker"], "closed");
    shard.end(&shard.lease().unwrap(), DELIVERED, "");
    assert!(shard.lease().is_none());
    shard.wait(30 * 86_400);
    for n in 0..6 {
        shard.accept(&format!("evt_b{n}"), "{}");
    }
    let mut failures = 0;
    loop {
        let Some(lease) = shard.lease() else {
            shard.wait(1);
            continue;
        };
        failures += 1;
        let log = shard.end(&lease, REFUSED, "");
        assert_ne!(
            log["breaker"], "opened",
            "after {failures} failures within seconds, a month later"
        );
        if failures == 6 {
            break;
        }
    }
}

#[test]
fn a_replay_is_not_swallowed_by_a_destination_that_is_gone() {
    let two = json!([{ "name": "app", "url": "https://app.example.com/in", "signingSecret": false },
                     { "name": "old", "url": "https://old.example.com/in", "signingSecret": false }]);
    let one =
        json!([{ "name": "app", "url": "https://app.example.com/in", "signingSecret": false }]);
    let mut shard = Shard::new("boateros", &json!({ "destinations": two }));
    shard.accept("evt_1", "{}");
    shard.reconfigure(&json!({ "destinations": one }));
    shard.end(&shard.lease().unwrap(), DELIVERED, "");
    shard.wait(7 * 86_400);
    assert!(
        matches!(shard.accept("evt_1", "{}"), Acceptance::Replay { .. }),
        "a week after its delivery"
    );
}

#[test]
fn no_destination_waits_for_ever_for_six_others() {
    let names: Vec<String> = (1..=7).map(|n| format!("d{n}")).collect();
    let destinations: Vec<_> = names.iter().map(|name| json!({ "name": name, "url": format!("https://{name}.example.com/"), "signingSecret": false })).collect();
    let shard = Shard::new("peeker", &json!({ "destinations": destinations }));
    for n in 0..30 {
        shard.accept(&format!("evt_{n}"), "{}");
    }
    let mut lanes = Lanes::default();
    let mut busy = Vec::new();
    let mut served = BTreeMap::new();
    for _ in 0..100 {
        while let Some(lease) = shard.lease_beside(&lanes) {
            lanes.claim(&lease.destination);
            busy.push(lease);
        }
        let lease = busy.remove(0);
        lanes.release(&lease.destination);
        *served.entry(lease.destination.clone()).or_insert(0) += 1;
        shard.end(&lease, DELIVERED, "");
    }
    assert!(served.contains_key("d7"));
}

#[test]
fn one_poison_event_opens_no_breaker_and_is_given_up() {
    let mut shard = Shard::new("peeker", &json!({}));
    shard.accept("evt_poison", "{}");
    let started = shard.now;
    let mut attempts = 0;
    while dead(&shard) == 0 && shard.now.millis_since(started) < 30 * 86_400_000 {
        while let Some(lease) = shard.lease() {
            attempts += 1;
            shard.end(&lease, Outcome::Refused { status: 422, retry_after: None }, "");
        }
        shard.wait(1);
        shard.sleep();
    }
    eprintln!(
        "dead {} after {attempts} attempts in {} h; attempt rows {}",
        dead(&shard),
        shard.now.millis_since(started) / 3_600_000,
        shard.rows("attempt").len()
    );
    assert_eq!(dead(&shard), 1, "the schedule is 109 h");
}

/// Its own attempts keep the drain from ending, which brought it forward once and no more.
#[test]
fn a_poison_event_that_is_alone_in_a_drain_is_given_up() {
    let breaker = json!({ "failingSeconds": 1, "attempts": 2, "probeSeconds": 60 });
    let mut shard = Shard::new(
        "peeker",
        &json!({ "shards": 64, "drainPerSecond": 1, "retrySchedule": [10, 10, 10], "breaker": breaker }),
    );
    shard.accept("evt_good", "{}");
    shard.accept("evt_poison", "{}");
    for _ in 0..2 {
        shard.end(&shard.lease().unwrap(), REFUSED, "");
        shard.wait(1);
    }
    shard.wait(100);
    let probe = shard.lease().unwrap();
    assert_eq!(shard.end(&probe, DELIVERED, "")["breaker"], "closed");
    let mut early = 0;
    let mut attempts = 0;
    while dead(&shard) == 0 && attempts < 20 {
        while let Some(lease) = shard.lease() {
            attempts += 1;
            let log = shard.end(&lease, Outcome::Refused { status: 422, retry_after: None }, "");
            early += usize::from(log["early"] == true);
        }
        shard.wait(1);
        shard.sleep();
    }
    assert_eq!((dead(&shard), early, attempts), (1, 1, 4), "one failure was before the drain");
}

#[test]
fn a_slow_ramp_is_a_ramp() {
    let breaker = json!({ "failingSeconds": 1, "attempts": 2, "probeSeconds": 60 });
    let mut shard = Shard::new(
        "peeker",
        &json!({ "shards": 64, "drainPerSecond": 1, "retrySchedule": [60, 60, 60], "breaker": breaker }),
    );
    for n in 0..300 {
        shard.accept(&format!("evt_{n}"), "{}");
    }
    for _ in 0..2 {
        let lease = shard.lease().unwrap();
        shard.end(&lease, REFUSED, "");
        shard.wait(1);
    }
    shard.wait(100);
    let probe = shard.lease().unwrap();
    assert_eq!(shard.end(&probe, DELIVERED, "")["breaker"], "closed");
    let mut sent = 0;
    while let Some(lease) = shard.lease() {
        sent += 1;
        shard.end(&lease, DELIVERED, "");
    }
    assert!(sent <= 2, "{sent} in one moment; one in 64 s is allowed");
}

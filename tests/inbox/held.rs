//! What the simulation comes by too rarely, or leaves open: moments in the life of one shard.

use countersign::gateway::inbox::Acceptance;
use serde_json::{Value, json};

use crate::shard::{DELIVERED, REFUSED, Shard};

/// Three deliveries, two of which have been tried, and a breaker that has just opened.
fn held() -> Shard {
    let breaker = json!({ "failingSeconds": 1, "attempts": 2, "probeSeconds": 60 });
    let mut shard = Shard::new("peeker", &json!({ "retrySchedule": [86_400], "breaker": breaker }));
    for id in ["evt_1", "evt_2", "evt_3"] {
        shard.accept(id, "{}");
    }
    for breaker in [Value::Null, "opened".into()] {
        let lease = shard.lease().unwrap();
        assert_eq!(shard.end(&lease, REFUSED, "")["breaker"], breaker);
        shard.wait(1);
    }
    assert!(shard.lease().is_none(), "it is held");
    shard
}

#[test]
fn what_was_held_goes_out_when_the_destination_is_back_whatever_the_schedule_says() {
    let mut shard = held();
    shard.sleep();
    let probe = shard.lease().unwrap();
    assert_eq!(shard.end(&probe, DELIVERED, "")["breaker"], "closed");
    for _ in 0..2 {
        shard.wait(1);
        let lease = shard.lease().unwrap();
        shard.end(&lease, DELIVERED, "");
    }
    assert!(shard.rows("delivery").iter().all(|row| row["state"] == "delivered"));
}

#[test]
fn what_is_held_is_as_it_was_after_any_number_of_probes() {
    let mut shard = held();
    let failures = |shard: &Shard| shard.query("SELECT sum(failures), count(*) FROM delivery");
    let before = failures(&shard);
    for _ in 0..10 {
        shard.sleep();
        let probe = shard.lease().unwrap();
        assert_eq!(shard.end(&probe, REFUSED, "")["probe"], true);
    }
    assert_eq!(failures(&shard), before);
    assert!(shard.rows("delivery").iter().all(|row| row["state"] == "pending"));
}

#[test]
fn what_has_arrived_is_known_until_its_retention_is_over() {
    let mut shard = Shard::new("peeker", &json!({ "retentionDays": 10 }));
    shard.accept("evt_1", "{}");
    shard.end(&shard.lease().unwrap(), DELIVERED, "");
    shard.wait(3600);
    shard.prune();
    assert!(matches!(shard.accept("evt_1", "{}"), Acceptance::Duplicate { .. }));
    shard.wait(10 * 86_400);
    shard.prune();
    assert_eq!(shard.accept("evt_1", "{}"), Acceptance::Fresh);
}

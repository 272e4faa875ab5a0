//! The number of shards may change. What was seen is not forgotten by that.

use countersign::gateway::inbox::Acceptance;
use countersign::scheme::PEEKER;
use serde_json::json;

use crate::rig::{DAY, HOUR, MINUTE, Rig, SECOND, Sent};

fn shards(count: u32) -> serde_json::Value {
    json!({ "shards": count, "dedupeWindowSeconds": 86_400, "replays": "suppress" })
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("evt_{n}")).collect()
}

fn come_all(rig: &mut Rig, names: &[String]) -> Vec<Acceptance> {
    names.iter().map(|name| rig.come(Sent::new(name))).collect()
}

fn stored(rig: &mut Rig) -> i64 {
    (0..16).map(|shard| rig.count(shard, "event")).sum()
}

#[test]
fn events_are_spread_over_all_shards() {
    let mut rig = Rig::new(&PEEKER, &shards(4));
    come_all(&mut rig, &names(100));
    for shard in 0..4 {
        let count = rig.count(shard, "event");
        assert!((10..=40).contains(&count), "{count} in shard {shard}");
    }
    assert_eq!(stored(&mut rig), 100);
}

#[test]
fn four_then_eight_then_four_a_copy_is_known_wherever_the_event_is() {
    let mut rig = Rig::new(&PEEKER, &shards(4));
    let names = names(60);
    let (first, rest) = names.split_at(20);
    let (second, third) = rest.split_at(20);
    come_all(&mut rig, first);
    for (count, new) in [(8, second), (4, third)] {
        rig.wait(2 * MINUTE);
        rig.configure(&shards(count));
        assert!(come_all(&mut rig, new).iter().all(|acceptance| *acceptance == Acceptance::Fresh));
        rig.wait(2 * MINUTE);
        rig.restart();
    }
    for count in [8, 16, 1, 3, 4] {
        rig.configure(&shards(count));
        for acceptance in come_all(&mut rig, &names) {
            assert!(matches!(acceptance, Acceptance::Duplicate { .. }), "{count}: {acceptance:?}");
        }
        rig.wait(2 * MINUTE);
    }
    assert_eq!(stored(&mut rig), 60);
}

/// What it was before the change plays no part once its window is over.
#[test]
fn nobody_is_asked_who_cannot_know() {
    let mut rig = Rig::new(&PEEKER, &shards(4));
    rig.come(Sent::new("evt_0"));
    rig.wait(2 * DAY);
    let others = |rig: &mut Rig, name: &str| {
        rig.come(Sent::new(name));
        rig.asked.retain(|asked| asked != "first shard");
        rig.asked.len()
    };
    for name in names(20) {
        assert_eq!(others(&mut rig, &format!("a_{name}")), 0, "no change, no question");
    }
    rig.configure(&shards(8));
    let asked: usize = names(40).iter().map(|name| others(&mut rig, &format!("b_{name}"))).sum();
    assert!((10..=30).contains(&asked), "about half of them have moved: {asked}");
    rig.wait(DAY + MINUTE);
    for name in names(20) {
        assert_eq!(others(&mut rig, &format!("c_{name}")), 0, "the window is over");
    }
}

#[test]
fn a_copy_redrives_a_dead_event_in_the_shard_that_it_was_in() {
    let mut rig = Rig::new(&PEEKER, &shards(1));
    let names = names(10);
    come_all(&mut rig, &names);
    while let Some(lease) = rig.lease() {
        rig.end(&lease, crate::rig::GONE);
    }
    rig.wait(HOUR);
    rig.configure(&shards(8));
    let acceptances = come_all(&mut rig, &names);
    assert!(acceptances.iter().all(|acceptance| *acceptance == Acceptance::Redriven));
    assert_eq!(rig.count(0, "delivery WHERE state = 'pending'"), 10);
    assert_eq!(stored(&mut rig), 10);
}

/// For a minute a shard goes by what it was told.
#[test]
fn the_first_shard_is_asked_once_a_minute() {
    let mut rig = Rig::new(&PEEKER, &shards(2));
    let mut elsewhere = names(100);
    elsewhere.retain(|name| rig.entry(Sent::new(name)).shard() == 1);
    let mut elsewhere = elsewhere.iter();
    let mut asks = |rig: &mut Rig| {
        rig.come(Sent::new(elsewhere.next().unwrap()));
        rig.asked.contains(&"first shard".to_owned())
    };
    assert!(asks(&mut rig));
    rig.wait(MINUTE - 1);
    assert!(!asks(&mut rig));
    rig.wait(1);
    assert!(asks(&mut rig));
    rig.wait(SECOND);
    rig.restart();
    assert!(asks(&mut rig), "it has forgotten when it was told");
    rig.configure(&shards(3));
    rig.wait(SECOND);
    let moved = (0..100).map(|n| format!("x_{n}"));
    let mut moved =
        moved.filter(|name| rig.entry(Sent::new(name)).shard() == 1).collect::<Vec<_>>();
    rig.come(Sent::new(&moved.remove(0)));
    assert!(rig.asked.contains(&"first shard".to_owned()), "another number is another matter");
}

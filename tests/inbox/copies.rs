//! What a copy is taken for, by the state of the event that it is a copy of.

use countersign::gateway::inbox::Acceptance;
use countersign::scheme::{BOATEROS, PEEKER};
use serde_json::{Value, json};

use crate::rig::{DAY, FAILED, GONE, HOUR, MINUTE, OK, Rig, SECOND, START, Sent, destination};

const SOLD: Sent<'_> = Sent { body: r#"{"type":"hull.sold"}"#, ..Sent::new("") };

fn first_seen(acceptance: &Acceptance) -> i64 {
    match acceptance {
        Acceptance::Duplicate { first_seen, .. } => first_seen.as_millis(),
        other => panic!("{other:?}"),
    }
}

fn replay_from(acceptance: &Acceptance) -> Option<i64> {
    match acceptance {
        Acceptance::Duplicate { replay_from, .. } => replay_from.map(|time| time.as_millis()),
        other => panic!("{other:?}"),
    }
}

/// Two destinations, `app` and `audit`.
fn two() -> Value {
    json!([destination("app", &json!({})), destination("audit", &json!({}))])
}

/// Ends all that is due, with an outcome for each destination.
fn end_all(
    rig: &mut Rig,
    app: countersign::gateway::Outcome,
    audit: countersign::gateway::Outcome,
) {
    for lease in rig.leases() {
        let outcome = if lease.destination == "app" { app } else { audit };
        rig.end(&lease, outcome);
    }
}

#[test]
fn a_copy_of_what_is_pending_or_under_way_changes_nothing_however_late_it_comes() {
    let mut rig = Rig::new(&BOATEROS, &json!({}));
    assert_eq!(rig.come(SOLD), Acceptance::Fresh);
    for wait in [0, HOUR, 10 * DAY] {
        rig.wait(wait);
        let before = rig.deliveries();
        let copy = rig.come(SOLD);
        assert_eq!((first_seen(&copy), replay_from(&copy)), (START, None));
        assert_eq!(rig.deliveries(), before);
        let lease = rig.lease().unwrap();
        let before = rig.deliveries();
        assert_eq!(first_seen(&rig.come(SOLD)), START);
        assert_eq!(rig.deliveries(), before);
        rig.end(&lease, FAILED);
    }
    assert_eq!(rig.count(0, "event"), 1);
    let copies = rig.query(0, "SELECT copies, last_copy_at FROM event");
    assert_eq!(copies[0], [6_i64.into(), rig.now.into()]);
}

#[test]
fn a_copy_of_what_was_delivered_is_a_duplicate_for_fifteen_minutes_and_then_a_replay() {
    let mut rig = Rig::new(&BOATEROS, &json!({}));
    rig.come(SOLD);
    rig.wait(MINUTE);
    rig.attempt(OK);
    let replay_at = rig.now + 15 * MINUTE;
    for at in [rig.now, replay_at - 1] {
        rig.now = at;
        let copy = rig.come(SOLD);
        assert_eq!((first_seen(&copy), replay_from(&copy)), (START, Some(replay_at)));
    }
    rig.now = replay_at;
    assert_eq!(rig.come(SOLD), Acceptance::Replay { count: 1, is_new: false });
    assert_eq!(replay_from(&rig.come(SOLD)), None, "it is under way");
    rig.attempt(OK);
    assert_eq!(replay_from(&rig.come(SOLD)), Some(rig.now + 15 * MINUTE), "it counts from there");
    rig.wait(15 * MINUTE);
    assert_eq!(rig.come(SOLD), Acceptance::Replay { count: 2, is_new: false });
}

#[test]
fn where_replays_are_suppressed_a_copy_is_a_duplicate_for_the_window() {
    let event = Sent::new("evt_1");
    let mut rig = Rig::new(&PEEKER, &json!({ "dedupeWindowSeconds": 3600 }));
    rig.come(event);
    rig.attempt(OK);
    for wait in [MINUTE, 30 * MINUTE, 29 * MINUTE - 1] {
        rig.wait(wait);
        assert_eq!(replay_from(&rig.come(event)), None);
    }
    rig.wait(1);
    assert_eq!(rig.come(event), Acceptance::Replay { count: 1, is_new: false });
}

#[test]
fn a_copy_of_a_dead_event_redrives_it_at_once() {
    for scheme in [&PEEKER, &BOATEROS] {
        let event = Sent { id: "evt_1", ..SOLD };
        let mut rig = Rig::new(scheme, &json!({}));
        rig.come(event);
        rig.attempt(GONE);
        rig.wait(SECOND);
        assert_eq!(rig.come(event), Acceptance::Redriven, "{}", scheme.name);
        assert_eq!(rig.delivery().due_at, rig.now);
        assert_eq!(rig.attempt(OK)["state"], "delivered");
    }
}

#[test]
fn of_several_destinations_only_the_dead_ones_are_redriven() {
    for other in [OK, FAILED] {
        let mut rig = Rig::new(&BOATEROS, &json!({ "destinations": two() }));
        rig.come(SOLD);
        end_all(&mut rig, other, GONE);
        let [app, _] = rig.deliveries().try_into().unwrap();
        rig.wait(HOUR);
        assert_eq!(rig.come(SOLD), Acceptance::Redriven, "{other:?}");
        let [app_after, audit] = rig.deliveries().try_into().unwrap();
        assert_eq!(app_after, app);
        assert_eq!((audit.state.as_str(), audit.due_at), ("pending", rig.now));
    }
}

#[test]
fn an_event_is_open_while_any_destination_waits_for_it() {
    let mut rig = Rig::new(&BOATEROS, &json!({ "destinations": two() }));
    rig.come(SOLD);
    end_all(&mut rig, OK, FAILED);
    rig.wait(HOUR);
    let before = rig.deliveries();
    assert_eq!(replay_from(&rig.come(SOLD)), None);
    assert_eq!(rig.deliveries(), before);
}

/// What is held for it would keep all others from a replay.
#[test]
fn a_destination_that_is_gone_from_the_configuration_does_not_count() {
    for outcome in [FAILED, GONE] {
        let mut rig = Rig::new(&BOATEROS, &json!({ "destinations": two() }));
        rig.come(SOLD);
        end_all(&mut rig, OK, outcome);
        rig.wait(HOUR);
        rig.configure(&json!({}));
        assert_eq!(rig.come(SOLD), Acceptance::Replay { count: 1, is_new: false }, "{outcome:?}");
    }
}

#[test]
fn another_body_under_the_same_id_is_stored_and_flagged() {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    let event = Sent::new("evt_1");
    let other = Sent { body: r#"{"n":2}"#, ..event };
    assert_eq!(rig.come(event), Acceptance::Fresh);
    assert_eq!(rig.come(other), Acceptance::Conflict);
    for sent in [event, other] {
        assert_eq!(first_seen(&rig.come(sent)), START);
    }
    let leases = rig.leases();
    let flags = leases.iter().map(|lease| rig.header(lease, "countersign-conflict"));
    assert_eq!(flags.collect::<Vec<_>>(), [None, Some("true".to_owned())]);
    assert_ne!(leases[0].delivery_id(), leases[1].delivery_id());
}

/// Nobody has signed the header that they are in.
#[test]
fn of_types_that_anybody_can_make_up_a_few_are_stored() {
    let mut rig = Rig::new(&BOATEROS, &json!({}));
    let types: Vec<_> = (0..20).map(|n| format!("hull.n{n}")).collect();
    for event_type in &types {
        rig.come(Sent { event_type: Some(event_type), body: "{}", ..Sent::new("") });
    }
    let events = rig.count(0, "event");
    assert!((8..=20).contains(&events), "{events}");
    let before = events;
    for n in 0..20 {
        let body = format!(r#"{{"n":{n}}}"#);
        rig.come(Sent { body: &body, ..Sent::new("") });
    }
    assert_eq!(rig.count(0, "event"), before + 20, "other bodies are other events");
}

#[test]
fn without_dedupe_each_copy_is_an_event_of_its_own() {
    let mut rig = Rig::new(&PEEKER, &json!({ "dedupe": false }));
    let mut ids = Vec::new();
    for _ in 0..3 {
        rig.wait(1);
        assert_eq!(rig.come(Sent::new("evt_1")), Acceptance::Fresh);
        assert!(rig.asked.is_empty());
        let lease = rig.lease().unwrap();
        ids.push(lease.delivery_id());
        rig.end(&lease, OK);
    }
    assert_eq!(rig.count(0, "event"), 3);
    ids.dedup();
    assert_eq!(ids.len(), 3, "or the destination would take the second for the first");
}

/// What relay mode has delivered is known by its mark in KV.
#[test]
fn what_relay_mode_has_delivered_is_a_duplicate_and_later_a_replay() {
    let mark = |at: i64, body: &str| {
        let variant = countersign::Digest::of(body.as_bytes());
        let delivered = json!({
            "variant": variant.to_string(), "firstAt": at, "lastAt": at, "replays": 0,
        });
        json!({ "deliveries": [delivered] }).to_string()
    };
    let mut rig = Rig::new(&PEEKER, &json!({ "replays": "deliver" }));
    let marked = |rig: &mut Rig, id: &str, at, body| {
        rig.marks.insert(format!("seen/peeker/peeker:{id}"), mark(at, body));
        rig.come(Sent::new(id))
    };
    let early = marked(&mut rig, "evt_1", START - MINUTE, "{}");
    assert_eq!(first_seen(&early), START - MINUTE);
    assert_eq!(replay_from(&early), Some(START + 14 * MINUTE));
    assert_eq!(rig.count(0, "event"), 0);
    let late = marked(&mut rig, "evt_2", START - HOUR, "{}");
    assert_eq!(late, Acceptance::Replay { count: 1, is_new: true });
    assert!(late.keeps_body());
    let other = marked(&mut rig, "evt_3", START - MINUTE, "another body");
    assert_eq!(other, Acceptance::Conflict);
    assert_eq!(rig.come(Sent::new("evt_4")), Acceptance::Fresh);
    assert_eq!(rig.asked, ["store seen/peeker/peeker:evt_4"]);
    let lease = rig.lease().unwrap();
    assert_eq!(rig.header(&lease, "countersign-replay").as_deref(), Some("true"));
}

//! An event's life in relay mode: new, copied, sent again on purpose, in conflict. The clock is an
//! argument, so that days pass at once.

use std::time::Duration;

use countersign::UnixTime;
use countersign::gateway::{Claim, Outcome, Reply};
use serde_json::{Value, json};

use crate::relay::{NOW, OK, Relay, Request, Sent, after, environment, one_of_each, source};

const FAILED: Outcome = Outcome::Refused { status: 500, retry_after: None };

fn relay(scheme: &str, settings: &Value) -> Relay {
    Relay::new(&environment(&json!({ scheme: source(scheme, settings) })))
}

fn body_of(reply: &Reply) -> Value {
    serde_json::from_str(&reply.content.1).unwrap()
}

fn status(reply: &Reply) -> String {
    let body = body_of(reply);
    let said = body.get("status").unwrap_or_else(|| &body["error"]);
    said.as_str().unwrap().to_owned()
}

fn header<'s>(sent: &'s Sent, name: &str) -> Option<&'s str> {
    sent.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
}

/// Peeker's copies carry the same id, each with a signature of its own time.
#[test]
fn a_copy_is_answered_and_not_sent() {
    let mut relay = relay("peeker", &json!({}));
    let serve = |relay: &mut Relay, secs| {
        relay.serve(&Request::signed("peeker", "evt_1", after(secs), b"{}"), after(secs), OK)
    };
    let reply = serve(&mut relay, 0);
    assert_eq!(body_of(&reply), json!({ "status": "delivered", "id": "evt_1" }));
    for secs in [0, 1, 60, 901, 86_400, 259_199] {
        let reply = serve(&mut relay, secs);
        let expected = json!({
            "status": "duplicate", "id": "evt_1", "firstSeenAt": "2025-11-21T16:00:00.000Z",
        });
        assert_eq!((reply.status, body_of(&reply)), (200, expected), "{secs}");
    }
    assert_eq!(relay.sent.len(), 1);
}

/// The very same bytes again, while their timestamp is still good.
#[test]
fn a_captured_request_that_is_sent_again_is_a_copy() {
    let mut relay = Relay::new(&environment(&one_of_each()));
    for name in ["peeker", "boateros", "standard"] {
        let request = Request::signed(name, "evt_1", NOW, b"{}");
        assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered", "{name}");
        assert_eq!(status(&relay.serve(&request, after(299), OK)), "duplicate", "{name}");
    }
    assert_eq!(relay.sent.len(), 3);
}

/// Boateros has no event id; what is replayed at its dashboard is the same body, signed anew.
#[test]
fn a_copy_that_comes_late_is_a_replay() {
    let mut relay = relay("boateros", &json!({}));
    let serve = |relay: &mut Relay, secs, outcome| {
        let request = Request::signed("boateros", "", after(secs), br#"{"type":"hull.sold"}"#);
        let reply = relay.serve(&request, after(secs), outcome);
        let sent = relay.sent.last().unwrap();
        let delivery = header(sent, "countersign-delivery-id").unwrap().to_owned();
        (body_of(&reply), delivery, header(sent, "countersign-replay").map(str::to_owned))
    };
    let (answer, first, mark) = serve(&mut relay, 0, OK);
    let id = answer["id"].clone();
    assert_eq!(answer, json!({ "status": "delivered", "id": id }));
    assert_eq!(mark, None);

    let expected = json!({
        "status": "duplicate", "id": id, "firstSeenAt": "2025-11-21T16:00:00.000Z",
        "replayFrom": "2025-11-21T16:15:00.000Z",
    });
    for secs in [60, 899] {
        assert_eq!(serve(&mut relay, secs, OK).0, expected, "{secs}");
    }
    assert_eq!(relay.sent.len(), 1);

    // Nobody answers for it but the destination: a replay that failed is a replay again.
    let (answer, second, mark) = serve(&mut relay, 960, FAILED);
    assert_eq!(answer, json!({ "error": "destination_failed" }));
    assert_eq!(mark.as_deref(), Some("true"));
    let (answer, again, mark) = serve(&mut relay, 1020, OK);
    assert_eq!(answer, json!({ "status": "delivered", "id": id, "replay": true }));
    assert_eq!(mark.as_deref(), Some("true"));
    assert_eq!(second, again, "one replay, two attempts");
    assert_ne!(first, second, "a replay is a delivery of its own");

    let duplicate = serve(&mut relay, 1900, OK).0;
    assert_eq!(duplicate["status"], "duplicate");
    assert_eq!(duplicate["firstSeenAt"], "2025-11-21T16:00:00.000Z");
    assert_eq!(duplicate["replayFrom"], "2025-11-21T16:32:00.000Z");
    let (answer, third, _) = serve(&mut relay, 1920, OK);
    assert_eq!(answer["replay"], true);
    assert!(third != first && third != second);
}

#[test]
fn replays_can_be_suppressed_and_permitted() {
    let mut suppressing = relay("boateros", &json!({ "replays": "suppress" }));
    let mut delivering =
        relay("peeker", &json!({ "replays": "deliver", "replayAfterSeconds": 700 }));
    let mut by_default = relay("peeker", &json!({ "replays": "deliver" }));
    let serve = |relay: &mut Relay, name: &str, secs| {
        let request = Request::signed(name, "evt_1", after(secs), b"{}");
        status(&relay.serve(&request, after(secs), OK))
    };
    for (secs, expected) in [(0, "delivered"), (699, "duplicate"), (400_000, "duplicate")] {
        assert_eq!(serve(&mut suppressing, "boateros", secs), expected, "{secs}");
    }
    for (secs, expected) in [(0, "delivered"), (699, "duplicate"), (700, "delivered")] {
        assert_eq!(serve(&mut delivering, "peeker", secs), expected, "{secs}");
    }
    for (secs, expected) in [(0, "delivered"), (899, "duplicate"), (900, "delivered")] {
        assert_eq!(serve(&mut by_default, "peeker", secs), expected, "{secs}");
    }
}

/// What the destination did not accept, is not remembered; its next attempt has the same id.
#[test]
fn what_failed_is_not_a_copy_when_it_comes_again() {
    let mut relay = Relay::new(&environment(&one_of_each()));
    let refused = Outcome::Refused { status: 302, retry_after: None };
    for name in ["peeker", "boateros", "standard"] {
        let outcomes = [FAILED, Outcome::TimedOut, Outcome::Unreachable, refused];
        for (secs, outcome) in (0..).step_by(60).zip(outcomes) {
            let request = Request::signed(name, "evt_1", after(secs), b"{}");
            let reply = relay.serve(&request, after(secs), outcome);
            assert_eq!(reply.status, if outcome == Outcome::TimedOut { 504 } else { 502 });
            assert!(!relay.store.keys().any(|key| key.contains(name)), "{name} {outcome:?}");
        }
        let request = Request::signed(name, "evt_1", after(600), b"{}");
        assert_eq!(status(&relay.serve(&request, after(600), OK)), "delivered");
        let ids: Vec<_> =
            relay.sent.iter().map(|it| header(it, "countersign-delivery-id")).collect();
        assert_eq!(ids.len(), 5);
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        relay.sent.clear();
    }
}

/// Never drop what may be an event.
#[test]
fn another_body_under_the_same_id_is_delivered_and_flagged() {
    let mut relay = relay("peeker", &json!({}));
    let serve = |relay: &mut Relay, body: &str| {
        let request = Request::signed("peeker", "evt_1", NOW, body.as_bytes());
        body_of(&relay.serve(&request, NOW, OK))
    };
    assert_eq!(serve(&mut relay, "1"), json!({ "status": "delivered", "id": "evt_1" }));
    let conflict = json!({ "status": "delivered", "id": "evt_1", "conflict": true });
    assert_eq!(serve(&mut relay, "2"), conflict);
    assert_eq!(serve(&mut relay, "3"), conflict);
    for body in ["1", "2", "3"] {
        assert_eq!(serve(&mut relay, body)["status"], "duplicate", "{body}");
    }
    let flags: Vec<_> = relay.sent.iter().map(|it| header(it, "countersign-conflict")).collect();
    assert_eq!(flags, [None, Some("true"), Some("true")]);
    let mut ids: Vec<_> =
        relay.sent.iter().map(|it| header(it, "countersign-delivery-id")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3, "a destination that dedupes on the delivery loses nothing");
    assert!(relay.sent.iter().all(|it| header(it, "countersign-event-id") == Some("evt_1")));
}

/// The documents give Boateros' type only in the header, which is not signed.
#[test]
fn equal_bodies_under_two_catalogued_types_are_two_events() {
    let mut relay = relay("boateros", &json!({}));
    let serve = |relay: &mut Relay, name: &str| {
        let request = Request::signed("boateros", "", NOW, b"{}").with("Boateros-Event", name);
        let body = body_of(&relay.serve(&request, NOW, OK));
        (body["status"].as_str().unwrap().to_owned(), body["id"].as_str().unwrap().to_owned())
    };
    let (created, first) = serve(&mut relay, "hull.created");
    let (syndicated, second) = serve(&mut relay, "hull.syndicated");
    assert_eq!((created.as_str(), syndicated.as_str()), ("delivered", "delivered"));
    assert_ne!(first, second);
    assert_eq!(serve(&mut relay, "hull.created").0, "duplicate");

    assert_eq!(relay.sent.len(), 2);
}

/// The provider has more types than it documents, and two of them may have equal bodies. But whoever
/// has captured a request can't make any number of events of it.
#[test]
fn equal_bodies_under_types_that_are_not_catalogued_are_a_few_events() {
    let mut relay = relay("boateros", &json!({}));
    let serve = |relay: &mut Relay, name: &str| {
        let request = Request::signed("boateros", "", NOW, b"{}").with("Boateros-Event", name);
        status(&relay.serve(&request, NOW, OK))
    };
    for n in 0..8 {
        assert_eq!(serve(&mut relay, &format!("crew.n{n}")), "delivered", "{n}");
        assert_eq!(serve(&mut relay, &format!("crew.n{n}")), "duplicate", "{n}");
    }
    for n in 8..20 {
        assert_eq!(serve(&mut relay, &format!("crew.n{n}")), "duplicate", "{n}");
    }
    // None of these is a type, so all are the event without one.
    assert_eq!(serve(&mut relay, "CREW.N1"), "delivered");
    for name in ["", "crew", "hull.created, hull.sold"] {
        assert_eq!(serve(&mut relay, name), "duplicate", "{name}");
    }
    assert_eq!(relay.sent.len(), 9);
    let flags = relay.sent.iter().filter(|it| header(it, "countersign-conflict").is_some());
    assert_eq!(flags.count(), 8, "all but the first");
}

/// The signed body says what the event is; a header that says otherwise goes no further.
#[test]
fn a_type_that_the_body_contradicts_is_flagged_and_not_forwarded() {
    let mut relay = relay("boateros", &json!({}));
    let body = br#"{"type":"hull.sold"}"#;
    let relabelled =
        Request::signed("boateros", "", NOW, body).with("Boateros-Event", "deal.cancelled");
    assert_eq!(status(&relay.serve(&relabelled, NOW, OK)), "delivered");
    let sent = relay.sent.first().unwrap();
    assert_eq!(header(sent, "Boateros-Event"), None);
    assert_eq!(header(sent, "countersign-event-type"), Some("hull.sold"));
    assert_eq!(header(sent, "countersign-type-conflict"), Some("true"));

    let genuine = Request::signed("boateros", "", NOW, body).with("Boateros-Event", "hull.sold");
    assert_eq!(status(&relay.serve(&genuine, NOW, OK)), "duplicate");
}

/// An id in the signed body, where the provider has put one.
#[test]
fn a_source_may_dedupe_by_a_value_in_the_body() {
    let mut relay = relay("boateros", &json!({ "dedupe": { "id": "/data/id" } }));
    let serve = |relay: &mut Relay, body: &str| {
        let request = Request::signed("boateros", "", NOW, body.as_bytes());
        let body = body_of(&relay.serve(&request, NOW, OK));
        (body["status"].as_str().unwrap().to_owned(), body["conflict"] == true)
    };
    let delivered = |is_conflict| ("delivered".to_owned(), is_conflict);
    let duplicate = ("duplicate".to_owned(), false);
    assert_eq!(serve(&mut relay, r#"{"data":{"id":"a1"}}"#), delivered(false));
    assert_eq!(serve(&mut relay, r#"{"data":{"id":"a1"}}"#), duplicate);
    assert_eq!(serve(&mut relay, r#"{"data":{"id":"a1"},"n":2}"#), delivered(true));
    assert_eq!(serve(&mut relay, r#"{"data":{"id":"a2"}}"#), delivered(false));
    assert_eq!(serve(&mut relay, r#"{"data":{"id":7}}"#), delivered(false));
    assert_eq!(serve(&mut relay, r#"{"data":{"id":7} }"#), delivered(true));
    assert!(relay.store.contains_key("seen/boateros/boateros:id:a1"));
    assert!(relay.store.contains_key("seen/boateros/boateros:id:7"));

    // Where there is no usable one, what the scheme says.
    let long = format!(r#"{{"data":{{"id":"{}"}}}}"#, "x".repeat(256));
    for body in ["{}", "no json", r#"{"data":{"id":""}}"#, r#"{"data":{"id":null}}"#, &long] {
        assert_eq!(serve(&mut relay, body), delivered(false), "{body}");
        assert_eq!(serve(&mut relay, body), duplicate, "{body}");
    }
}

#[test]
fn a_source_that_does_not_dedupe_delivers_every_copy_and_stores_nothing() {
    let mut relay = relay("peeker", &json!({ "dedupe": false }));
    let request = Request::signed("peeker", "evt_1", NOW, b"{}");
    for _ in 0..3 {
        assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered");
        assert!(relay.log.contains(r#""dedupe":"off""#), "{}", relay.log);
    }
    assert_eq!((relay.sent.len(), relay.store.len()), (3, 0));
}

/// In seconds, the scheme's own or the configured ones.
#[test]
fn the_store_forgets_after_the_window() {
    for (scheme, settings, expected) in [
        ("peeker", json!({}), 72 * 3600),
        ("boateros", json!({}), 5 * 86_400),
        ("peeker", json!({ "dedupeWindowSeconds": 600 }), 600),
        ("peeker", json!({ "toleranceSeconds": 1, "dedupeWindowSeconds": 60 }), 60),
    ] {
        let mut relay = relay(scheme, &settings);
        let request = Request::signed(scheme, "evt_1", NOW, b"{}");
        assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered");
        let ttls: Vec<_> = relay.store.values().map(|mark| mark.ttl_seconds).collect();
        assert_eq!(ttls, [expected]);
        relay.store.clear();
        assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered", "forgotten");
    }
}

#[test]
fn keys_can_be_read_and_fit_the_store() {
    let long = "a".repeat(63);
    let mut relay = Relay::new(&environment(&json!({
        &long: source("standard-webhooks", &json!({})),
        "peeker": source("peeker", &json!({ "dedupe": { "id": "/id" } })),
    })));
    let mut request = Request::signed("standard", &"i".repeat(255), NOW, b"{}");
    request.url = format!("https://hooks.example.com/hooks/{long}");
    assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered");
    let body = format!(r#"{{"id":"{}"}}"#, "/".repeat(255));
    let request = Request::signed("peeker", "evt_1", NOW, body.as_bytes());
    assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered");
    assert_eq!(relay.store.len(), 2);
    assert!(relay.store.keys().all(|key| key.len() <= 512 && key.starts_with("seen/")));
    assert!(
        relay.store.contains_key(&format!("seen/{long}/standard-webhooks:{}", "i".repeat(255)))
    );
}

/// A store that was tampered with, or written by another version, never stands in an event's way.
#[test]
fn what_the_store_holds_and_nobody_understands_is_nothing() {
    for value in ["", "1", "null", "{}", "[]", r#"{"deliveries":[{}]}"#, r#"{"deliveries":1}"#] {
        let mut relay = relay("peeker", &json!({}));
        let request = Request::signed("peeker", "evt_1", NOW, b"{}");
        relay.serve(&request, NOW, OK);
        relay.store.values_mut().for_each(|mark| value.clone_into(&mut mark.value));
        assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered", "{value}");
        assert_eq!(status(&relay.serve(&request, NOW, OK)), "duplicate", "{value}");
    }
}

#[test]
fn a_copy_that_arrives_while_the_first_is_in_flight() {
    let mut relay = relay("peeker", &json!({}));
    let request = Request::signed("peeker", "evt_1", NOW, b"{}");
    relay.serve(&request, NOW, OK);
    // Another request of this isolate holds the claim, and nothing is stored yet.
    let key = format!("seen/peeker/peeker:evt_1/{}", countersign::Digest::of(b"{}"));
    relay.store.clear();
    relay.sent.clear();
    let Claim::Granted(_) = relay.in_flight.claim(&key, NOW, Duration::from_secs(15)) else {
        panic!("{key}")
    };

    let reply = relay.serve(&request, after(14), OK);
    assert_eq!((reply.status, status(&reply)), (409, "in_flight".into()));
    assert_eq!(reply.retry_after, Some(5));
    assert!(relay.sent.is_empty() && relay.store.is_empty());

    // Another body is another matter, and so is a claim that nobody has given back.
    let other = Request::signed("peeker", "evt_1", NOW, b"{ }");
    assert_eq!(status(&relay.serve(&other, after(14), OK)), "delivered");
    assert_eq!(status(&relay.serve(&request, after(15), OK)), "delivered");
    assert_eq!(status(&relay.serve(&request, after(15), OK)), "duplicate", "given back");
}

/// What is forgotten at the provider's and remembered here, and the other way round.
#[test]
fn a_clock_that_is_set_back_makes_no_replay() {
    let mut relay = relay("boateros", &json!({}));
    let serve = |relay: &mut Relay, at: UnixTime| {
        status(&relay.serve(&Request::signed("boateros", "", at, b"{}"), at, OK))
    };
    assert_eq!(serve(&mut relay, after(0)), "delivered");
    assert_eq!(serve(&mut relay, after(-86_400)), "duplicate");
    assert_eq!(serve(&mut relay, after(899)), "duplicate");
}

/// Sources don't know of one another.
#[test]
fn the_same_id_at_two_sources_is_two_events() {
    let second = json!({ "secrets": ["BOATEROS_SECRET"] });
    let mut relay = Relay::new(&environment(&json!({
        "peeker": source("peeker", &json!({})),
        "standard": source("standard-webhooks", &json!({})),
        "boateros": source("boateros", &second),
    })));
    for name in ["peeker", "standard", "boateros"] {
        let request = Request::signed(name, "evt_1", NOW, b"{}");
        assert_eq!(status(&relay.serve(&request, NOW, OK)), "delivered", "{name}");
    }
    assert_eq!(relay.store.len(), 3);
}

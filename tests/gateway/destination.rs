//! What goes out to a destination: built afresh, never passed through.

use std::time::Duration;

use countersign::gateway::Event;
use countersign::scheme::STANDARD_WEBHOOKS;
use countersign::{Digest, Keyring, Secret, Strength, UnixTime, Verifier};
use serde_json::{Value, json};

use crate::relay::{
    APP_SIGNING_SECRET, NOW, OK, Relay, Request, STANDARD_SECRET, Sent, after, environment,
    one_of_each, source,
};

fn send(relay: &mut Relay, request: &Request, at: UnixTime) -> Sent {
    let reply = relay.serve(request, at, OK);
    assert_eq!(reply.status, 200, "{}", relay.log);
    relay.sent.pop().unwrap()
}

fn signing(scheme: &str) -> Relay {
    let destination = json!({
        "name": "app", "url": "https://app.example.com/in?x=1",
        "signingSecret": "APP_SIGNING_SECRET",
    });
    let settings = json!({ "destinations": [destination] });
    Relay::new(&environment(&json!({ scheme: source(scheme, &settings) })))
}

fn header(sent: &Sent, name: &str) -> String {
    sent.headers.iter().find(|(other, _)| *other == name).unwrap().1.clone()
}

/// Every header, its value, and their order.
#[test]
fn all_headers_of_peeker() {
    let mut relay = Relay::new(&environment(&one_of_each()));
    let request = Request::signed("peeker", "evt_1", NOW, br#"{"type":"order.completed"}"#)
        .with("Content-Type", "application/json");
    let sent = send(&mut relay, &request, UnixTime::from_millis(NOW.as_millis() + 7));
    assert_eq!(sent.url, "https://app.example.com/in");
    assert_eq!(sent.body, request.body);
    let expected = [
        ("content-type", "application/json"),
        ("Peeker-Timestamp", "1763740800"),
        ("Peeker-Event-Id", "evt_1"),
        ("Peeker-Signature", "v1="),
        ("countersign-source", "peeker"),
        ("countersign-event-id", "evt_1"),
        ("countersign-delivery-id", "dlv_"),
        ("countersign-attempt", "1"),
        ("countersign-received-at", "2025-11-21T16:00:00.007Z"),
        ("countersign-event-type", "order.completed"),
    ];
    check(&sent, &expected);
}

#[test]
fn all_headers_of_boateros() {
    let mut relay = Relay::new(&environment(&one_of_each()));
    let request = Request::signed("boateros", "", NOW, b"{}").with("boateros-event", "hull.sold");
    let sent = send(&mut relay, &request, NOW);
    let key = format!("boateros:hull.sold:{}", Digest::of(b"{}"));
    let id = format!("sha256_{}", Digest::of(key.as_bytes()));
    let expected = [
        ("content-type", "application/octet-stream"),
        ("Boateros-Timestamp", "2025-11-21T16:00:00.000Z"),
        ("Boateros-Event", "hull.sold"),
        ("Boateros-Signature", ""),
        ("countersign-source", "boateros"),
        ("countersign-event-id", &id),
        ("countersign-delivery-id", "dlv_"),
        ("countersign-attempt", "1"),
        ("countersign-received-at", "2025-11-21T16:00:00.000Z"),
        ("countersign-event-type", "hull.sold"),
    ];
    check(&sent, &expected);
}

/// With a secret for the destination, also the three of Standard Webhooks; without a type none.
#[test]
fn all_headers_of_a_delivery_that_is_signed_anew() {
    let mut relay = signing("peeker");
    let sent = send(&mut relay, &Request::signed("peeker", "evt_1", NOW, b"{}"), after(1));
    let expected = [
        ("content-type", "application/octet-stream"),
        ("Peeker-Timestamp", "1763740800"),
        ("Peeker-Event-Id", "evt_1"),
        ("Peeker-Signature", "v1="),
        ("webhook-timestamp", "1763740801"),
        ("webhook-id", "dlv_"),
        ("webhook-signature", "v1,"),
        ("countersign-source", "peeker"),
        ("countersign-event-id", "evt_1"),
        ("countersign-delivery-id", "dlv_"),
        ("countersign-attempt", "1"),
        ("countersign-received-at", "2025-11-21T16:00:01.000Z"),
    ];
    check(&sent, &expected);
    assert_eq!(header(&sent, "webhook-id"), header(&sent, "countersign-delivery-id"));
}

/// Of signatures and derived ids only the beginning is compared.
#[track_caller]
fn check(sent: &Sent, expected: &[(&str, &str)]) {
    let names: Vec<_> = sent.headers.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for ((name, value), (_, expected)) in sent.headers.iter().zip(expected) {
        let is_derived = name.to_lowercase().ends_with("-signature") || *expected == "dlv_";
        if is_derived {
            assert!(value.starts_with(expected) && value.len() > 30, "{name}: {value}");
        } else {
            assert_eq!(value, expected, "{name}");
        }
    }
}

/// By the crate's own verifier: body, delivery id and time are under the destination's secret.
#[test]
fn a_destination_can_verify_what_it_gets() {
    for scheme in ["peeker", "boateros", "standard-webhooks"] {
        let mut relay = signing(scheme);
        let body = br#"{"type":"order.completed"}"#;
        let mut request = Request::signed(scheme, "evt_1", NOW, body);
        request.url = format!("https://hooks.example.com/hooks/{scheme}");
        let sent = send(&mut relay, &request, NOW);
        let secret = STANDARD_WEBHOOKS.secret;
        let secret = Secret::parse(APP_SIGNING_SECRET, secret, Strength::Required).unwrap();
        let verifier = Verifier::new(&STANDARD_WEBHOOKS, Keyring::of(secret));
        let event = verifier.verify(&sent.headers, &sent.body, NOW).expect(scheme);
        assert_eq!(event.event_id(), Some(header(&sent, "countersign-delivery-id").as_str()));
        assert!(verifier.verify(&sent.headers, b"{}", NOW).is_err());
        assert!(verifier.verify(&sent.headers, &sent.body, after(301)).is_err());
    }
}

/// During a rotation: with the new secret, and with the old one.
#[test]
fn a_delivery_signed_with_two_secrets_passes_with_either() {
    let destination = json!({
        "url": "https://app.example.com/in",
        "signingSecret": ["APP_SIGNING_SECRET", "STANDARD_SECRET"],
    });
    let settings = json!({ "destinations": [destination] });
    let mut relay = Relay::new(&environment(&json!({ "peeker": source("peeker", &settings) })));
    let sent = send(&mut relay, &Request::signed("peeker", "evt_1", NOW, b"{}"), NOW);
    let other = "whsec_YSBzZWNyZXQgb2Ygc29tZWJvZHkgZWxzZQ==";
    for (secret, passes) in [(APP_SIGNING_SECRET, true), (STANDARD_SECRET, true), (other, false)] {
        let secret = Secret::parse(secret, STANDARD_WEBHOOKS.secret, Strength::Required).unwrap();
        let verifier = Verifier::new(&STANDARD_WEBHOOKS, Keyring::of(secret));
        assert_eq!(verifier.verify(&sent.headers, b"{}", NOW).is_ok(), passes);
    }
    assert_eq!(header(&sent, "webhook-signature").split(' ').count(), 2);
}

/// Two values of one header are joined on the way, and are then none.
#[test]
fn no_header_is_sent_twice() {
    for scheme in ["peeker", "boateros", "standard-webhooks"] {
        let mut relay = signing(scheme);
        let mut request = Request::signed(scheme, "evt_1", NOW, b"{}");
        request.url = format!("https://hooks.example.com/hooks/{scheme}");
        let sent = send(&mut relay, &request, NOW);
        let mut names: Vec<_> =
            sent.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{scheme}: {:?}", sent.headers);
    }
}

#[test]
fn what_the_sender_sends_besides_does_not_pass() {
    let mut relay = signing("boateros");
    let request = Request::signed("boateros", "", NOW, b"{}");
    let plain = send(&mut relay, &request, NOW);
    relay.store.clear();
    let mut crowded = request;
    for name in [
        "Authorization",
        "Cookie",
        "Host",
        "Forwarded",
        "X-Forwarded-For",
        "CF-Connecting-IP",
        "Transfer-Encoding",
        "Connection",
        "countersign-source",
        "countersign-event-id",
        "countersign-event-type",
        "countersign-replay",
        "countersign-conflict",
        "Countersign-Delivery-Id",
        "webhook-id",
        "webhook-signature",
        "Peeker-Event-Id",
        "Boateros-Anything",
    ] {
        crowded = crowded.with(name, "made up");
    }
    assert_eq!(send(&mut relay, &crowded, NOW).headers, plain.headers);
}

#[test]
fn the_content_type_passes_if_it_is_one_plain_value() {
    let mut relay = Relay::new(&environment(&one_of_each()));
    let long = "a".repeat(256);
    let longest = "a".repeat(255);
    let octets = "application/octet-stream";
    for (content_type, expected) in [
        (Some("application/json; charset=utf-8"), "application/json; charset=utf-8"),
        (Some("  text/plain\t"), "text/plain"),
        (Some(longest.as_str()), longest.as_str()),
        (Some(long.as_str()), octets),
        (Some(""), octets),
        (Some("text/html, application/json"), octets),
        (Some("text/plain\r\nx: y"), octets),
        (Some("text/plain\u{e9}"), octets),
        (Some("text/\u{7f}plain"), octets),
        (None, octets),
    ] {
        relay.store.clear();
        let mut request = Request::signed("peeker", "evt_1", NOW, b"{}");
        if let Some(value) = content_type {
            request = request.with("content-type", value);
        }
        let sent = send(&mut relay, &request, NOW);
        assert_eq!(header(&sent, "content-type"), expected, "{content_type:?}");
    }
}

/// The same in every isolate and at every attempt, and never stored.
#[test]
fn delivery_ids_depend_on_source_destination_event_and_body_alone() {
    let id = |name: &str, destination: &str, event: &str, body: &str, secs| {
        let destinations = json!([{ "name": destination, "url": "https://a.example.com" }]);
        let settings = json!({ "destinations": destinations });
        let mut relay = Relay::new(&environment(&json!({ name: source("peeker", &settings) })));
        let mut request = Request::signed("peeker", event, after(secs), body.as_bytes());
        request.url = format!("https://hooks.example.com/hooks/{name}");
        header(&send(&mut relay, &request, after(secs)), "countersign-delivery-id")
    };
    let first = id("a", "app", "evt_1", "{}", 0);
    assert_eq!(first, id("a", "app", "evt_1", "{}", 99));
    assert!(first.strip_prefix("dlv_").is_some_and(|rest| {
        rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())
    }));
    let mut all = vec![
        first,
        id("b", "app", "evt_1", "{}", 0),
        id("a", "web", "evt_1", "{}", 0),
        id("a", "app", "evt_2", "{}", 0),
        id("a", "app", "evt_1", "{ }", 0),
        // The parts are told apart by more than their order.
        id("aa", "pp", "evt_1", "{}", 0),
        id("a", "ap", "pevt_1", "{}", 0),
    ];
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

/// What is left of the provider's deadline less two seconds, or the destination's own timeout; and
/// a second at least, or nothing could ever arrive.
#[test]
fn a_destination_has_as_long_as_the_provider_leaves() {
    let settings = |secs: u64| {
        let destination = json!({ "url": "https://a.example.com", "timeoutSeconds": secs });
        json!({ "boateros": source("boateros", &json!({ "destinations": [destination] })) })
    };
    for (configured, spent_millis, expected_millis) in [
        (300, 0, 8000),
        (300, 1, 7999),
        (300, 6999, 1001),
        (300, 7500, 1000),
        (300, 60_000, 1000),
        (300, -5000, 8000),
        (5, 0, 5000),
        (5, 4000, 4000),
        (1, 0, 1000),
    ] {
        let relay = Relay::new(&environment(&settings(configured)));
        let source = relay.config.source("boateros").flatten().unwrap();
        let request = Request::signed("boateros", "", NOW, b"{}");
        let verified = source.verifier().verify(&request.headers, &request.body, NOW).unwrap();
        let event = Event::new(source, verified, Digest::of(&request.body), NOW);
        let decision = event.judge(None, NOW);
        let now = UnixTime::from_millis(NOW.as_millis() + spent_millis);
        let transmit = event.transmit(&decision, None, now);
        assert_eq!(transmit.timeout, Duration::from_millis(expected_millis));
        assert!(std::ptr::eq(transmit.body, event.verified().body()), "not even copied");
    }
}

/// Both providers and Standard Webhooks, told apart in the log as well.
#[test]
fn the_event_carries_the_proof_of_who_signed_it() {
    let mut relay = Relay::new(&environment(&one_of_each()));
    for (name, key) in [
        ("peeker", "PEEKER_SECRET"),
        ("boateros", "BOATEROS_SECRET"),
        ("standard", "STANDARD_SECRET"),
    ] {
        send(&mut relay, &Request::signed(name, "evt_1", NOW, b"{}"), NOW);
        let log: Value = serde_json::from_str(&relay.log).unwrap();
        assert_eq!(log["keyId"], key);
        assert_eq!(log["source"], name);
    }
}

//! What the sender is told, and what the log says: to the byte.

use countersign::VerifyError;
use countersign::gateway::{Outcome, Refusal, Reply};
use serde_json::json;

use crate::relay::{NOW, OK, Relay, Request, after, environment, one_of_each, source};

fn refused(refusal: &Refusal) -> (u16, String, Option<u32>, Option<&'static str>) {
    let reply = Reply::refused(refusal, false);
    assert_eq!(reply.content.0, "application/json");
    (reply.status, reply.content.1, reply.retry_after, reply.allow)
}

#[test]
fn every_refusal() {
    let allow = "POST";
    for (refusal, status, error, retry_after) in [
        (Refusal::BodyUnreadable, 400, "body_unreadable", None),
        (Refusal::Unauthorized(VerifyError::SignatureMismatch), 401, "unauthorized", None),
        (Refusal::NotFound, 404, "not_found", None),
        (Refusal::MethodNotAllowed { allow }, 405, "method_not_allowed", None),
        (Refusal::Timeout, 408, "timeout", None),
        (Refusal::InFlight, 409, "in_flight", Some(5)),
        (Refusal::TooLarge, 413, "too_large", None),
        (Refusal::UnsupportedEncoding, 415, "unsupported_encoding", None),
        (Refusal::Misconfigured, 503, "misconfigured", Some(60)),
        (Refusal::DestinationIsGateway, 503, "misconfigured", Some(60)),
        (Refusal::NoActiveKey, 503, "misconfigured", Some(60)),
        (VerifyError::NoActiveKey.into(), 503, "misconfigured", Some(60)),
    ] {
        let allow = matches!(refusal, Refusal::MethodNotAllowed { .. }).then_some(allow);
        let body = format!(r#"{{"error":"{error}"}}"#);
        assert_eq!(refused(&refusal), (status, body, retry_after, allow));
    }
}

fn every_verify_error() -> [VerifyError; 7] {
    let header = "Peeker-Timestamp";
    [
        VerifyError::AmbiguousHeader { header },
        VerifyError::MalformedHeader { header },
        VerifyError::MissingHeader { header },
        VerifyError::SignatureMismatch,
        VerifyError::TimestampTooNew { skew_millis: -300_001 },
        VerifyError::TimestampTooOld { skew_millis: 300_001 },
        VerifyError::UnsupportedSignature,
    ]
}

/// A stranger does not learn what was wrong; the operator reads it in the log.
#[test]
fn every_request_that_is_not_genuine_gets_the_same_answer() {
    for error in every_verify_error() {
        let reply = Reply::refused(&Refusal::Unauthorized(error.clone()), false);
        assert_eq!(
            reply,
            Reply::refused(&Refusal::Unauthorized(VerifyError::SignatureMismatch), false)
        );
        let explained = Reply::refused(&Refusal::Unauthorized(error.clone()), true);
        let expected =
            format!(r#"{{"error":"unauthorized","code":"{}","message":"{error}"}}"#, error.code());
        assert_eq!((explained.status, explained.content.1), (401, expected));
    }
}

/// Explanations are for those who are not let in because of their signature, and nobody else.
#[test]
fn nothing_else_is_explained() {
    for refusal in [Refusal::NotFound, Refusal::Misconfigured, Refusal::TooLarge] {
        assert_eq!(Reply::refused(&refusal, true), Reply::refused(&refusal, false));
    }
}

#[test]
fn every_outcome() {
    let mut relay = Relay::new(&environment(&one_of_each()));
    let asked = |status, retry_after| Outcome::of_answer(status, Some(retry_after));
    for (n, (outcome, status, body, retry_after)) in [
        (OK, 200, r#"{"status":"delivered","id":"evt_0"}"#, None),
        (Outcome::of_answer(204, None), 200, r#"{"status":"delivered","id":"evt_1"}"#, None),
        (Outcome::of_answer(301, None), 502, r#"{"error":"destination_failed"}"#, None),
        (Outcome::of_answer(400, None), 502, r#"{"error":"destination_failed"}"#, None),
        (Outcome::of_answer(410, None), 502, r#"{"error":"destination_failed"}"#, None),
        (Outcome::of_answer(500, None), 502, r#"{"error":"destination_failed"}"#, None),
        (asked(429, "7"), 502, r#"{"error":"destination_failed"}"#, Some(7)),
        (asked(503, "30"), 502, r#"{"error":"destination_failed"}"#, Some(30)),
        (asked(500, "30"), 502, r#"{"error":"destination_failed"}"#, None),
        (Outcome::Unreachable, 502, r#"{"error":"destination_failed"}"#, None),
        (Outcome::TimedOut, 504, r#"{"error":"destination_timeout"}"#, None),
    ]
    .into_iter()
    .enumerate()
    {
        let request = Request::signed("peeker", &format!("evt_{n}"), NOW, b"{}");
        let reply = relay.serve(&request, NOW, outcome);
        assert_eq!((reply.status, reply.content.1.as_str()), (status, body), "{outcome:?}");
        assert_eq!((reply.retry_after, reply.allow), (retry_after, None), "{outcome:?}");
    }
}

fn log_of(relay: &mut Relay, request: &Request, secs: i64, outcome: Outcome) -> String {
    relay.serve(request, after(secs), outcome);
    std::mem::take(&mut relay.log)
}

fn typed(id: &str, body: &str) -> Request {
    Request::signed("peeker", id, NOW, body.as_bytes())
}

/// The lines of requests that got no further. What the sender wrote does not stand in them.
#[test]
fn the_log_of_a_refusal() {
    let mut sources = one_of_each();
    sources["boateros"]["mode"] = json!("?");
    let relay = &mut Relay::new(&environment(&sources));
    let head = r#""message":"request","requestId":"""#;
    let good = typed("evt_1", "{}");

    let mut stale = log_of(relay, &good, 301, OK);
    let expected = format!(
        r#"{{"level":"warn",{head},"source":"peeker","outcome":"refused","status":401,"reason":"timestamp_too_old","detail":"the timestamp is 301.000 s in the past","latencyMs":0}}"#
    );
    assert_eq!(stale, expected);

    let mut forged = good.clone();
    forged.body = b"<script>".to_vec();
    stale = log_of(relay, &forged, 0, OK);
    let detail =
        "the signature does not match: another secret, or the body is not the one that was signed";
    let expected = format!(
        r#"{{"level":"warn",{head},"source":"peeker","outcome":"refused","status":401,"reason":"signature_mismatch","detail":"{detail}","latencyMs":0}}"#
    );
    assert_eq!(stale, expected);

    let mut lost = good.clone();
    lost.url = "https://hooks.example.com/<script>".into();
    let expected = format!(
        r#"{{"level":"warn",{head},"outcome":"refused","status":404,"reason":"not_found","latencyMs":0}}"#
    );
    assert_eq!(log_of(relay, &lost, 0, OK), expected);

    let key = json!({ "binding": "PEEKER_SECRET", "notAfter": "2020-01-01T00:00:00Z" });
    let rotated = json!({ "peeker": source("peeker", &json!({ "secrets": [key] })) });
    let expected = format!(
        r#"{{"level":"error",{head},"source":"peeker","outcome":"refused","status":503,"reason":"no_active_key","latencyMs":0}}"#
    );
    let relay_without_key = &mut Relay::new(&environment(&rotated));
    assert_eq!(log_of(relay_without_key, &good, 0, OK), expected);

    let broken = Request::signed("boateros", "", NOW, b"{}");
    let expected = format!(
        r#"{{"level":"error",{head},"source":"boateros","outcome":"refused","status":503,"reason":"misconfigured","latencyMs":0}}"#
    );
    assert_eq!(log_of(relay, &broken, 0, OK), expected);
}

/// The lines of genuine events.
#[test]
fn the_log_of_an_event() {
    let destinations = json!([{ "url": "https://a.example.com", "events": "order.*" }]);
    let settings = json!({ "destinations": destinations });
    let relay = &mut Relay::new(&environment(&json!({ "peeker": source("peeker", &settings) })));
    let line = |level: &str, outcome: &str, status: u16, reason: &str, event: &str, rest: &str| {
        format!(
            r#"{{"level":"{level}","message":"request","requestId":"","source":"peeker","outcome":"{outcome}","status":{status},{reason}"keyId":"PEEKER_SECRET",{event},{rest}"latencyMs":0}}"#
        )
    };
    let order = r#""eventId":"evt_1","eventType":"order.completed","typeSigned":true"#;
    let good = typed("evt_1", r#"{"type":"order.completed"}"#);
    for (outcome, reason, rest) in [
        (Outcome::of_answer(301, None), "destination_redirected", r#""destinationStatus":301,"#),
        (Outcome::of_answer(500, None), "destination_refused", r#""destinationStatus":500,"#),
        (Outcome::Unreachable, "destination_unreachable", ""),
        (Outcome::TimedOut, "destination_timeout", ""),
    ] {
        let status = if outcome == Outcome::TimedOut { 504 } else { 502 };
        let reason = format!(r#""reason":"{reason}","#);
        let rest = format!(r#""dedupe":"fresh",{rest}"#);
        let expected = line("error", "failed", status, &reason, order, &rest);
        assert_eq!(log_of(relay, &good, 0, outcome), expected);
    }
    let fresh = r#""dedupe":"fresh","destinationStatus":200,"#;
    assert_eq!(log_of(relay, &good, 0, OK), line("info", "delivered", 200, "", order, fresh));
    let copy = r#""dedupe":"duplicate","#;
    assert_eq!(log_of(relay, &good, 1, OK), line("info", "duplicate", 200, "", order, copy));
    let other = typed("evt_1", r#"{"type":"order.failed"}"#);
    let failed = r#""eventId":"evt_1","eventType":"order.failed","typeSigned":true"#;
    let conflict = r#""dedupe":"conflict","destinationStatus":200,"#;
    assert_eq!(log_of(relay, &other, 1, OK), line("info", "delivered", 200, "", failed, conflict));
    let swap = r#""eventId":"evt_2","eventType":"swap.created","typeSigned":true"#;
    let unwanted = typed("evt_2", r#"{"type":"swap.created"}"#);
    assert_eq!(log_of(relay, &unwanted, 0, OK), line("info", "filtered", 200, "", swap, ""));
    let untyped = r#""eventId":"evt_3""#;
    assert_eq!(
        log_of(relay, &typed("evt_3", "{}"), 0, OK),
        line("info", "delivered", 200, "", untyped, fresh)
    );
}

/// Where header and body disagree, and where only the header says so.
#[test]
fn the_log_says_what_is_not_signed() {
    let relay = &mut Relay::new(&environment(&one_of_each()));
    let with = |body: &str| {
        Request::signed("boateros", "", NOW, body.as_bytes()).with("Boateros-Event", "hull.sold")
    };
    let log = log_of(relay, &with("{}"), 0, OK);
    assert!(log.contains(r#""eventType":"hull.sold","typeSigned":false,"dedupe""#), "{log}");
    let log = log_of(relay, &with(r#"{"type":"hull.updated"}"#), 0, OK);
    let expected = r#""eventType":"hull.updated","typeSigned":true,"typeConflict":true,"dedupe""#;
    assert!(log.contains(expected), "{log}");
    let log = log_of(relay, &with("{}"), 0, OK);
    assert!(log.contains(r#""dedupe":"duplicate""#), "{log}");
}

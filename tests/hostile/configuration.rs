//! A source that is not in order: it never accepts, and it asks the provider to come again. The
//! others serve on.

use countersign::scheme::PEEKER;
use countersign::sign::{Outgoing, sign};
use countersign::{Secret, Strength};
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::relay::{Environment, NOW, PEEKER_SECRET, Request, environment, one_of_each};
use crate::report;

/// What to do to a good environment.
type Damage = fn(&mut Environment, &mut Value);

const DAMAGES: &[(&str, Damage)] = &[
    ("no secret", |environment, _| drop(environment.remove("PEEKER_SECRET"))),
    ("an empty secret", |environment, _| set(environment, "")),
    ("a blank secret", |environment, _| set(environment, " \n")),
    ("a NUL alone", |environment, _| set(environment, "\0")),
    ("a short secret", |environment, _| set(environment, "0123456789abcde")),
    ("a pasted newline", |environment, _| set(environment, &format!("{PEEKER_SECRET}\n"))),
    ("a pasted tab", |environment, _| set(environment, &format!("\t{PEEKER_SECRET}"))),
    ("a no-break space", |environment, _| set(environment, &format!("{PEEKER_SECRET}\u{a0}"))),
    ("a byte-order mark", |environment, _| set(environment, &format!("\u{feff}{PEEKER_SECRET}"))),
    ("a NUL at its end", |environment, _| set(environment, &format!("{PEEKER_SECRET}\0"))),
    ("no list of secrets", |_, source| source["secrets"] = json!(null)),
    ("an empty list", |_, source| source["secrets"] = json!([])),
    ("one of two is missing", |_, source| source["secrets"] = json!(["PEEKER_SECRET", "OTHER"])),
    ("twice the same", |_, source| source["secrets"] = json!(["PEEKER_SECRET", "PEEKER_SECRET"])),
    ("an old key without a date", |_, source| {
        source["secrets"] = json!([{ "binding": "PEEKER_SECRET", "notAfter": "soon" }]);
    }),
    ("a window that never opens", |_, source| {
        source["secrets"] = json!([{
            "binding": "PEEKER_SECRET",
            "notBefore": "2025-12-01T00:00:00Z",
            "notAfter": "2025-11-01T00:00:00Z",
        }]);
    }),
    ("no tolerance", |_, source| source["toleranceSeconds"] = json!(0)),
    ("a tolerance of a year", |_, source| source["toleranceSeconds"] = json!(31_536_000)),
    ("a tolerance that is no number", |_, source| source["toleranceSeconds"] = json!("NaN")),
    ("a tolerance of null", |_, source| source["toleranceSeconds"] = json!(null)),
    ("an unknown scheme", |_, source| source["scheme"] = json!("peekr")),
    ("no scheme", |_, source| source["scheme"] = json!(null)),
    ("an unknown setting", |_, source| source["verify"] = json!(false)),
    ("a private destination", |_, source| {
        source["destinations"] = json!([{ "url": "https://169.254.169.254/latest/meta-data" }]);
    }),
    ("no destination", |_, source| source["destinations"] = json!([])),
    ("two destinations in relay mode", |_, source| {
        source["destinations"] = json!([{ "url": URL }, { "name": "b", "url": URL }]);
    }),
    ("an unknown mode", |_, source| source["mode"] = json!("outbox")),
    ("no mode", |_, source| source["mode"] = json!(null)),
    ("an inbox without a Durable Object", |environment, source| {
        inbox(environment, source);
        environment.remove("INBOX");
    }),
    ("an inbox of no shards", |environment, source| {
        inbox(environment, source);
        source["shards"] = json!(0);
    }),
    ("an inbox that never retries", |environment, source| {
        inbox(environment, source);
        source["retrySchedule"] = json!([]);
    }),
    ("an inbox that forgets before the dedupe window ends", |environment, source| {
        inbox(environment, source);
        source["retentionDays"] = json!(1);
    }),
    ("an inbox that says nothing of signing", |environment, source| {
        inbox(environment, source);
        source["destinations"] = json!([{ "url": URL }]);
    }),
    ("an inbox with two destinations of one name", |environment, source| {
        inbox(environment, source);
        let destination = json!({ "url": URL, "signingSecret": false });
        source["destinations"] = json!([destination, destination]);
    }),
    ("an inbox whose second destination is private", |environment, source| {
        inbox(environment, source);
        source["destinations"] = json!([
            { "url": URL, "signingSecret": false },
            { "name": "b", "url": "https://169.254.169.254/", "signingSecret": false },
        ]);
    }),
    ("an inbox that signs with its own second secret", |environment, source| {
        inbox(environment, source);
        environment.insert("OLD".to_owned(), STANDARD_KEY.to_owned());
        source["secrets"] = json!(["PEEKER_SECRET", "OLD"]);
        let signing = json!(["APP_SIGNING_SECRET", "OLD_AS_BASE64"]);
        environment.insert("OLD_AS_BASE64".to_owned(), STANDARD_KEY_AS_BASE64.to_owned());
        source["destinations"] = json!([{ "url": URL, "signingSecret": signing }]);
    }),
    ("no table at all", |_, source| *source = json!("peeker")),
];

const URL: &str = "https://app.example.com/in";
/// The same key as each of the two schemes writes it.
const STANDARD_KEY: &str = "sixteen bytes and more";
const STANDARD_KEY_AS_BASE64: &str = "whsec_c2l4dGVlbiBieXRlcyBhbmQgbW9yZQ==";

/// Makes a source in inbox mode of it that is in order.
fn inbox(environment: &mut Environment, source: &mut Value) {
    environment.insert("INBOX".to_owned(), "{}".to_owned());
    source["mode"] = json!("inbox");
    source["destinations"] = json!([{ "url": URL, "signingSecret": false }]);
}

fn set(environment: &mut Environment, secret: &str) {
    environment.insert("PEEKER_SECRET".to_owned(), secret.to_owned());
}

/// Without the damage it would serve.
#[test]
fn the_inbox_that_is_damaged_is_in_order() {
    let mut sources = one_of_each();
    let mut environment = environment(&json!({}));
    inbox(&mut environment, &mut sources["peeker"]);
    environment.insert("SOURCES".to_owned(), sources.to_string());
    assert_eq!(Gateway::new(&environment).relay.config.mistakes(), []);
}

#[test]
fn a_source_that_is_not_in_order() {
    for (what, damage) in DAMAGES {
        println!("{what}");
        let mut sources = one_of_each();
        let mut environment = environment(&json!({}));
        damage(&mut environment, &mut sources["peeker"]);
        environment.insert("SOURCES".to_owned(), sources.to_string());
        let mut gateway = Gateway::new(&environment);
        assert!(!gateway.relay.config.mistakes().is_empty());

        for request in requests() {
            gateway.refuses(&request, 503, "misconfigured");
            let reply = gateway.relay.serve(&request, NOW, crate::relay::OK);
            assert_eq!(reply.content.1, r#"{"error":"misconfigured"}"#);
            assert_eq!(reply.retry_after, Some(60));
        }
        gateway.serves("boateros");
        gateway.serves("standard");
    }
    report("sources that are not in order", DAMAGES.len());
}

/// Genuine ones, and those that would pass if a missing secret were taken for an empty one.
fn requests() -> Vec<Request> {
    let genuine = Request::signed("peeker", "evt_1", NOW, b"{}");
    let mut unsigned = genuine.clone();
    unsigned.headers.clear();
    let of_nothing = [b"\0".as_slice(), b"undefined", b"null", b"[object Object]"];
    let forged = of_nothing.map(|secret| signed_with(&genuine, secret));
    [genuine, unsigned].into_iter().chain(forged).collect()
}

/// HMAC fills a key up with zeros: one zero is the empty key.
fn signed_with(request: &Request, secret: &[u8]) -> Request {
    let secret = Secret::from_bytes(secret, Strength::AllowWeak).unwrap();
    let message =
        Outgoing { event_id: Some("evt_1"), event_type: None, timestamp: NOW, body: &request.body };
    let headers = sign(&PEEKER, &[&secret], &message).unwrap();
    let headers = headers.into_iter().map(|(k, v)| (k.to_owned(), v.into_bytes())).collect();
    Request { headers, ..request.clone() }
}

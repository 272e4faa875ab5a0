//! The vectors once more, through a gateway that is configured for them: a wrong request leaves no
//! trace, and the next good one is served.

use std::collections::BTreeMap;

use countersign::UnixTime;
use serde_json::{Value, json};

use crate::corpus::{self, Expected, Group, Test};
use crate::relay::{Environment, NOW, OK, Relay, Request, after, environment, source};
use crate::report;

/// A source for a group's keys, and one that is always in order. `None` if the keys are no text
/// and so can't stand in a variable.
fn environment_of(group: &Value) -> Option<Environment> {
    let mut secrets = Vec::new();
    let mut texts = Vec::new();
    for (n, key) in group["keys"].as_array().unwrap().iter().enumerate() {
        let name = format!("KEY_{n}");
        let mut entry = json!({ "binding": name, "id": key["id"] });
        for edge in ["notBefore", "notAfter"] {
            if let Some(millis) = key[edge].as_i64() {
                entry[edge] = UnixTime::from_millis(millis).to_string().into();
            }
        }
        secrets.push(entry);
        texts.push((name, secret_text(key, group["scheme"] == "standard-webhooks")?));
    }
    let mut settings = json!({ "secrets": secrets, "maxBodyBytes": 10_485_760 });
    settings["replays"] = "suppress".into();
    for (ours, theirs) in [
        ("toleranceSeconds", "toleranceSeconds"),
        ("allowWeakSecret", "allowWeakSecret"),
        ("timestamp", "timestampFormat"),
    ] {
        if !group[theirs].is_null() {
            settings[ours] = group[theirs].clone();
        }
    }
    let scheme = group["scheme"].as_str().unwrap();
    let mut environment = environment(&json!({
        "tested": source(scheme, &settings),
        "peeker": source("peeker", &json!({})),
    }));
    environment.extend(texts);
    Some(environment)
}

fn secret_text(key: &Value, is_base64: bool) -> Option<String> {
    use base64ct::{Base64, Encoding as _};

    match key["secretHex"].as_str() {
        None => key["secret"].as_str().map(str::to_owned),
        Some(bytes) if is_base64 => Some(Base64::encode_string(&hex::decode(bytes).unwrap())),
        Some(_) => None,
    }
}

fn request(test: &Test) -> Request {
    Request {
        method: "POST".to_owned(),
        url: "https://hooks.example.com/hooks/tested".to_owned(),
        headers: test.headers.clone(),
        body: test.body.clone(),
    }
}

/// How many of a group's tests were run.
fn run(group: &Group, environment: &Environment) -> usize {
    let mut relay = Relay::new(environment);
    if group.keys_result.is_some() {
        assert!(relay.config.source("tested").unwrap().is_none(), "{}", group.comment);
        serves_the_next(&mut relay, 0);
        return 1;
    }
    for (n, test) in (0..).zip(&group.tests) {
        relay.store.clear();
        relay.sent.clear();
        let reply = relay.serve(&request(test), test.now, OK);
        let log: Value = serde_json::from_str(&relay.log).unwrap();
        let context = format!("{} {}: {}\n{}", group.class, test.id, test.comment, relay.log);
        match &test.expected {
            Expected::Valid(_) => {
                assert_eq!((reply.status, relay.sent.len()), (200, 1), "{context}");
                assert_eq!(relay.sent[0].body, test.body, "{context}");
            }
            Expected::Invalid { code, .. } => {
                // A source without a valid key says so before it looks at anything else.
                let source = relay.config.source("tested").flatten().unwrap();
                let has_key = source.verifier().keyring().is_active(test.now);
                let expected = if has_key { (401, code.as_str()) } else { (503, "no_active_key") };
                let actual = (reply.status, log["reason"].as_str().unwrap());
                assert_eq!(actual, expected, "{context}");
                assert!(relay.sent.is_empty() && relay.store.is_empty(), "{context}");
            }
        }
        serves_the_next(&mut relay, n);
    }
    group.tests.len()
}

fn serves_the_next(relay: &mut Relay, n: i64) {
    let good = Request::signed("peeker", &format!("good_{n}"), NOW, b"{}");
    assert_eq!(relay.serve(&good, after(n % 300), OK).status, 200, "{}", relay.log);
}

#[test]
fn every_vector_through_the_gateway() {
    let mut counts = BTreeMap::new();
    for file in corpus::files() {
        let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let raw: Value = serde_json::from_str(&text).unwrap();
        for (group, raw) in corpus::load(&file).iter().zip(raw["testGroups"].as_array().unwrap()) {
            if raw["scheme"] == "body-hmac" {
                continue;
            }
            if let Some(environment) = environment_of(raw) {
                let count = run(group, &environment);
                *counts.entry((group.class.clone(), file.clone())).or_insert(0) += count;
            }
        }
    }
    assert!(counts.len() >= 24, "{counts:?}");
    for ((class, file), count) in counts {
        report(&format!("{class}, {file}, through the gateway"), count);
    }
}

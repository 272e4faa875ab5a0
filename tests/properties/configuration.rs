//! Whatever the variables hold, there is a configuration: what is wrong with it is said, with its
//! path and without any value.

use std::collections::{BTreeMap, BTreeSet};

use countersign::gateway::{Config, Mode, RetrySchedule, Severity, Source};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::cases;

const SECRET: &str = "canary-5f8e1c0d9b7a";
/// The beginning of other secrets, in the alphabet that signing secrets are written in.
const SECRET_AS_BASE64: &str = "canary5f8e1c0d9b7aaa";

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_text_is_read(
        sources in json_like(),
        source_b in json_like(),
        switch in any::<String>(),
    ) {
        check(&sources, &source_b, &switch)?;
    }

    /// A configuration that would be right, with something else in one place.
    #[test]
    fn any_value_in_any_place_is_read(place in any::<Index>(), value in any_value()) {
        let mut sources = example();
        let mut pointers = Vec::new();
        list_pointers(&sources, String::new(), &mut pointers);
        let pointer: &String = place.get(&pointers);
        *sources.pointer_mut(pointer).unwrap() = value;
        check(&sources.to_string(), "", "")?;
    }

    #[test]
    fn any_text_with_one_character_changed_is_read(place in any::<Index>(), by in any::<char>()) {
        let text = example().to_string();
        let at = place.index(text.len());
        let changed = text.chars().enumerate().map(|(n, c)| if n == at { by } else { c });
        check(&changed.collect::<String>(), "", "")?;
    }
}

/// The example has no mistake, or the properties above would start from nothing.
#[test]
fn the_example_is_right() {
    let config = Config::read(&environment(&example().to_string(), "", ""));
    assert_eq!(config.mistakes(), []);
    assert_eq!(config.sources().filter(|(_, source)| source.is_some()).count(), 3);
}

fn example() -> Value {
    json!({
        "peeker": {
            "scheme": "peeker",
            "mode": "relay",
            "secrets": ["A_SECRET", {
                "binding": "B_SECRET", "id": "old", "notAfter": "2026-12-01T00:00:00Z",
            }],
            "maxBodyBytes": 1000,
            "toleranceSeconds": 60,
            "destinations": [{
                "name": "app", "url": "https://app.example.com/in",
                "events": ["order.*"], "timeoutSeconds": 8, "signingSecret": false,
            }],
        },
        "boateros": {
            "scheme": "boateros",
            "mode": "relay",
            "secrets": "C_SECRET",
            "timestamp": { "zone": "none", "fractionDigits": 3 },
            "dedupe": { "id": "/id" },
            "dedupeWindowSeconds": 600,
            "replays": "deliver",
            "replayAfterSeconds": 601,
            "allowWeakSecret": true,
            "destinations": [{ "url": "https://b.example.com" }],
        },
        "inbox": {
            "scheme": "standard-webhooks",
            "mode": "inbox",
            "secrets": ["D_SECRET"],
            "maxBodyBytes": 2_000_000,
            "retrySchedule": [60, 300, 1800],
            "retentionDays": 7,
            "shards": 8,
            "maxInFlight": 3,
            "drainPerSecond": 20,
            "breaker": { "failingSeconds": 600, "attempts": 3, "probeSeconds": 60 },
            "destinations": [
                {
                    "name": "app", "url": "https://app.example.com/in", "events": ["order.*"],
                    "timeoutSeconds": 60, "signingSecret": ["E_SECRET", "F_SECRET"],
                },
                {
                    "name": "b", "url": "https://b.example.com", "signingSecret": "E_SECRET",
                    "retrySchedule": [5],
                },
            ],
        },
    })
}

fn environment(sources: &str, source_b: &str, switch: &str) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::from([
        ("SOURCES".to_owned(), sources.to_owned()),
        ("EXPLAIN".to_owned(), switch.to_owned()),
        ("ALLOW_INSECURE_DESTINATIONS".to_owned(), String::new()),
        ("SEEN".to_owned(), "{}".to_owned()),
        ("INBOX".to_owned(), "{}".to_owned()),
        ("BODIES".to_owned(), "{}".to_owned()),
    ]);
    for (name, end) in [("D_SECRET", "DAAA"), ("E_SECRET", "EAAA"), ("F_SECRET", "FAAA")] {
        environment.insert(name.to_owned(), format!("whsec_{SECRET_AS_BASE64}{end}"));
    }
    for name in ["A_SECRET", "B_SECRET", "C_SECRET"] {
        environment.insert(name.to_owned(), format!("{SECRET}-{name}"));
    }
    if !source_b.is_empty() {
        environment.insert("SOURCE_B".to_owned(), source_b.to_owned());
    }
    environment
}

fn check(sources: &str, source_b: &str, switch: &str) -> Result<(), TestCaseError> {
    let config = Config::read(&environment(sources, source_b, switch));
    for mistake in config.mistakes() {
        prop_assert!(!mistake.path.is_empty() && !mistake.message.is_empty(), "{}", mistake);
        prop_assert!(!mistake.to_string().contains(SECRET), "{}", mistake);
    }
    prop_assert!(!config.to_log().contains(SECRET));
    prop_assert!(!config.to_log().contains(SECRET_AS_BASE64));
    for source in config.sources().filter_map(|(_, source)| source) {
        check_source(source)?;
    }
    let errors = config.mistakes().iter().filter(|mistake| mistake.severity == Severity::Error);
    let is_whole = config.sources().count() > 0 && config.sources().all(|(_, it)| it.is_some());
    prop_assert!(is_whole || errors.count() > 0, "{:?}", config.mistakes());
    Ok(())
}

/// A source that serves has what serving takes, whatever was configured.
fn check_source(source: &Source) -> Result<(), TestCaseError> {
    let names: BTreeSet<_> = source.destinations().map(|it| it.name.as_str()).collect();
    let count = source.destinations().count();
    prop_assert!(count >= 1 && names.len() == count, "{:?}", names);
    for destination in source.destinations() {
        let named = source.destination_named(&destination.name);
        prop_assert!(named.is_some_and(|named| std::ptr::eq(named, destination)));
        prop_assert!((1..=300).contains(&destination.timeout.as_secs()));
        prop_assert!(destination.signing_secrets.len() <= 2);
        check_schedule(destination.retry.as_ref())?;
    }
    let Mode::Inbox(settings) = source.mode() else {
        prop_assert!(count == 1 && source.destination().retry.is_none());
        return Ok(());
    };
    check_schedule(Some(&settings.retry))?;
    prop_assert!((1..=256).contains(&settings.shards));
    prop_assert!(settings.max_in_flight.is_none_or(|most| (1..=6).contains(&most)));
    prop_assert!((1..=10_000).contains(&settings.drain_per_second));
    prop_assert!((1..=90 * 86_400).contains(&settings.retention.as_secs()));
    let breaker = &settings.breaker;
    prop_assert!((1..=86_400).contains(&breaker.failing_for.as_secs()));
    prop_assert!((1..=86_400).contains(&breaker.probe_every.as_secs()));
    prop_assert!((1..=1000).contains(&breaker.attempts));
    Ok(())
}

fn check_schedule(schedule: Option<&RetrySchedule>) -> Result<(), TestCaseError> {
    let Some(schedule) = schedule else { return Ok(()) };
    prop_assert!((1..=50).contains(&schedule.pauses().len()));
    prop_assert!(schedule.pauses().iter().all(|it| (1..=604_800).contains(&it.as_secs())));
    Ok(())
}

/// JSON, nearly JSON, and anything.
fn json_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[\\[\\]{}:,\" ]".prop_map(String::from),
        select(vec![
            "\"scheme\":\"peeker\"",
            "\"mode\":\"relay\"",
            "\"mode\":\"inbox\"",
            "\"secrets\":[\"A_SECRET\"]",
            "\"destinations\":[{\"url\":\"https://a.b\"}]",
            "\"peeker\":{",
            "null",
            "true",
            "1e999",
            "-0",
            "\"\\ud800\"",
            "//",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        any_value().prop_map(|value| value.to_string()),
        vec(piece, 0..20).prop_map(|pieces| pieces.concat()),
        any::<String>(),
        (1..300_usize).prop_map(|depth| "{\"a\":".repeat(depth) + &"}".repeat(depth)),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..100_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec![
            "",
            "*",
            "/",
            "peeker",
            "relay",
            "inbox",
            "A_SECRET",
            "E_SECRET",
            "SOURCES",
            "2026-01-01",
            "https://[::1]/",
            "none",
            "app",
            "order.*",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-zA-Z0-9. _-]{0,8}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Where everything in a value stands.
fn list_pointers(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                list_pointers(value, format!("{pointer}/{name}"), pointers);
            }
        }
        Value::Array(values) => {
            for (position, value) in values.iter().enumerate() {
                list_pointers(value, format!("{pointer}/{position}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(pointer);
}

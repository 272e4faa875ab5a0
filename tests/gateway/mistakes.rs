//! Everything that can be wrong with a configuration: said with its path, all of it at once, and
//! without any value, which might be a secret in the wrong place.
//!
//! What can be wrong with a source, and how it is said, stands in `mistakes.txt`.

use std::time::Duration;

use countersign::UnixTime;
use countersign::gateway::Config;
use serde_json::{Value, json};

use crate::inbox_settings::{bound, inbox_source};
use crate::relay::{
    APP_SIGNING_SECRET, BOATEROS_SECRET, Environment, NOW, OK, PEEKER_SECRET, Relay, Request,
    STANDARD_SECRET, environment, source,
};

/// Settings, and what is wrong with them.
struct Case {
    settings: Value,
    mistakes: Vec<String>,
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let lines = include_str!("mistakes.txt").lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            Some(mistake) => {
                cases.last_mut().unwrap().mistakes.push(format!("SOURCES.p{mistake}"));
            }
            None => {
                let settings = serde_json::from_str(line).unwrap();
                cases.push(Case { settings, mistakes: Vec::new() });
            }
        }
    }
    cases
}

fn with_odd_secrets(sources: &Value) -> Environment {
    let mut environment = bound(environment(sources));
    for (name, text) in [
        ("EMPTY", ""),
        ("BLANK", " \t\n"),
        ("SHORT", "short"),
        ("COPY", PEEKER_SECRET),
        ("SIGNING_COPY", APP_SIGNING_SECRET),
    ] {
        environment.insert(name.into(), text.into());
    }
    environment.insert("PASTED".into(), format!("{PEEKER_SECRET}\n"));
    environment
}

fn lines(config: &Config) -> Vec<String> {
    config.mistakes().iter().map(ToString::to_string).collect()
}

#[test]
fn every_mistake_is_named_with_its_path() {
    let cases = cases();
    for Case { settings, mistakes } in &cases {
        let environment = with_odd_secrets(&json!({
            "a": source("boateros", &json!({})),
            "p": inbox_source("peeker", settings),
            "z": source("standard-webhooks", &json!({})),
        }));
        let config = Config::read(&environment);
        assert_eq!(&lines(&config), mistakes, "{settings}");
        assert!(config.source("p").unwrap().is_none(), "{settings}");
        assert!(config.source("a").flatten().is_some(), "{settings}");
        assert!(config.source("z").flatten().is_some(), "{settings}");
        shows_nothing_secret(&environment, &config);
    }
    println!("{} configuration mistakes", cases.len());
    assert!(cases.len() >= 115);
}

/// The names of sources, and variables that are no table.
#[test]
fn mistakes_outside_a_source() {
    let name = "a source's name is 1 to 63 of a-z, 0-9 and inner hyphens";
    let long = "x".repeat(64);
    for odd in ["", "P", "a_b", "a b", "-a", "a-", "ä", "a/b", "a.b", &long] {
        let environment = environment(&json!({ odd: source("peeker", &json!({})) }));
        let config = Config::read(&environment);
        assert_eq!(lines(&config), [format!("SOURCES.{odd}: {name}")]);
        assert_eq!(config.sources().filter(|(_, source)| source.is_some()).count(), 0);
    }
    let no_table = |line, column| {
        format!("must be a table, or one as JSON; it can't be read at line {line}, column {column}")
    };
    for text in ["null", "[]", "7", "\"a secret in the wrong place\""] {
        let mut environment = environment(&json!({}));
        environment.insert("SOURCES".into(), text.into());
        let config = Config::read(&environment);
        assert_eq!(lines(&config), ["SOURCES: must be a table of sources"]);
        assert!(config.is_incomplete());
    }
    for (text, expected) in [
        ("{}", "there is no source; see wrangler.toml for an example".to_owned()),
        ("", "there is no source; see wrangler.toml for an example".to_owned()),
        ("[", no_table(1, 1)),
        ("{\n\"a\": }", no_table(2, 6)),
        ("a secret in the wrong place", no_table(1, 1)),
        ("{\"a secret in the wrong place\"}", no_table(1, 31)),
    ] {
        let mut environment = environment(&json!({}));
        environment.insert("SOURCES".into(), text.into());
        assert_eq!(lines(&Config::read(&environment)), [format!("SOURCES: {expected}")]);

        environment.remove("SOURCES");
        environment.insert("SOURCE_A".into(), text.into());
        let config = Config::read(&environment);
        assert!(!lines(&config).is_empty());
        assert!(lines(&config).iter().all(|line| line.starts_with("SOURCE_A")), "{text}");
        assert!(config.source("a").unwrap().is_none(), "a source that can't be read is one");
    }
}

/// One look at the log is enough to repair everything.
#[test]
fn several_mistakes_are_said_at_once() {
    let sources = json!({
        "a": source("peeker", &json!({
            "mode": "outbox",
            "maxBodyBytes": 0,
            "secrets": ["NO_SUCH", { "binding": "SHORT", "notAfter": "tomorrow" }],
            "destinations": [{ "url": "http://a.b", "events": ["*x"], "name": "" }],
        })),
        "b": source("boateros", &json!({ "dedupe": 1, "replays": 1, "colour": "red" })),
    });
    let config = Config::read(&with_odd_secrets(&sources));
    let paths: Vec<_> = config.mistakes().iter().map(|mistake| mistake.path.as_str()).collect();
    let expected = [
        "SOURCES.a.mode",
        "SOURCES.a.secrets[0]",
        "SOURCES.a.secrets[1].notAfter",
        "SOURCES.a.secrets[1]",
        "SOURCES.a.maxBodyBytes",
        "SOURCES.a.destinations[0].name",
        "SOURCES.a.destinations[0].url",
        "SOURCES.a.destinations[0].events[0]",
        "SOURCES.b.colour",
        "SOURCES.b.dedupe",
        "SOURCES.b.replays",
    ];
    assert_eq!(paths, expected);
}

/// One mistake does not hide another.
#[test]
fn a_mistake_hides_no_other() {
    for (settings, expected) in [
        (
            json!({ "scheme": "x", "maxBodyBytes": 0, "toleranceSeconds": 0 }),
            ["maxBodyBytes", "scheme", "toleranceSeconds"].as_slice(),
        ),
        (
            json!({ "scheme": "x", "destinations": [{ "url": "x", "events": ["*x"] }] }),
            &["destinations[0].events[0]", "destinations[0].url", "scheme"],
        ),
        (
            json!({ "secrets": [{ "notAfter": "x" }] }),
            &["secrets[0].binding", "secrets[0].notAfter"],
        ),
        (
            json!({ "timestamp": { "fractionDigits": 99 } }),
            &["timestamp.fractionDigits", "timestamp.zone"],
        ),
        (json!({ "destinations": 7 }), &["destinations"]),
        // The binding is missing too.
        (
            json!({
                "mode": "inbox",
                "scheme": "x",
                "shards": 0,
                "breaker": { "attempts": 0 },
                "destinations": [{ "url": "x", "retrySchedule": [] }, 7],
            }),
            &[
                "breaker.attempts",
                "destinations[0].retrySchedule",
                "destinations[0].signingSecret",
                "destinations[0].url",
                "destinations[1]",
                "mode",
                "scheme",
                "shards",
            ],
        ),
    ] {
        let config = Config::read(&environment(&json!({ "p": source("peeker", &settings) })));
        let mut paths: Vec<_> = config.mistakes().iter().map(|it| it.path.as_str()).collect();
        paths.sort_unstable();
        let expected: Vec<_> = expected.iter().map(|path| format!("SOURCES.p.{path}")).collect();
        assert_eq!(paths, expected, "{settings}");
    }
}

/// Who is asked for the name of a secret, may well paste the secret.
#[test]
fn a_secret_in_place_of_its_name_is_not_shown() {
    for pasted in [
        PEEKER_SECRET,
        APP_SIGNING_SECRET,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    ] {
        for settings in [
            json!({ "secrets": pasted }),
            json!({ "secrets": [pasted] }),
            json!({ "secrets": [{ "binding": pasted }] }),
            json!({ "destinations": [{ "url": "https://a.b", "signingSecret": pasted }] }),
            json!({ "destinations": [{ "url": "https://a.b", "signingSecret": [pasted] }] }),
            json!({ "mode": pasted }),
            json!({ "mode": "inbox", "shards": pasted }),
            json!({ "mode": "inbox", "retrySchedule": pasted }),
            json!({ "mode": "inbox", "retrySchedule": [60, pasted] }),
            json!({ "mode": "inbox", "breaker": pasted }),
            json!({ "mode": "inbox", "breaker": { "attempts": pasted } }),
        ] {
            let sources = json!({ "p": inbox_source("peeker", &settings) });
            let config = Config::read(&bound(environment(&sources)));
            assert_eq!(config.mistakes().len(), 1, "{settings}");
            let shown = format!("{:?}{}{config:?}", lines(&config), config.to_log());
            assert!(!shown.contains(pasted), "{settings}: {shown}");
        }
    }
}

/// By whatever a window of tolerance is widened: a captured request can be sent again for twice as
/// long, and what can still be a copy is not taken for a replay.
#[test]
fn a_replay_begins_after_twice_the_tolerance() {
    for tolerance in [300, 450, 600, 3600, 86_400] {
        let settings = json!({ "toleranceSeconds": tolerance });
        let sources = json!({ "boateros": source("boateros", &settings) });
        let mut relay = Relay::new(&environment(&sources));
        if relay.config.source("boateros").flatten().is_none() {
            let path = "SOURCES.boateros.replayAfterSeconds";
            assert!(relay.config.mistakes().iter().any(|mistake| mistake.path == path));
            continue;
        }
        let ahead = UnixTime::from_secs(NOW.as_secs() + tolerance);
        let captured = Request::signed("boateros", "", ahead, b"{}");
        assert_eq!(relay.serve(&captured, NOW, OK).status, 200);
        let last = ahead.saturating_add(Duration::from_secs(tolerance.unsigned_abs()));
        let reply = relay.serve(&captured, last, OK);
        assert!(reply.content.1.contains("duplicate"), "{tolerance}: {}", reply.content.1);
    }
}

/// What can be meant so, but probably is not.
#[test]
fn what_has_no_effect_is_warned_about() {
    for (scheme, settings, expected) in [
        (
            "boateros",
            json!({ "destinations": { "url": "https://a.example.com", "timeoutSeconds": 9 } }),
            ".destinations.timeoutSeconds: is longer than Boateros waits; 8 is used instead",
        ),
        (
            "peeker",
            json!({ "replayAfterSeconds": 900 }),
            ".replayAfterSeconds: has no effect, because replays are suppressed",
        ),
        (
            "boateros",
            json!({ "replays": "suppress", "replayAfterSeconds": 900 }),
            ".replayAfterSeconds: has no effect, because replays are suppressed",
        ),
    ] {
        let config = Config::read(&environment(&json!({ "s": source(scheme, &settings) })));
        assert_eq!(lines(&config), [format!("warning: SOURCES.s{expected}")]);
        assert!(config.source("s").flatten().is_some(), "{settings}");
    }
}

/// A name that the provider doesn't document may be one that it doesn't have.
#[test]
fn a_pattern_that_matches_nothing_known_is_warned_about() {
    for (scheme, pattern, expected) in [
        (
            "peeker",
            "order.created",
            Some("Peeker documents matches; did you mean order.completed?"),
        ),
        ("peeker", "zzz.*", Some("Peeker documents matches")),
        (
            "boateros",
            "hull.pricechanged",
            Some("Boateros documents matches; did you mean hull.price_changed?"),
        ),
        (
            "boateros",
            "hull.*.changed",
            Some("Boateros documents matches; did you mean hull.price_changed?"),
        ),
        ("boateros", "hull.*", None),
        ("peeker", "*.action_required", None),
        ("peeker", "*", None),
        ("standard-webhooks", "whatever.it_is", None),
    ] {
        let destinations = json!([{ "url": "https://a.b", "events": ["*", pattern] }]);
        let settings = json!({ "destinations": destinations });
        let config = Config::read(&environment(&json!({ "s": source(scheme, &settings) })));
        let path = "SOURCES.s.destinations[0].events[1]";
        let line = |what| format!("warning: {path}: no event type that {what}");
        assert_eq!(lines(&config), expected.map(line).into_iter().collect::<Vec<_>>());
        assert!(config.source("s").flatten().is_some(), "{pattern}");
    }
}

fn shows_nothing_secret(environment: &Environment, config: &Config) {
    let shown = format!("{:?}{}{config:?}", lines(config), config.to_log());
    let values = [PEEKER_SECRET, BOATEROS_SECRET, STANDARD_SECRET, APP_SIGNING_SECRET];
    for secret in values.into_iter().chain(environment.get("SHORT").map(String::as_str)) {
        let quoted = format!("\"{secret}\"");
        assert!(!shown.contains(&quoted) && (secret == "short" || !shown.contains(secret)));
        assert!(!shown.contains(&hex::encode(secret)));
    }
}

//! The settings of inbox mode: what is right, what is left out, and what they need.

use std::time::Duration;

use countersign::gateway::{
    BreakerPolicy, Config, Destination, InboxSettings, Mode, RetrySchedule, Source,
};
use serde_json::{Value, json};

use crate::relay::{Environment, environment, source};

const DAY: Duration = Duration::from_secs(86_400);
const URL: &str = "https://app.example.com/in";

/// With a Durable Object for the inbox.
pub(crate) fn bound(mut environment: Environment) -> Environment {
    environment.insert("INBOX".into(), "{}".into());
    environment
}

/// A source with these settings. If they say inbox mode and nothing of a destination, it has one
/// that is right there.
pub(crate) fn inbox_source(scheme: &str, settings: &Value) -> Value {
    let mut settings = settings.clone();
    if settings["mode"] == "inbox" && settings.get("destinations").is_none() {
        settings["destinations"] = json!([{ "name": "app", "url": URL, "signingSecret": false }]);
    }
    source(scheme, &settings)
}

/// The configuration of one source, `p`, in inbox mode, with these settings.
fn read(scheme: &str, settings: Value) -> Config {
    read_in(scheme, settings, bound)
}

fn read_in(scheme: &str, mut settings: Value, place: fn(Environment) -> Environment) -> Config {
    settings["mode"] = "inbox".into();
    let sources = json!({ "p": inbox_source(scheme, &settings) });
    Config::read(&place(environment(&sources)))
}

fn lines(config: &Config) -> Vec<String> {
    config.mistakes().iter().map(ToString::to_string).collect()
}

#[track_caller]
fn only(config: &Config) -> &Source {
    assert_eq!(lines(config), [""; 0]);
    config.source("p").flatten().unwrap()
}

fn settings_of(source: &Source) -> &InboxSettings {
    match source.mode() {
        Mode::Inbox(settings) => Some(settings),
        Mode::Relay => None,
    }
    .unwrap()
}

fn destination<'s>(source: &'s Source, name: &str) -> &'s Destination {
    source.destination_named(name).unwrap()
}

fn schedule(secs: &[u64]) -> RetrySchedule {
    RetrySchedule::new(secs.iter().copied().map(Duration::from_secs).collect())
}

/// The example of the documentation, with every setting that there is.
#[test]
fn the_whole_example() {
    let config = read(
        "boateros",
        json!({
            "retrySchedule": [30, 300, 3600],
            "retentionDays": 14,
            "shards": 8,
            "maxInFlight": 3,
            "drainPerSecond": 20,
            "breaker": { "failingSeconds": 600, "attempts": 3, "probeSeconds": 60 },
            "destinations": [
                {
                    "name": "app",
                    "url": "https://app.example.com/webhooks/boateros",
                    "events": ["hull.*"],
                    "timeoutSeconds": 300,
                    "signingSecret": ["APP_SIGNING_SECRET", "STANDARD_SECRET"],
                },
                {
                    "name": "archive",
                    "url": "https://archive.example.com/in",
                    "signingSecret": "APP_SIGNING_SECRET",
                    "retrySchedule": [604_800],
                },
                { "name": "audit", "url": "https://audit.example.com/in", "signingSecret": false },
            ],
        }),
    );
    let source = only(&config);
    let settings = settings_of(source);
    assert_eq!(settings.retry, schedule(&[30, 300, 3600]));
    assert_eq!(settings.retention, 14 * DAY);
    assert_eq!((settings.shards, settings.max_in_flight), (8, Some(3)));
    assert_eq!(settings.drain_per_second, 20);
    let breaker = BreakerPolicy {
        failing_for: Duration::from_secs(600),
        attempts: 3,
        probe_every: Duration::from_secs(60),
    };
    assert_eq!(settings.breaker, breaker);

    let names: Vec<_> = source.destinations().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["app", "archive", "audit"], "in the order of the configuration");
    assert_eq!(source.destination().name, "app");
    assert!(source.destination_named("other").is_none());
    let secrets = source.destinations().map(|it| it.signing_secrets.len());
    assert_eq!(secrets.collect::<Vec<_>>(), [2, 1, 0]);
    assert_eq!(destination(source, "app").timeout, Duration::from_secs(300));
    assert_eq!(destination(source, "app").retry, None);
    assert_eq!(destination(source, "archive").retry, Some(schedule(&[604_800])));
}

/// What the documentation says of a setting that is left out.
#[test]
fn defaults() {
    for (scheme, window) in [("peeker", 3), ("boateros", 5), ("standard-webhooks", 5)] {
        let config = read(scheme, json!({}));
        let settings = settings_of(only(&config));
        let pauses = [60, 300, 1800, 7200, 28_800, 86_400, 259_200];
        assert_eq!(settings.retry, schedule(&pauses));
        assert_eq!(settings.retention, 30 * DAY);
        assert!(settings.retention > window * DAY, "{scheme}");
        assert_eq!((settings.shards, settings.max_in_flight), (4, None));
        assert_eq!(settings.drain_per_second, 50);
        assert_eq!(settings.breaker, BreakerPolicy::default());
        let destination = only(&config).destination();
        assert_eq!(destination.timeout, Duration::from_secs(15), "the provider doesn't wait");
        assert!(destination.signing_secrets.is_empty() && destination.retry.is_none());
    }
    let config = read("peeker", json!({ "breaker": { "attempts": 9 } }));
    let default = BreakerPolicy::default();
    assert_eq!(default.failing_for, Duration::from_secs(1800));
    assert_eq!((default.attempts, default.probe_every), (5, Duration::from_secs(300)));
    assert_eq!(settings_of(only(&config)).breaker, BreakerPolicy { attempts: 9, ..default });
}

/// The least and the most of every number.
#[test]
fn the_ends_of_all_ranges() {
    for (shards, in_flight, drain) in [(1, 1, 1), (256, 6, 10_000)] {
        let config = read(
            "peeker",
            json!({ "shards": shards, "maxInFlight": in_flight, "drainPerSecond": drain }),
        );
        let settings = settings_of(only(&config));
        assert_eq!((settings.shards, settings.drain_per_second), (shards, drain));
        assert_eq!(settings.max_in_flight, Some(in_flight));
    }
    for (seconds, attempts) in [(1, 1), (86_400, 1000)] {
        let breaker = json!({
            "failingSeconds": seconds, "attempts": attempts, "probeSeconds": seconds,
        });
        let config = read("peeker", json!({ "breaker": breaker }));
        let seconds = Duration::from_secs(seconds);
        let expected = BreakerPolicy { failing_for: seconds, attempts, probe_every: seconds };
        assert_eq!(settings_of(only(&config)).breaker, expected);
    }
    for pauses in [vec![1], vec![604_800; 50]] {
        let config = read("peeker", json!({ "retrySchedule": pauses }));
        assert_eq!(settings_of(only(&config)).retry, schedule(&pauses));
    }
}

/// What is forgotten can't be recognised as a copy.
#[test]
fn an_event_is_kept_as_long_as_a_copy_of_it_is_recognised() {
    let day = 86_400;
    for (settings, days) in [
        (json!({ "retentionDays": 3 }), 3),
        (json!({ "retentionDays": 90 }), 90),
        (json!({ "dedupeWindowSeconds": 30 * day }), 30),
        (json!({ "dedupeWindowSeconds": 30 * day + 1 }), 31),
        (json!({ "dedupeWindowSeconds": 90 * day }), 90),
        (json!({ "dedupeWindowSeconds": 90 * day, "retentionDays": 90 }), 90),
        (json!({ "dedupeWindowSeconds": day, "retentionDays": 1 }), 1),
        (json!({ "dedupe": false, "retentionDays": 1 }), 1),
    ] {
        let config = read("peeker", settings.clone());
        assert_eq!(settings_of(only(&config)).retention, days * DAY, "{settings}");
    }
}

/// Everything but the binding is right, and every other source serves.
#[test]
fn inbox_mode_needs_a_durable_object() {
    let config = Config::read(&environment(&json!({
        "a": source("boateros", &json!({})),
        "p": inbox_source("peeker", &json!({ "mode": "inbox" })),
    })));
    let expected = "SOURCES.p.mode: inbox needs a Durable Object bound as INBOX; add to \
                    wrangler.toml [[durable_objects.bindings]] with name = \"INBOX\" and \
                    class_name = \"Inbox\", and [[migrations]] with tag = \"v1\" and \
                    new_sqlite_classes = [\"Inbox\"]";
    assert_eq!(lines(&config), [expected]);
    assert!(config.source("p").unwrap().is_none());
    assert!(config.source("a").flatten().is_some());
}

/// What does not fit into a row has to go elsewhere.
#[test]
fn large_bodies_need_r2() {
    let with_bodies = |environment| {
        let mut environment = bound(environment);
        environment.insert("BODIES".into(), "{}".into());
        environment
    };
    let warning = "warning: SOURCES.p.maxBodyBytes: without R2 bodies over 1900000 bytes are \
                   refused; add [[r2_buckets]] with binding = \"BODIES\" to wrangler.toml";
    for (most, without, warnings) in [
        (1_000_000, 1_000_000, [].as_slice()),
        (1_900_000, 1_900_000, &[]),
        (1_900_001, 1_900_000, &[warning]),
        (10 << 20, 1_900_000, &[warning]),
    ] {
        let settings = json!({ "maxBodyBytes": most });
        let config = read("peeker", settings.clone());
        assert_eq!(lines(&config), warnings);
        assert_eq!(config.source("p").flatten().unwrap().max_body_bytes(), without);
        let config = read_in("peeker", settings, with_bodies);
        assert_eq!(only(&config).max_body_bytes(), most);
    }
    let relay = json!({ "p": source("peeker", &json!({ "maxBodyBytes": 10 << 20 })) });
    assert_eq!(only(&Config::read(&environment(&relay))).max_body_bytes(), 10 << 20);
}

/// An inbox asks the store only about what was delivered before it was one.
#[test]
fn inbox_mode_needs_no_store() {
    let config = read_in("peeker", json!({}), |mut environment| {
        environment.remove("SEEN");
        bound(environment)
    });
    only(&config);
}

/// Whoever sets them in relay mode believes that the gateway will try again.
#[test]
fn settings_of_inbox_mode_are_warned_about_in_relay_mode() {
    for (name, value) in [
        ("breaker", json!({})),
        ("drainPerSecond", json!(50)),
        ("maxInFlight", json!(6)),
        ("retentionDays", json!(30)),
        ("retrySchedule", json!([60])),
        ("shards", json!("not looked at")),
    ] {
        let sources = json!({ "p": source("peeker", &json!({ name: value })) });
        let config = Config::read(&environment(&sources));
        let what = "has no effect in relay mode, where the provider retries";
        assert_eq!(lines(&config), [format!("warning: SOURCES.p.{name}: {what}")]);
        assert_eq!(config.source("p").flatten().unwrap().mode(), &Mode::Relay);
    }
    let destinations = json!([{ "url": URL, "retrySchedule": [60] }]);
    let sources = json!({ "p": source("peeker", &json!({ "destinations": destinations })) });
    let config = Config::read(&environment(&sources));
    assert!(lines(&config)[0].starts_with("warning: SOURCES.p.destinations[0].retrySchedule: "));
    assert!(config.source("p").flatten().unwrap().destination().retry.is_none());
}

/// Fifty destinations, each with a name of its own.
#[test]
fn as_many_destinations_as_there_may_be() {
    let destination = |n| json!({ "name": format!("d{n}"), "url": URL, "signingSecret": false });
    let destinations: Vec<_> = (0..50).map(destination).collect();
    let config = read("peeker", json!({ "destinations": destinations }));
    assert_eq!(only(&config).destinations().count(), 50);
    for n in 0..50 {
        let name = format!("d{n}");
        assert_eq!(only(&config).destination_named(&name).unwrap().name, name);
    }
    let one = json!({ "destinations": { "url": URL, "signingSecret": false } });
    assert_eq!(only(&read("peeker", one)).destination().name, "default");
}

/// Or whoever receives from the gateway could send to it: of all destinations and all secrets.
#[test]
fn no_signing_secret_of_any_destination_is_an_inbound_secret() {
    let destinations = |secrets: Value| {
        json!([
            { "name": "a", "url": URL, "signingSecret": "APP_SIGNING_SECRET" },
            { "name": "b", "url": URL, "signingSecret": false },
            { "name": "c", "url": URL, "signingSecret": secrets },
        ])
    };
    let standard = source("standard-webhooks", &json!({}));
    let inbox = |secrets| {
        inbox_source("peeker", &json!({ "mode": "inbox", "destinations": destinations(secrets) }))
    };
    for secrets in [
        json!("STANDARD_SECRET"),
        json!(["STANDARD_SECRET"]),
        json!(["APP_SIGNING_SECRET", "STANDARD_SECRET"]),
        json!(["STANDARD_SECRET", "APP_SIGNING_SECRET"]),
    ] {
        // Whichever of the two is read first.
        for (signing, inbound) in [("z", "a"), ("a", "z")] {
            let sources = json!({ signing: inbox(secrets.clone()), inbound: standard });
            let config = Config::read(&bound(environment(&sources)));
            let [mistake] = config.mistakes() else { panic!("{:?}", config.mistakes()) };
            assert_eq!(mistake.path, "SOURCES.z.destinations", "{secrets}");
            assert!(config.source("z").unwrap().is_none());
        }
    }
    let sources = json!({ "z": inbox(json!("APP_SIGNING_SECRET")), "a": standard });
    assert_eq!(lines(&Config::read(&bound(environment(&sources)))), [""; 0]);
}

/// Modes, and where each source's events go.
#[test]
fn the_log_names_the_mode_and_every_destinations_host() {
    let destinations = json!([
        { "name": "a", "url": "https://one.example.com/secret/path", "signingSecret": false },
        { "name": "b", "url": "https://two.example.com:8443/?token=x", "signingSecret": false },
    ]);
    let config = read("boateros", json!({ "destinations": destinations }));
    let log: Value = serde_json::from_str(&config.to_log()).unwrap();
    let expected = json!([{
        "name": "p",
        "scheme": "boateros",
        "mode": "inbox",
        "destinations": ["one.example.com", "two.example.com:8443"],
        "ready": true,
    }]);
    assert_eq!(log["sources"], expected);
}

/// What a source or a destination may have is what the documentation has a row for.
#[test]
fn every_setting_is_documented() {
    let documentation = include_str!("../../docs/configuration.md");
    let destinations = json!([{ "url": URL, "signingSecret": false, "colour": "red" }]);
    let config = read("peeker", json!({ "colour": "red", "destinations": destinations }));
    let mut settings = 0;
    for line in lines(&config) {
        let (_, names) = line.split_once("; known are ").unwrap();
        for name in names.split(", ") {
            assert!(documentation.contains(&format!("\n| `{name}` | ")), "{name}");
            settings += 1;
        }
    }
    assert_eq!(settings, 18 + 6);
}

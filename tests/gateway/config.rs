//! A configuration that is right, and what may stand where.

use std::time::Duration;

use countersign::UnixTime;
use countersign::gateway::{Config, Severity};
use serde_json::{Value, json};

use crate::relay::{
    Environment, NOW, PEEKER_SECRET, Relay, Request, environment, one_of_each, source,
};

fn read(sources: &Value) -> Config {
    Config::read(&environment(sources))
}

fn lines(config: &Config) -> Vec<String> {
    config.mistakes().iter().map(ToString::to_string).collect()
}

fn ready(config: &Config) -> Vec<&str> {
    config.sources().filter(|(_, source)| source.is_some()).map(|(name, _)| name).collect()
}

/// The example of the documentation, with every setting that there is.
#[test]
fn the_whole_example() {
    let mut environment = environment(&json!({
        "peeker": {
            "scheme": "peeker",
            "mode": "relay",
            "secrets": [
                "PEEKER_SECRET",
                { "binding": "PEEKER_SECRET_OLD", "notAfter": "2026-12-01T00:00:00Z" },
            ],
            "maxBodyBytes": 1_048_576,
            "destinations": [{
                "name": "app",
                "url": "https://app.example.com/webhooks/peeker",
                "events": ["order.*", "*.action_required"],
                "timeoutSeconds": 8,
                "signingSecret": "APP_SIGNING_SECRET",
            }],
        },
        "boateros": {
            "scheme": "boateros",
            "mode": "relay",
            "secrets": [{
                "binding": "BOATEROS_SECRET",
                "id": "2026",
                "notBefore": "2025-01-01T00:00:00+01:00",
                "notAfter": "2027-01-01T00:00:00Z",
            }],
            "toleranceSeconds": 120,
            "allowWeakSecret": true,
            "timestamp": { "zone": "none", "fractionDigits": 3 },
            "dedupe": { "id": "/id" },
            "dedupeWindowSeconds": 3600,
            "replays": "deliver",
            "replayAfterSeconds": 241,
            "destinations": [{ "url": "https://app.example.com/webhooks/boateros" }],
        },
    }));
    environment.insert("PEEKER_SECRET_OLD".into(), "the secret of last week".into());
    let config = Config::read(&environment);
    assert_eq!(lines(&config), [""; 0]);
    assert!(!config.explain());

    let peeker = config.source("peeker").flatten().unwrap();
    assert_eq!((peeker.name(), peeker.max_body_bytes()), ("peeker", 1 << 20));
    assert_eq!(peeker.verifier().scheme().name, "peeker");
    let ids: Vec<_> = peeker.verifier().keyring().keys().iter().map(|key| key.id()).collect();
    assert_eq!(ids, ["PEEKER_SECRET", "PEEKER_SECRET_OLD"]);
    let app = peeker.destination();
    assert_eq!(app.name, "app");
    assert_eq!(app.url.as_str(), "https://app.example.com/webhooks/peeker");
    assert_eq!(app.timeout, Duration::from_secs(8));
    assert_eq!(app.signing_secrets.len(), 1);

    let boateros = config.source("boateros").flatten().unwrap();
    assert_eq!(boateros.destination().name, "default");
    assert_eq!(boateros.destination().timeout, Duration::from_secs(8), "10 s less 2 s");
    assert!(boateros.destination().signing_secrets.is_empty());
    let ring = boateros.verifier().keyring();
    assert_eq!(ring.keys()[0].id(), "2026");
    let start = UnixTime::parse_rfc3339("2024-12-31T23:00:00Z").unwrap();
    assert!(ring.is_active(start));
    assert!(!ring.is_active(UnixTime::from_millis(start.as_millis() - 1)));
    assert!(!ring.is_active(UnixTime::parse_rfc3339("2027-01-01T00:00:00Z").unwrap()));
}

/// What is left out, is what the scheme says.
#[test]
fn defaults() {
    let config = read(&one_of_each());
    assert_eq!(lines(&config), [""; 0]);
    for (name, timeout) in [("peeker", 13), ("boateros", 8), ("standard", 13)] {
        let source = config.source(name).flatten().unwrap();
        assert_eq!(source.max_body_bytes(), 1 << 20);
        assert_eq!(source.destination().timeout, Duration::from_secs(timeout), "{name}");
    }
}

/// The provider's deadline comes before the destination's own.
#[test]
fn the_smaller_timeout_wins() {
    for (seconds, expected) in [(1, 1), (7, 7), (8, 8), (9, 8), (300, 8)] {
        let destination = json!([{ "url": "https://a.example.com", "timeoutSeconds": seconds }]);
        let config =
            read(&json!({ "b": source("boateros", &json!({ "destinations": destination })) }));
        let source = config.source("b").flatten().unwrap();
        assert_eq!(source.destination().timeout, Duration::from_secs(expected), "{seconds}");
    }
}

/// A value alone counts as a list of one, where a list of texts is meant.
#[test]
fn one_secret_and_one_pattern_need_no_list() {
    let destination = json!([{ "url": "https://a.example.com", "events": "order.*" }]);
    let settings = json!({ "secrets": "PEEKER_SECRET", "destinations": destination });
    let config = read(&json!({ "p": source("peeker", &settings) }));
    assert_eq!(lines(&config), [""; 0]);
    assert_eq!(ready(&config), ["p"]);
}

#[test]
fn sources_may_stand_in_variables_of_their_own() {
    let mut environment = environment(&json!({ "peeker": source("peeker", &json!({})) }));
    let boateros = source("boateros", &json!({})).to_string();
    environment.insert("SOURCE_MY_APP_2".into(), boateros);
    let config = Config::read(&environment);
    assert_eq!(lines(&config), [""; 0]);
    assert_eq!(ready(&config), ["peeker", "my-app-2"]);

    environment.remove("SOURCES");
    assert_eq!(ready(&Config::read(&environment)), ["my-app-2"]);
    environment.insert("SOURCES".into(), " \n".into());
    assert_eq!(ready(&Config::read(&environment)), ["my-app-2"]);
}

/// The dashboard, `.dev.vars` and `--var` give texts, with white space as one likes it.
#[test]
fn sources_may_be_text_with_white_space() {
    let mut environment = environment(&json!({}));
    let text = serde_json::to_string_pretty(&one_of_each()).unwrap();
    environment.insert("SOURCES".into(), format!("\n\t{text}\r\n"));
    let config = Config::read(&environment);
    assert_eq!(lines(&config), [""; 0]);
    assert_eq!(ready(&config), ["boateros", "peeker", "standard"]);
}

#[test]
fn a_source_at_fault_touches_no_other() {
    let mut sources = one_of_each();
    sources["peeker"]["maxBodyBytes"] = json!("lots");
    let mut relay = Relay::new(&environment(&sources));
    assert_eq!(ready(&relay.config), ["boateros", "standard"]);
    assert!(relay.config.source("peeker").unwrap().is_none());
    assert!(relay.config.source("other").is_none());
    for (name, status) in [("peeker", 503), ("boateros", 200), ("standard", 200)] {
        let request = Request::signed(name, "evt_1", NOW, b"{}");
        assert_eq!(relay.serve(&request, NOW, crate::relay::OK).status, status, "{name}");
    }
}

/// The state between registering the URL and being shown the secret.
#[test]
fn a_secret_that_is_not_there_yet() {
    let mut environment = environment(&one_of_each());
    environment.remove("PEEKER_SECRET");
    let config = Config::read(&environment);
    assert_eq!(
        lines(&config),
        ["SOURCES.peeker.secrets[0]: the secret PEEKER_SECRET is not set; \
          npx wrangler secret put PEEKER_SECRET"]
    );
    assert_eq!(ready(&config), ["boateros", "standard"]);
}

/// A request for one could be used for the other.
#[test]
fn of_two_sources_with_one_secret_the_later_is_refused() {
    let later = |name: &str, settings: &Value| {
        let mut environment = environment(&json!({ "first": source("peeker", &json!({})) }));
        environment.insert("COPY".into(), PEEKER_SECRET.into());
        environment.insert("SOURCE_LATER".into(), source(name, settings).to_string());
        let config = Config::read(&environment);
        (ready(&config).join(" "), lines(&config).join("\n"))
    };
    let shared = "SOURCE_LATER.secrets: shares a secret with the source first; take one secret \
                  for each, or a request for one could be used for the other";
    assert_eq!(later("peeker", &json!({})), ("first".into(), shared.into()));
    assert_eq!(later("peeker", &json!({ "secrets": "COPY" })), ("first".into(), shared.into()));
    let second_key = json!({ "secrets": ["BOATEROS_SECRET", "COPY"] });
    assert_eq!(later("boateros", &second_key), ("first".into(), shared.into()));
    assert_eq!(later("boateros", &json!({})), ("first later".into(), String::new()));
}

/// Nobody knows which of the two is meant.
#[test]
fn two_sources_with_one_name_serve_neither() {
    let twice = format!(
        r#"{{ "p": {}, "p": {}, "b": {} }}"#,
        source("peeker", &json!({})),
        source("standard-webhooks", &json!({})),
        source("boateros", &json!({})),
    );
    let mut environment = environment(&json!({}));
    environment.insert("SOURCES".into(), twice);
    let config = Config::read(&environment);
    assert_eq!(lines(&config), ["SOURCES.p: the source p is configured twice"]);
    assert_eq!(ready(&config), ["b"]);
    assert!(config.source("p").unwrap().is_none());

    environment
        .insert("SOURCES".into(), json!({ "a-b": source("peeker", &json!({})) }).to_string());
    environment.insert("SOURCE_A_B".into(), source("boateros", &json!({})).to_string());
    let config = Config::read(&environment);
    assert_eq!(lines(&config), ["SOURCE_A_B: the source a-b is configured twice"]);
    assert_eq!(ready(&config), [""; 0]);
}

#[test]
fn switches() {
    let with = |name: &str, text: &str| {
        let mut environment: Environment = environment(&one_of_each());
        environment.insert(name.into(), text.into());
        let config = Config::read(&environment);
        assert!(config.mistakes().iter().all(|mistake| mistake.severity == Severity::Warning));
        assert_eq!(ready(&config).len(), 3);
        (config.explain(), lines(&config).join("\n"))
    };
    let on = |name: &str| {
        format!(
            "warning: {name}: is on; this is for development only: take it out, or put it into .dev.vars"
        )
    };
    let odd = |name: &str| {
        format!("warning: {name}: must be \"true\" or \"false\"; it is taken as false")
    };
    assert_eq!(with("EXPLAIN", "true"), (true, on("EXPLAIN")));
    let insecure = "ALLOW_INSECURE_DESTINATIONS";
    assert_eq!(with(insecure, "true"), (false, on(insecure)));
    for name in ["EXPLAIN", insecure] {
        for text in ["", "false"] {
            assert_eq!(with(name, text), (false, String::new()));
        }
        for text in ["TRUE", "1", "yes", "true ", "\"true\""] {
            assert_eq!(with(name, text), (false, odd(name)), "{text}");
        }
    }
}

/// Its sources would be missed without a word.
#[test]
fn a_table_in_a_variable_that_is_nearly_one_for_sources() {
    let with = |name: &str, text: &str| {
        let mut environment: Environment = environment(&one_of_each());
        environment.insert(name.into(), text.into());
        Config::read(&environment)
    };
    for name in ["SOURCE", "SOURCES_PEEKER", "SOURCE-PEEKER", "Sources", "source_peeker"] {
        let config = with(name, &one_of_each().to_string());
        let what = "is no setting; sources stand in SOURCES, or each in a SOURCE_<NAME>";
        assert_eq!(lines(&config), [format!("{name}: {what}")]);
        assert_eq!(ready(&config).len(), 3);
        assert!(config.is_incomplete(), "who asks for a source that may be in there gets 503");
        assert_eq!(lines(&with(name, "a secret")), [""; 0], "{name}");
    }
    assert_eq!(lines(&with("RESOURCES", "{}")), [""; 0]);
}

/// `wrangler dev` takes more than can be deployed.
#[test]
fn a_variable_over_5_kb_is_warned_about() {
    for (variable, length, expected) in [
        ("SOURCES", 5120, None),
        ("SOURCES", 5121, Some("SOURCES")),
        ("SOURCE_OTHER", 5120, None),
        ("SOURCE_OTHER", 5121, Some("SOURCE_OTHER")),
        ("A_SECRET", 6000, None),
    ] {
        let mut environment: Environment = environment(&one_of_each());
        let text = match variable {
            "SOURCES" => one_of_each().to_string(),
            _ => source("peeker", &json!({ "secrets": ["OTHER_SECRET"] })).to_string(),
        };
        environment.insert("OTHER_SECRET".into(), "another secret of Peeker's".into());
        environment.insert(variable.into(), format!("{text:<length$}"));
        let config = Config::read(&environment);
        let said: Vec<_> = config.mistakes().iter().map(|it| it.path.as_str()).collect();
        assert_eq!(said, expected.into_iter().collect::<Vec<_>>(), "{variable} {length}");
        assert!(config.sources().all(|(_, source)| source.is_some()));
        let what = "has 5121 bytes, and Cloudflare takes 5120 of a variable";
        assert!(lines(&config).iter().all(|line| line.contains(what)), "{:?}", lines(&config));
    }
}

/// Where development may send events, and production may not.
#[test]
fn insecure_destinations_need_the_switch() {
    for url in ["http://127.0.0.1:8788/in", "http://localhost:8788/in", "https://10.0.0.1/in"] {
        let destination = json!({ "destinations": [{ "url": url }] });
        let mut environment = environment(&json!({ "p": source("peeker", &destination) }));
        assert_eq!(ready(&Config::read(&environment)), [""; 0], "{url}");
        environment.insert("ALLOW_INSECURE_DESTINATIONS".into(), "true".into());
        assert_eq!(ready(&Config::read(&environment)), ["p"], "{url}");
    }
}

#[test]
fn without_a_store_there_is_a_warning_if_one_is_needed() {
    let warning = "warning: SEEN: no KV namespace is bound under this name, so that duplicates are \
                   not recognised; add [[kv_namespaces]] to wrangler.toml";
    for (dedupe, expected) in [(json!(true), warning), (json!(false), "")] {
        let settings = json!({ "dedupe": dedupe });
        let mut environment = environment(&json!({ "p": source("peeker", &settings) }));
        environment.remove("SEEN");
        let config = Config::read(&environment);
        assert_eq!(lines(&config).join("\n"), expected);
        assert_eq!(ready(&config), ["p"]);
    }
}

/// The log says at an isolate's first request what is configured and what is wrong.
#[test]
fn the_configuration_is_logged() {
    let config = read(&one_of_each());
    assert_eq!(config.log_level(), "info");
    let source = |name, scheme| -> Value {
        let destinations = ["app.example.com"];
        json!({
            "name": name, "scheme": scheme, "mode": "relay", "destinations": destinations,
            "ready": true,
        })
    };
    let sources = json!([
        source("boateros", "boateros"),
        source("peeker", "peeker"),
        source("standard", "standard-webhooks"),
    ]);
    let log: Value = serde_json::from_str(&config.to_log()).unwrap();
    let expected = json!({
        "level": "info", "message": "configuration", "sources": sources, "mistakes": [],
    });
    assert_eq!(log, expected);

    let config = read(&json!({ "p": crate::relay::source("peeker", &json!({ "mode": "x" })) }));
    assert_eq!(config.log_level(), "error");
    let message = r#""must be \"relay\" or \"inbox\"""#;
    let mistake = format!(r#"{{"path":"SOURCES.p.mode","message":{message},"severity":"error"}}"#);
    let sources = r#"[{"name":"p","ready":false}]"#;
    let expected = r#"{"level":"error","message":"configuration","sources":"#.to_owned()
        + &format!(r#"{sources},"mistakes":[{mistake}]}}"#);
    assert_eq!(config.to_log(), expected);

    let events = json!({ "destinations": [{ "url": "https://a.b", "events": "order.created" }] });
    let config = read(&json!({ "p": crate::relay::source("peeker", &events) }));
    assert_eq!(config.log_level(), "warn");
    assert_eq!(ready(&config), ["p"]);
}

/// A value that can't be read at all stands in the way of its own source only.
#[test]
fn an_unreadable_source_leaves_the_others_alone() {
    let good = source("boateros", &json!({}));
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for value in [r#"{"toleranceSeconds":1e999}"#, r#"{"mode":"\ud800"}"#, &deep] {
        let mut environment = environment(&json!({}));
        environment.insert("SOURCES".into(), format!(r#"{{"a":{value},"b":{good}}}"#));
        let config = Config::read(&environment);
        assert_eq!(ready(&config), ["b"], "{value}");
        assert!(config.source("a").is_some_and(|source| source.is_none()));
        let [mistake] = config.mistakes() else { panic!("{:?}", config.mistakes()) };
        assert!(mistake.path == "SOURCES.a" && mistake.message.contains("can't be read"));
    }
}

/// What means nothing without dedupe is not judged, but warned about.
#[test]
fn dedupe_off_needs_no_replay_settings() {
    let off = json!({ "dedupe": false, "toleranceSeconds": 86_400 });
    let config = read(&json!({ "boateros": source("boateros", &off) }));
    assert_eq!((ready(&config), lines(&config)), (vec!["boateros"], vec![]));

    let off = json!({ "dedupe": false, "replayAfterSeconds": 1 });
    let config = read(&json!({ "boateros": source("boateros", &off) }));
    let expected =
        "warning: SOURCES.boateros.replayAfterSeconds: has no effect, because dedupe is off";
    assert_eq!((ready(&config), lines(&config)), (vec!["boateros"], vec![expected.to_owned()]));
}

/// Or whoever receives from the gateway could send to it.
#[test]
fn a_signing_secret_is_nobodys_inbound_secret() {
    let url = "https://app.example.com/in";
    let signing = json!({ "destinations": [{ "url": url, "signingSecret": "STANDARD_SECRET" }] });
    let own = json!({ "own": source("standard-webhooks", &signing) });
    let others = json!({
        "a": source("standard-webhooks", &json!({})),
        "b": source("peeker", &signing),
    });
    for (sources, refused) in [(own, "own"), (others, "b")] {
        let config = read(&sources);
        assert!(!ready(&config).contains(&refused));
        let [mistake] = config.mistakes() else { panic!("{:?}", config.mistakes()) };
        assert_eq!(mistake.path, format!("SOURCES.{refused}.destinations"));
    }
}

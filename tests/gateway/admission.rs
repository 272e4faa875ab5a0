//! Who is let in: path, method, source, encoding, length, in this order.

use countersign::gateway::{Admission, Config, Head, Refusal, Reply, admit};
use countersign::{Key, Keyring, UnixTime};
use serde_json::{Value, json};

use crate::inbox_settings::bound;
use crate::relay::{Environment, NOW, OK, Relay, Request, after, environment, one_of_each, source};

/// A good request, and one thing after another that is wrong with it, the first to be judged
/// first. Each answer is the one that the first of them gets.
#[test]
fn the_order_in_which_a_request_is_judged() {
    let mut sources = one_of_each();
    sources["peeker"]["maxBodyBytes"] = json!(10);
    let good = environment(&sources);
    let mut broken = good.clone();
    broken.remove("PEEKER_SECRET");

    let mut request = Request::signed("peeker", "evt_1", NOW, b"{}");
    assert_eq!(answer(&good, &request), (200, "delivered".into()));
    request.body = b"{} ".to_vec();
    assert_eq!(answer(&good, &request), (401, "signature_mismatch".into()));
    request.body = b"more than ten bytes".to_vec();
    assert_eq!(answer(&good, &request), (413, "too_large".into()));
    request.headers[0].1 = b"soon".to_vec();
    assert_eq!(answer(&good, &request), (401, "malformed_header".into()), "before the body");
    request = request.with("content-length", "11");
    assert_eq!(answer(&good, &request), (413, "too_large".into()), "before the headers");
    request = request.with("content-encoding", "gzip");
    assert_eq!(answer(&good, &request), (415, "unsupported_encoding".into()));
    assert_eq!(answer(&broken, &request), (503, "misconfigured".into()));
    request.method = "PUT".into();
    assert_eq!(answer(&broken, &request), (405, "method_not_allowed".into()));
    request.url.push('x');
    assert_eq!(answer(&broken, &request), (404, "not_found".into()));
}

/// Status and reason.
fn answer(environment: &Environment, request: &Request) -> (u16, String) {
    let mut relay = Relay::new(environment);
    let reply = relay.serve(request, NOW, OK);
    let log: Value = serde_json::from_str(&relay.log).unwrap();
    assert_eq!(log["status"], reply.status);
    let reason = log.get("reason").unwrap_or_else(|| &log["outcome"]);
    (reply.status, reason.as_str().unwrap().to_owned())
}

fn get(relay: &mut Relay, method: &str, path: &str, now: UnixTime) -> Reply {
    let url = format!("https://hooks.example.com{path}");
    let request = Request { method: method.into(), url, headers: Vec::new(), body: Vec::new() };
    relay.serve(&request, now, OK)
}

#[test]
fn health() {
    let healthy = &mut Relay::new(&environment(&one_of_each()));
    for (method, status) in
        [("GET", 200), ("HEAD", 200), ("POST", 405), ("OPTIONS", 405), ("get", 405)]
    {
        let reply = get(healthy, method, "/healthz", NOW);
        assert_eq!(reply.status, status, "{method}");
        assert_eq!(reply.allow, (status == 405).then_some("GET, HEAD"));
    }
    let reply = get(healthy, "GET", "/healthz?verbose", NOW);
    assert_eq!(reply.content, ("text/plain", "ok".to_owned()));

    let mut broken = one_of_each();
    broken["peeker"]["mode"] = json!("?");
    let reply = get(&mut Relay::new(&environment(&broken)), "GET", "/healthz", NOW);
    assert_eq!((reply.status, reply.content), (503, ("text/plain", "misconfigured".to_owned())));
    let reply = get(&mut Relay::new(&environment(&json!({}))), "GET", "/healthz", NOW);
    assert_eq!(reply.status, 503, "no source at all");
}

/// The sources that should be there can't serve.
#[test]
fn a_gateway_whose_sources_cannot_be_read_is_not_healthy() {
    let mut environment = environment(&json!({}));
    environment.insert("SOURCE_PEEKER".into(), source("peeker", &json!({})).to_string());
    environment.insert("SOURCES".into(), "{ \"boateros\": ".into());
    let mut relay = Relay::new(&environment);
    assert!(relay.config.source("peeker").flatten().is_some());
    assert_eq!(get(&mut relay, "GET", "/healthz", NOW).status, 503);
}

/// Before its keys are valid, and after, a source is as good as misconfigured.
#[test]
fn a_source_without_a_valid_key_asks_the_provider_to_come_again() {
    let key = json!({
        "binding": "PEEKER_SECRET",
        "notBefore": "2025-11-21T15:00:00Z",
        "notAfter": "2025-11-21T17:00:00Z",
    });
    let sources = json!({ "peeker": source("peeker", &json!({ "secrets": [key] })) });
    let mut relay = Relay::new(&environment(&sources));
    for (secs, status) in [(-3601, 503), (-3600, 200), (3599, 200), (3600, 503)] {
        let now = after(secs);
        let request = Request::signed("peeker", &format!("evt{secs}"), now, b"{}");
        let reply = relay.serve(&request, now, OK);
        assert_eq!(reply.status, status, "{secs}");
        assert_eq!(reply.retry_after, (status == 503).then_some(60));
        assert_eq!(get(&mut relay, "GET", "/healthz", now).status, status);
    }
}

/// The last key may run out while the body arrives; that too is no fault of the sender's.
#[test]
fn a_key_that_runs_out_meanwhile_is_no_reason_to_say_unauthorized() {
    let request = Request::signed("peeker", "evt_1", NOW, b"{}");
    let relay = Relay::new(&environment(&one_of_each()));
    let scheme = relay.config.source("peeker").flatten().unwrap().verifier().scheme();
    let secret = countersign::Secret::parse(
        crate::relay::PEEKER_SECRET,
        scheme.secret,
        countersign::Strength::Required,
    );
    let key = Key::new("key-1", secret.unwrap()).not_after(after(5));
    let verifier = countersign::Verifier::new(scheme, Keyring::new(vec![key]).unwrap());
    let prepared = verifier.prepare(&request.headers, NOW).unwrap();
    let mut hash = prepared.body_hash();
    hash.update(&request.body);
    let error = prepared.finish_with_digests(&hash.finish(), &request.body, after(5)).unwrap_err();
    let reply = Reply::refused(&error.into(), false);
    assert_eq!((reply.status, reply.retry_after), (503, Some(60)));
}

/// An event that came back would go round and round.
#[test]
fn the_gateway_is_no_destination() {
    for (url, host, status) in [
        ("https://hooks.example.com/hooks/peeker", "hooks.example.com", 503),
        ("https://HOOKS.example.com/hooks/other", "hooks.example.com", 503),
        ("https://hooks.example.com/hooks/peeker?again", "hooks.example.com", 503),
        ("https://hooks.example.com:443/hooks/peeker", "hooks.example.com", 503),
        ("https://hooks.example.com/x/../hooks/peeker", "hooks.example.com", 503),
        ("https://hooks.example.com/./hooks/peeker", "hooks.example.com", 503),
        ("https://hooks.example.com/x/%2e%2E/hooks/peeker", "hooks.example.com", 503),
        ("https://hooks.example.com:8443/hooks/peeker", "hooks.example.com:8443", 503),
        ("https://hooks.example.com:8443/hooks/peeker", "hooks.example.com", 200),
        ("https://hooks.example.com/app", "hooks.example.com", 200),
        ("https://app.example.com/hooks/peeker", "hooks.example.com", 200),
    ] {
        let settings = json!({ "destinations": [{ "url": url }] });
        let sources = json!({ "peeker": source("peeker", &settings) });
        let mut relay = Relay::new(&environment(&sources));
        let mut request = Request::signed("peeker", "evt_1", NOW, b"{}");
        request.url = format!("https://{host}/hooks/peeker");
        let is_ready = relay.config.source("peeker").flatten().is_some();
        let reply = relay.serve(&request, NOW, OK);
        assert_eq!(reply.status, status, "{url}");
        if is_ready && status == 503 {
            assert!(relay.log.contains("destination_is_gateway"), "{}", relay.log);
        }
    }
}

/// Nor may it be one of several.
#[test]
fn the_gateway_is_no_destination_of_an_inbox() {
    let destination =
        |name: &str, url: &str| json!({ "name": name, "url": url, "signingSecret": false });
    let app = || destination("app", "https://app.example.com/in");
    let own = || destination("own", "https://hooks.example.com/hooks/peeker");
    for (destinations, is_refused) in
        [(json!([own(), app()]), true), (json!([app(), own()]), true), (json!([app()]), false)]
    {
        let settings = json!({ "mode": "inbox", "destinations": destinations });
        let sources = json!({ "peeker": source("peeker", &settings) });
        let config = Config::read(&bound(environment(&sources)));
        let url = "https://hooks.example.com/hooks/peeker";
        let head = Head { method: "POST", url, content_encoding: None, content_length: None };
        match admit(&config, &head, NOW) {
            Admission::Hook(source) => assert!(!is_refused && source.name() == "peeker"),
            Admission::Refused { refusal, .. } => {
                assert!(is_refused && refusal == Refusal::DestinationIsGateway, "{refusal:?}");
            }
            Admission::Health { .. } => panic!("nobody asked"),
        }
    }
}

/// Of the configuration nothing depends on the order in which requests come.
#[test]
fn reading_the_configuration_twice_gives_the_same() {
    let environment = environment(&one_of_each());
    assert_eq!(Config::read(&environment).to_log(), Config::read(&environment).to_log());
}

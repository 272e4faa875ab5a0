//! Which events a destination wants. A filter may never lose a genuine event.

use serde_json::{Value, json};

use crate::relay::{NOW, OK, Relay, Request, environment, source};

fn relay(scheme: &str, events: &Value) -> Relay {
    let destinations = json!([{ "url": "https://app.example.com/in", "events": events }]);
    let settings = json!({ "destinations": destinations });
    Relay::new(&environment(&json!({ scheme: source(scheme, &settings) })))
}

/// Whether an event with this body, and this type in the header, arrives.
fn arrives(relay: &mut Relay, name: &str, body: &str, header: Option<&str>) -> bool {
    let mut request = Request::signed(name, "evt_1", NOW, body.as_bytes());
    if let Some(header) = header {
        request = request.with("Boateros-Event", header);
    }
    let before = relay.sent.len();
    let reply = relay.serve(&request, NOW, OK);
    assert_eq!(reply.status, 200);
    let is_filtered = reply.content.1.starts_with(r#"{"status":"filtered","id":""#);
    assert_eq!(is_filtered, relay.sent.len() == before, "{}", reply.content.1);
    !is_filtered
}

#[test]
fn unwanted_types_are_answered_and_not_sent() {
    let mut relay = relay("peeker", &json!(["order.*", "*.action_required"]));
    for (body, expected) in [
        (r#"{"type":"order.completed"}"#, true),
        (r#"{"type":"order.completed.late"}"#, true),
        (r#"{"type":"swap.action_required"}"#, true),
        (r#"{"event":"order.failed"}"#, true),
        (r#"{"type":"swap.created"}"#, false),
        (r#"{"type":"orders.completed"}"#, false),
        (r#"{"event":"domain.connected"}"#, false),
        (r#"{"type":"swap.created","event":"order.failed"}"#, false),
    ] {
        relay.store.clear();
        assert_eq!(arrives(&mut relay, "peeker", body, None), expected, "{body}");
    }
}

#[test]
fn an_event_without_a_type_passes_every_filter() {
    let mut relay = relay("peeker", &json!("order.completed"));
    for body in [
        "",
        "{}",
        "not json",
        "[]",
        r#"{"type":"ping"}"#,
        r#"{"type":7}"#,
        r#"{"type":"Order.Failed"}"#,
        r#"{"type":"order.failed","type":"order.failed"}"#,
        r#"{"type":"order.failed"} x"#,
    ] {
        relay.store.clear();
        assert!(arrives(&mut relay, "peeker", body, None), "{body}");
    }
}

/// The header is not signed: it can add to what passes, and take nothing away.
#[test]
fn a_header_cannot_hide_an_event() {
    let mut relay = relay("boateros", &json!("hull.sold"));
    for (body, header, expected) in [
        ("{}", None, true),
        ("{}", Some("hull.sold"), true),
        ("{}", Some("hull.updated"), false),
        ("{}", Some("Hull.Updated"), true),
        ("{}", Some("hull.updated, hull.sold"), true),
        (r#"{"type":"hull.sold"}"#, None, true),
        (r#"{"type":"hull.sold"}"#, Some("hull.updated"), true),
        (r#"{"type":"hull.updated"}"#, Some("hull.sold"), true),
        (r#"{"type":"hull.updated"}"#, Some("lead.created"), false),
        (r#"{"type":"hull.updated"}"#, None, false),
    ] {
        relay.store.clear();
        let actual = arrives(&mut relay, "boateros", body, header);
        assert_eq!(actual, expected, "{body} {header:?}");
    }
}

/// What was not delivered, is not remembered: a filter that is widened lets the next copy through.
#[test]
fn a_copy_of_a_filtered_event_is_filtered() {
    let mut relay = relay("peeker", &json!("order.*"));
    for _ in 0..3 {
        assert!(!arrives(&mut relay, "peeker", r#"{"type":"swap.created"}"#, None));
        assert!(relay.store.is_empty());
    }
}

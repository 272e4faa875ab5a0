//! `docs/runbook.md`: the fields of the delivery line, and what an operator may do by hand.

use std::collections::BTreeSet;

use countersign::gateway::Outcome;
use serde_json::{Value, json};

use crate::markdown::{block, quoted, read, rows, section};
use crate::shard::{DELIVERED, REFUSED, Shard};

fn text_below(heading: &str) -> String {
    section(&read("docs/runbook.md"), heading).to_owned()
}

fn shard() -> Shard {
    let breaker = json!({ "failingSeconds": 600, "attempts": 2, "probeSeconds": 300 });
    Shard::new("peeker", &json!({ "retrySchedule": [60], "breaker": breaker }))
}

/// A lease of what is due, and the line of its end.
fn attempt(shard: &mut Shard, outcome: Outcome) -> Value {
    shard.sleep();
    let lease = shard.lease().expect("nothing is due");
    shard.end(&lease, outcome, "")
}

/// Its breaker opens, lets a probe through, closes, and what waited goes out.
fn lines() -> Vec<Value> {
    let mut shard = shard();
    let body = r#"{"type":"order.completed"}"#;
    shard.accept("evt_1", body);
    let failed = attempt(&mut shard, REFUSED);
    let dead = attempt(&mut shard, REFUSED);
    shard.accept("evt_2", body);
    shard.wait(600);
    let opened = attempt(&mut shard, REFUSED);
    let probe = attempt(&mut shard, Outcome::TimedOut);
    shard.accept("evt_3", body);
    let closed = attempt(&mut shard, DELIVERED);
    vec![failed, dead, opened, probe, closed, attempt(&mut shard, REFUSED)]
}

#[test]
fn the_fields_of_the_delivery_line() {
    let text = text_below("### The delivery line");
    let documented: BTreeSet<String> =
        rows(&text).iter().flat_map(|cells| quoted(cells[0])).map(str::to_owned).collect();
    let lines = lines();
    let fields = lines.iter().flat_map(|line| line.as_object().unwrap().keys().cloned());
    assert_eq!(documented, fields.collect());
}

/// The examples are lines of these runs, but for the times.
#[test]
fn the_examples_of_the_delivery_line() {
    let text = text_below("### The delivery line");
    let shape = |line: &Value| -> Vec<String> {
        let fields = line.as_object().unwrap().iter();
        let is_fixed = |name: &str| !matches!(name, "retryAt" | "deliveryId");
        fields
            .map(
                |(name, value)| {
                    if is_fixed(name) { format!("{name}={value}") } else { name.clone() }
                },
            )
            .collect()
    };
    let lines: Vec<_> = lines().iter().map(shape).collect();
    for example in block(&text, "json").lines() {
        let example = shape(&serde_json::from_str(example).unwrap());
        assert!(lines.contains(&example), "{example:?} is none of {lines:?}");
    }
}

/// The statements of a section, which are told apart by their first word.
fn statement(text: &str, verb: &str) -> String {
    let statements = block(text, "sql").split(";\n");
    let found = statements.map(str::trim).find(|statement| statement.starts_with(verb));
    found.unwrap_or_else(|| panic!("no {verb}")).to_owned()
}

#[test]
fn a_dead_letter_is_found_and_sent_again_by_hand() {
    let text = text_below("## Dead letters");
    let mut shard = shard();
    shard.accept("evt_1", r#"{"type":"order.completed"}"#);
    attempt(&mut shard, REFUSED);
    attempt(&mut shard, REFUSED);
    assert!(shard.lease().is_none());

    let found = shard.query(&statement(&text, "SELECT"));
    assert_eq!(found.len(), 2, "one row for each attempt: {found:?}");
    assert!(found[0].contains(&json!("evt_1")) && found[0].contains(&json!(503)), "{found:?}");

    shard.query(&statement(&text, "UPDATE"));
    let before = shard.now;
    let line = attempt(&mut shard, DELIVERED);
    assert_eq!(shard.now, before, "it is due at once");
    assert_eq!((&line["eventId"], &line["attempt"]), (&json!("evt_1"), &json!(3)));
    shard.query(&statement(&text, "UPDATE"));
    assert!(shard.lease().is_none(), "what was delivered is not sent again");
}

#[test]
fn what_waits_is_counted() {
    let shard = shard();
    shard.accept("evt_1", "{}");
    shard.accept("evt_2", "{}");
    let rows = shard.query(&statement(&text_below("## When a destination is down"), "SELECT"));
    assert_eq!(rows[0][..3], [json!("app"), json!("pending"), json!(2)]);
}

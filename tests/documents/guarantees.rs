//! `docs/guarantees.md`: each row of the crash table names the tests that show it. Some of them are
//! here.

use countersign::gateway::inbox::Acceptance;
use serde_json::json;

use crate::markdown::{files, quoted, read, root, rows, section};
use crate::shard::{DELIVERED, REFUSED, Shard};

/// Where a test is, and its name or part of it.
struct Proof<'t> {
    place: &'t str,
    name: &'t str,
}

/// A cell such as `` `tests/documents`: `one_test`, `another`; `tests/worker/a.test.mjs`: `a title` ``.
fn proofs(cell: &str) -> Vec<Proof<'_>> {
    let group = |group| {
        let mut words = quoted(group).into_iter();
        let place = words.next().unwrap_or_else(|| panic!("no test in `{cell}`"));
        words.map(move |name| Proof { place, name }).collect::<Vec<_>>()
    };
    cell.split("; ").flat_map(group).collect()
}

/// Rust's tests are functions; those of Node have a title, parts of which may vary.
fn exists(proof: &Proof<'_>) -> bool {
    files(&root().join(proof.place)).iter().any(|file| {
        let Ok(text) = std::fs::read_to_string(file) else { return false };
        let is_title = |line: &str| {
            line.split_once("test(").is_some_and(|(_, title)| title.contains(proof.name))
        };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => text.contains(&format!("#[test]\nfn {}()", proof.name)),
            Some("mjs") => text.lines().any(is_title),
            _ => false,
        }
    })
}

#[test]
fn every_row_of_the_crash_table_is_shown_by_tests_that_exist() {
    let text = read("docs/guarantees.md");
    let rows = rows(section(&text, "## When something breaks"));
    assert!(rows.len() >= 20, "the table has {} rows", rows.len());
    let mut missing = Vec::new();
    for (number, row) in (1..).zip(&rows) {
        assert_eq!((row.len(), row[0].to_owned()), (4, number.to_string()), "{row:?}");
        let proofs = proofs(row[3]);
        assert!(!proofs.is_empty(), "row {number} has no proof");
        let gone = proofs.iter().filter(|proof| !exists(proof));
        missing.extend(gone.map(|Proof { place, name }| format!("row {number}: {place}: {name}")));
    }
    assert!(missing.is_empty(), "these tests don't exist:\n{}", missing.join("\n"));
}

/// Its lease has run out and somebody else has it.
#[test]
fn an_attempt_that_reports_too_late_changes_nothing() {
    for late in [DELIVERED, REFUSED] {
        let mut shard = Shard::new("peeker", &json!({}));
        shard.accept("evt_1", "{}");
        let slow = shard.lease().unwrap();
        shard.wait(3600);
        let second = shard.lease().unwrap();
        let before = shard.rows("delivery");
        shard.end(&slow, late, "");
        assert_eq!(shard.rows("delivery"), before);
        shard.end(&second, DELIVERED, "");
        shard.end(&slow, late, "");
        assert_eq!(shard.rows("delivery")[0]["state"], "delivered");
    }
}

/// The id says which delivery it is, whoever makes the attempt.
#[test]
fn all_attempts_have_one_delivery_id_and_a_replay_another() {
    let mut shard = Shard::new("boateros", &json!({ "retrySchedule": [60] }));
    let come = |shard: &Shard| shard.accept("", r#"{"type":"hull.sold"}"#);
    let id = |shard: &Shard| shard.delivery_id(&shard.lease().unwrap());
    come(&shard);
    let first = id(&shard);
    // Whoever had it died.
    shard.wait(3600);
    assert_eq!(id(&shard), first);
    shard.wait(3600);
    assert!(shard.lease().is_none(), "it is dead");

    assert_eq!(come(&shard), Acceptance::Redriven);
    let lease = shard.lease().unwrap();
    assert_eq!(shard.delivery_id(&lease), first);
    shard.end(&lease, DELIVERED, "");
    shard.wait(3600);
    assert!(matches!(come(&shard), Acceptance::Replay { .. }));
    assert_ne!(id(&shard), first);
}

//! Every mistake is named with its line, its path, and what to write.

use countersign::gateway::deployment::check;

use crate::cases::{BASE, cases, written_anew};
use crate::{CANARY, check_text, lines};

#[test]
fn every_mistake_is_named_with_its_line_and_path() {
    let cases = cases();
    let found: Vec<_> = cases.iter().map(|case| lines(&check(&case.folder()))).collect();
    if std::env::var_os("UPDATE_MISTAKES").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deployment/mistakes.txt");
        return std::fs::write(file, written_anew(&found)).unwrap();
    }
    for (case, found) in cases.iter().zip(&found) {
        assert_eq!(found, &case.findings, "{}\n{}", case.title, case.text());
        assert!(!found.is_empty(), "{}: nothing was found", case.title);
    }
    println!("{} mistakes in wrangler.toml", cases.len());
    assert!(cases.len() >= 90);
}

/// The cases differ from it in one thing each.
#[test]
fn nothing_is_wrong_with_the_base() {
    assert_eq!(lines(&check_text(BASE)), [""; 0]);
}

#[test]
fn no_value_is_shown() {
    for case in cases() {
        let report = check(&case.folder());
        let shown = format!("{report:?}{}", serde_json::to_string(&report).unwrap());
        assert!(!shown.contains(CANARY), "{}: {shown}", case.title);
    }
}

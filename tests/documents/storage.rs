//! `docs/storage.md` and the tables that a new shard has.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::markdown::{block, quoted, read, rows, section};
use crate::shard::{Columns, DELIVERED, REFUSED, Shard};

const DOCUMENT: &str = "docs/storage.md";

/// A table as it is documented.
struct Table {
    name: String,
    key: Vec<String>,
    columns: Vec<String>,
    example: Columns,
}

/// Each has a heading of its own, such as `### event`; a line `Key: …`, a row for each column, an
/// example.
fn documented() -> Vec<Table> {
    let text = read(DOCUMENT);
    let tables = section(&text, "## Tables");
    let headings = tables.lines().filter(|line| line.starts_with("### "));
    headings.map(|heading| table(heading, section(tables, heading))).collect()
}

fn table(heading: &str, text: &str) -> Table {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let key = text.lines().find_map(|line| line.strip_prefix("Key: ")).expect(heading);
    let key = key.split('.').next().unwrap();
    Table {
        name: heading.trim_start_matches("### ").to_owned(),
        key: owned(quoted(key)),
        columns: rows(text).iter().flat_map(|cells| owned(quoted(cells[0]))).collect(),
        example: serde_json::from_str(block(text, "json")).expect(heading),
    }
}

fn texts(rows: Vec<Vec<Value>>) -> Vec<String> {
    rows.iter().map(|row| row[0].as_str().unwrap().to_owned()).collect()
}

fn shard() -> Shard {
    Shard::new("peeker", &json!({}))
}

#[test]
fn every_table_is_documented_and_no_other() {
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let documented: BTreeSet<_> = documented().into_iter().map(|table| table.name).collect();
    assert_eq!(Vec::from_iter(documented), texts(shard().query(query)));
}

#[test]
fn every_column_is_documented_in_its_place_and_no_other() {
    let shard = shard();
    for Table { name, key, columns, .. } in documented() {
        let info = format!("SELECT name FROM pragma_table_info('{name}')");
        assert_eq!(columns, texts(shard.query(&info)), "{name}");
        let actual = texts(shard.query(&format!("{info} WHERE pk > 0 ORDER BY pk")));
        assert_eq!(key, actual, "the key of {name}");
    }
}

#[test]
fn every_index_is_documented() {
    let text = read(DOCUMENT);
    let query = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    let indexes = texts(shard().query(query));
    assert!(!indexes.is_empty());
    for index in indexes {
        assert!(text.contains(&format!("`{index}`")), "{index}");
    }
}

/// An order that the destination takes at the second attempt, and what is then in the tables.
#[test]
fn the_examples_are_what_is_stored() {
    let mut shard = shard();
    let body = r#"{"type":"order.completed","data":{"id":"ord_7","status":"completed"}}"#;
    shard.accept("evt_01HZX3V9K2", body);
    let first = shard.lease().unwrap();
    shard.end(&first, REFUSED, "busy");
    let breaker = shard.rows("destination");
    shard.sleep();
    let second = shard.lease().unwrap();
    shard.end(&second, DELIVERED, "");

    let mut wrong = Vec::new();
    for Table { name, example, .. } in documented() {
        let stored = if name == "destination" { breaker.clone() } else { shard.rows(&name) };
        let row = stored.first().unwrap_or_else(|| panic!("there is nothing in {name}"));
        if parsed(row) != parsed(&example) {
            wrong.push(format!("{name}: {}", serde_json::to_string(row).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "these should be the examples:\n{}", wrong.join("\n"));
}

/// Where a text is an object in JSON, the order of its names says nothing.
fn parsed(row: &Columns) -> Columns {
    let inner = |value: &Value| value.as_str().and_then(|text| serde_json::from_str(text).ok());
    let columns = row.iter().map(|(name, value)| (name.clone(), inner(value)));
    columns
        .map(|(name, inner)| (name.clone(), inner.unwrap_or_else(|| row[&name].clone())))
        .collect()
}

#[test]
fn the_number_of_the_schema_is_documented() {
    let version = shard().query("SELECT max(version) FROM schema");
    let text = read(DOCUMENT);
    let versions = rows(section(&text, "## Versions"));
    assert_eq!(versions.last().unwrap()[0], version[0][0].to_string());
}

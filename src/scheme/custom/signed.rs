//! What is signed before the body.
//!
//! It has one reading, because every part ends where its separator stands: a number and an event
//! id contain neither `.` nor `:`, and a date ends with its zone, after which no date goes on.

use super::reader::Reader;
use super::rules::VERSION;
use crate::json;

/// The entries.
pub(super) fn read(reader: &mut Reader<'_>, timestamp: bool, id: bool) -> Vec<String> {
    let path = "signed";
    let Some(elements) = reader.get(path).and_then(json::list) else {
        let message = if reader.has(path) { "must be a list" } else { "is missing" };
        reader.note(path, message);
        return Vec::new();
    };
    let mut entries: Vec<String> = Vec::new();
    for (digit, element) in ('0'..).zip(elements) {
        let entry = json::as_ascii(element).unwrap_or_default();
        if let Some(message) = mistake(&entry, &entries) {
            reader.note(&path_of(digit), message);
            return entries;
        }
        entries.push(entry);
    }
    let has = |part: &str| entries.iter().any(|entry| entry == part);
    let (has_timestamp, has_id) = (has(TIMESTAMP), has(ID));
    for (is_wrong, message) in [
        (ends_with_part(&entries), "must end with \".\" or \":\", because the body follows"),
        (timestamp && !has_timestamp, "must contain \"timestamp\""),
        (!timestamp && has_timestamp, "must not contain \"timestamp\", which is null"),
        (id && !has_id, "must contain \"id\""),
        (!id && has_id, "must not contain \"id\", which is not there"),
    ] {
        reader.refuse_if(is_wrong, path, message);
    }
    entries
}

/// Five entries make the longest list, so there is a mistake before the digits run out.
fn path_of(digit: char) -> String {
    let mut path = "signed[".to_owned();
    path.push(digit);
    path.push(']');
    path
}

/// What is wrong with an entry after these.
fn mistake(entry: &str, before: &[String]) -> Option<&'static str> {
    let follows_part = ends_with_part(before);
    match entry {
        TIMESTAMP | ID if before.iter().any(|other| other == entry) => {
            Some("must not be signed twice")
        }
        TIMESTAMP | ID => follows_part.then_some("must have \".\" or \":\" before it"),
        "." | ":" => (!follows_part).then_some("must stand after \"timestamp\" or \"id\""),
        "body" => Some("must be left out: the body is always last"),
        _ if before.is_empty() && is_lead(entry) => None,
        _ => Some(
            "must be \"timestamp\", \"id\", \".\" or \":\"; \
             only the first may be other text, such as \"v0:\"",
        ),
    }
}

fn ends_with_part(entries: &[String]) -> bool {
    entries.last().is_some_and(|last| is_part(last))
}

fn is_part(entry: &str) -> bool {
    matches!(entry, TIMESTAMP | ID)
}

/// A version and a separator, but not a part that was not parted from its separator.
fn is_lead(text: &str) -> bool {
    let end = text.len().saturating_sub(1);
    text.split_at_checked(end).is_some_and(|(version, separator)| {
        matches!(separator, "." | ":")
            && (VERSION.permits)(version)
            && !is_part(version)
            && version != "body"
    })
}

const TIMESTAMP: &str = "timestamp";
const ID: &str = "id";

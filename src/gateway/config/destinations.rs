//! The destinations of a source.

use std::slice;

use serde_json::Value;

use super::destination::{Context, DEFAULT_NAME, Destination};
use super::fields::{Fields, all, join};
use super::inbox::ModeName;
use super::mistake::Mistakes;
use super::{Environment, Reader, destination};

/// At least one destination, and no two of one name.
#[derive(Debug)]
pub(super) struct Destinations {
    all_but_last: Vec<Destination>,
    last: Destination,
}

impl Destinations {
    pub(super) fn first(&self) -> &Destination {
        self.all_but_last.first().unwrap_or(&self.last)
    }

    /// In the order of the configuration.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Destination> {
        Iter { all_but_last: self.all_but_last.iter(), last: Some(&self.last) }
    }
}

/// What `chain` and `once` would do in more WebAssembly.
struct Iter<'d> {
    all_but_last: slice::Iter<'d, Destination>,
    last: Option<&'d Destination>,
}

impl<'d> Iterator for Iter<'d> {
    type Item = &'d Destination;

    fn next(&mut self) -> Option<Self::Item> {
        self.all_but_last.next().or_else(|| self.last.take())
    }
}

const DESTINATIONS: &str = "destinations";
const MOST: usize = 50;

/// The destinations, if nothing is wrong with any of them.
pub(super) fn read<E: Environment>(
    reader: &Reader<'_, E>,
    fields: &mut Fields<'_>,
    context: Context,
) -> Option<Destinations> {
    let entries = match fields.value(DESTINATIONS) {
        None => Vec::new(),
        Some(_) => fields.list(DESTINATIONS)?,
    };
    judge_count(fields, entries.len(), context.mode)?;
    judge_names(&entries, fields.mistakes);
    let read = |path: &str, value: &Value, mistakes: &mut Mistakes| {
        destination::read(reader, path, value, context, mistakes)
    };
    let mut destinations = all(&entries, fields.mistakes, read)?;
    let last = destinations.pop()?;
    Some(Destinations { all_but_last: destinations, last })
}

/// In relay mode the provider's retry is the durability, and it can answer for one destination
/// only.
fn judge_count(fields: &mut Fields<'_>, count: usize, mode: ModeName) -> Option<()> {
    let most = if mode == ModeName::Relay { 1 } else { MOST };
    if (1..=most).contains(&count) {
        return Some(());
    }
    if mode == ModeName::Relay {
        let message = "relay mode needs exactly one [[…destinations]]; inbox mode takes several";
        fields.error(DESTINATIONS, message);
    } else {
        fields.error(DESTINATIONS, format_args!("there must be 1 to {MOST} [[…destinations]]"));
    }
    None
}

/// A name stands for one destination, in delivery ids and in the inbox.
fn judge_names(entries: &[(String, &Value)], mistakes: &mut Mistakes) {
    let mut names = Vec::new();
    for (path, value) in entries {
        let Some(name) = name(value) else { continue };
        if names.contains(&name) {
            let message = "an earlier destination has this name; each needs a name of its own";
            mistakes.error(&join(path, "name"), message);
        }
        names.push(name);
    }
}

/// What a destination is called, unless it is none, or its name no text.
fn name(destination: &Value) -> Option<&str> {
    destination.as_object()?.get("name").map_or(Some(DEFAULT_NAME), Value::as_str)
}

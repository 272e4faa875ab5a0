//! The destinations of a source.

use serde_json::Value;

use super::destination::{Context, DEFAULT_NAME, Destination};
use super::fields::{Fields, join};
use super::inbox::ModeName;
use super::mistake::Mistakes;
use super::{Environment, Reader, destination};

/// At least one destination, and no two of one name.
#[derive(Debug)]
pub(super) struct Destinations {
    first: Destination,
    others: Vec<Destination>,
}

impl Destinations {
    pub(super) const fn first(&self) -> &Destination {
        &self.first
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Destination> {
        std::iter::once(&self.first).chain(&self.others)
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
    let read = |(path, value): &(String, &Value)| {
        destination::read(reader, path, value, context, fields.mistakes)
    };
    let destinations: Vec<_> = entries.iter().map(read).collect();
    // One that could not be read was noted.
    let destinations: Option<Vec<Destination>> = destinations.into_iter().collect();
    let mut destinations = destinations?.into_iter();
    Some(Destinations { first: destinations.next()?, others: destinations.collect() })
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
        let name = value.get("name").map_or(Some(DEFAULT_NAME), Value::as_str);
        if name.is_some() && names.contains(&name) {
            let message = "an earlier destination has this name; each needs a name of its own";
            mistakes.error(&join(path, "name"), message);
        }
        names.push(name);
    }
}

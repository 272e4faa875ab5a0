//! The account at the end.

use std::collections::BTreeSet;

use super::{Observer, integer, rows, text};
use crate::send::Flight;
use crate::storage::Storage;
use crate::world::World;

use super::Tally;

/// A delivery as it stands in a store.
#[derive(Clone, Debug)]
struct Entry {
    object: String,
    original: usize,
    site: usize,
    state: String,
    due_at: i64,
    finished_at: i64,
}

impl World {
    /// Whether nothing is left to happen: what is open is held.
    pub(crate) fn is_at_rest(&self) -> bool {
        // Who refuses an event for ever is asked for ever.
        let is_in_vain = |flight: &Flight| {
            let original = self.observer.original_with(&flight.body);
            self.scenario.sites[flight.site].is_poisoned_by(original)
        };
        let is_quiet = !self.is_waiting() && self.flights.values().all(is_in_vain);
        is_quiet && self.unrest().is_empty()
    }

    /// What is open and not held.
    pub(crate) fn unrest(&self) -> Vec<String> {
        let entries = self.entries();
        let unheld = entries.iter().filter(|entry| {
            matches!(entry.state.as_str(), "pending" | "leased") && !self.is_held(entry)
        });
        unheld.map(|entry| format!("{entry:?}")).collect()
    }

    /// Its destination is not configured; or it refuses this event for ever, and takes nothing else
    /// from this shard either that would show that it is there.
    fn is_held(&self, entry: &Entry) -> bool {
        let is_poison = self.scenario.sites[entry.site].is_poisoned_by(entry.original);
        self.absent.contains(&entry.site)
            || is_poison && self.observer.is_open(&entry.object, entry.site)
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (name, object) in &self.objects {
            entries.extend(self.observer.entries(name, &object.storage));
        }
        entries
    }

    pub(crate) fn observe_end(&mut self) {
        let entries = self.entries();
        let mut known: BTreeSet<usize> = entries.iter().map(|entry| entry.original).collect();
        known.extend(self.observer.forgotten.iter().map(|(original, ..)| *original));
        known.extend(&self.observer.relayed);
        for original in self.observer.acknowledged.clone() {
            let is_known = known.contains(&original) || self.observer.wanted_by_nobody(original);
            self.observer.expect("what was answered 2xx is never lost", is_known, || {
                format!("event {original}")
            });
        }
        for entry in &entries {
            let is_held = self.is_held(entry);
            self.observer.judge_end(entry, is_held);
        }
        for (name, object) in &self.objects {
            self.observer.judge_bodies(name, &object.storage, &self.bodies);
        }
    }

    pub(crate) fn tally(mut self) -> Tally {
        let faults = self.faults.borrow();
        self.observer.tally.add("steps", faults.steps());
        self.observer.tally.add("faults", faults.struck);
        self.observer.tally.note("runs");
        self.observer.tally.clone()
    }
}

impl Observer {
    fn entries(&self, object: &str, storage: &Storage) -> Vec<Entry> {
        let has_tables = "SELECT 1 FROM sqlite_schema WHERE name = 'layout'";
        if rows(storage, has_tables, &[]).is_empty() {
            return Vec::new();
        }
        let query = "SELECT key, variant, destination, state, due_at, coalesce(finished_at, 0)
                     FROM delivery JOIN event ON seq = event";
        let entry = |row: Vec<_>| {
            Some(Entry {
                object: object.to_owned(),
                original: *self.identities.get(&(text(&row[0]), text(&row[1])))?,
                site: self.site_named(&text(&row[2])),
                state: text(&row[3]),
                due_at: integer(&row[4]),
                finished_at: integer(&row[5]),
            })
        };
        rows(storage, query, &[]).into_iter().filter_map(entry).collect()
    }

    fn judge_end(&mut self, entry: &Entry, is_held: bool) {
        let told = || format!("{entry:?}");
        match entry.state.as_str() {
            "delivered" => {
                self.tally.note("at the end: delivered");
                let is_there = self.arrivals.contains_key(&(entry.original, entry.site));
                self.expect("what is marked as delivered has arrived", is_there, told);
            }
            "dead" => self.tally.note("at the end: dead"),
            _ => {
                self.tally.note("at the end: held");
                self.expect("what is open at the end is held", is_held, told);
            }
        }
    }

    /// All bodies are as they were sent.
    fn judge_bodies(
        &mut self,
        object: &str,
        storage: &Storage,
        bodies: &std::collections::BTreeMap<String, Vec<u8>>,
    ) {
        if self.entries(object, storage).is_empty() {
            return;
        }
        for row in rows(storage, "SELECT key, variant, body, body_at FROM event", &[]) {
            let Some(original) = self.identities.get(&(text(&row[0]), text(&row[1]))).copied()
            else {
                continue;
            };
            use countersign::gateway::inbox::Value;
            let body = match (&row[2], &row[3]) {
                (Value::Blob(body), _) => Some(body),
                (_, Value::Text(key)) => bodies.get(key),
                _ => None,
            };
            let holds = body.is_some_and(|body| **body == *self.originals[original].body);
            self.expect("bytes are equal", holds, || format!("event {original} in {object}"));
        }
    }

    fn wanted_by_nobody(&self, original: usize) -> bool {
        self.filtered.contains(&original)
    }

    /// What is past its retention is about to be forgotten: all of it has to be finished.
    pub(crate) fn note_pruning(&mut self, object: &str, storage: &Storage) {
        let has_tables = "SELECT 1 FROM sqlite_schema WHERE name = 'layout'";
        if rows(storage, has_tables, &[]).is_empty() {
            return;
        }
        let old = "SELECT 1 FROM delivery WHERE state IN ('delivered', 'dead') AND due_at <= ?";
        if rows(storage, old, &[self.wall.into()]).is_empty() {
            return;
        }
        for entry in self.entries(object, storage) {
            let is_finished = matches!(entry.state.as_str(), "delivered" | "dead");
            if is_finished && entry.due_at <= self.wall {
                let is_old = entry.finished_at + self.settings.retention() <= self.wall;
                let told = || format!("{entry:?}");
                self.expect("what is finished is kept for its retention", is_old, told);
                self.tally.note("forgotten after its retention");
                self.forgotten.push((entry.original, entry.site, entry.state));
            }
        }
    }
}

//! What a shard did with an event, in the light of its rows before and after.

use countersign::gateway::inbox::Acceptance;

use super::{Observer, integer, rows, text};
use crate::storage::Storage;
use crate::time::{MINUTE, START};

/// What there is of an event in one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    is_known: bool,
    rounds: i64,
    rows: Vec<Delivery>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Delivery {
    destination: String,
    round: i64,
    state: String,
    attempts: i64,
    finished_at: i64,
    /// Whether the configuration has its destination.
    is_here: bool,
}

impl Snapshot {
    fn latest(&self) -> impl Iterator<Item = &Delivery> {
        self.rows.iter().filter(|row| row.round == self.rounds)
    }

    /// What is held for a destination that is gone keeps nobody else from anything.
    fn present(&self) -> impl Iterator<Item = &Delivery> {
        self.latest().filter(|row| row.is_here)
    }

    fn has(&self, states: &[&str]) -> bool {
        self.present().any(|row| states.contains(&row.state.as_str()))
    }

    fn finished_at(&self) -> i64 {
        self.present().map(|row| row.finished_at).max().unwrap_or_default()
    }
}

impl Observer {
    pub(crate) fn look_up(&self, storage: &Storage, original: Option<usize>) -> Snapshot {
        let Some((key, variant)) = original.and_then(|original| self.keys.get(&original)) else {
            return Snapshot::default();
        };
        let has_tables = "SELECT 1 FROM sqlite_schema WHERE name = 'layout'";
        if rows(storage, has_tables, &[]).is_empty() {
            return Snapshot::default();
        }
        let values = [key.as_str().into(), variant.as_str().into()];
        let event = "SELECT seq, rounds FROM event WHERE key = ? AND variant = ?";
        let Some(event) = rows(storage, event, &values).into_iter().next() else {
            return Snapshot::default();
        };
        let query = "SELECT destination, round, state, attempts, coalesce(finished_at, 0)
                     FROM delivery WHERE event = ? ORDER BY destination, round";
        let rows = rows(storage, query, &event[..1]);
        let delivery = |row: Vec<_>| Delivery {
            destination: text(&row[0]),
            round: integer(&row[1]),
            state: text(&row[2]),
            attempts: integer(&row[3]),
            finished_at: integer(&row[4]),
            is_here: !self.absent.contains(&self.site_named(&text(&row[0]))),
        };
        let rows = rows.into_iter().map(delivery).collect();
        Snapshot { is_known: true, rounds: integer(&event[1]), rows }
    }

    pub(crate) fn judge_acceptance(
        &mut self,
        object: &str,
        original: Option<usize>,
        is_marked: bool,
        [before, after]: [&Snapshot; 2],
        acceptance: &Acceptance,
    ) {
        let Some(original) = original else {
            return self.violate("what is forged is refused", acceptance);
        };
        self.tally.note(kind(acceptance));
        if !before.is_known {
            let is_excused = self.clock_changed_at > START;
            let holds = !is_marked || *acceptance != Acceptance::Fresh || is_excused;
            self.expect("what relay mode has delivered is known", holds, || original.to_string());
            return self.judge_new(object, original, after, acceptance);
        }
        let told = || format!("event {original}: {before:?} -> {acceptance:?} -> {after:?}");
        if before.has(&["dead"]) {
            let holds = *acceptance == Acceptance::Redriven && is_redriven(before, after);
            self.expect("a copy of a dead event redrives it", holds, told);
            self.note_redriven(object, original, before);
        } else if before.has(&["pending", "leased"]) {
            let holds = is_duplicate(acceptance) && before == after;
            self.expect("a copy of an open event changes nothing", holds, told);
        } else if self.wall >= before.finished_at() + self.settings.replay_after() {
            let is_replay = matches!(acceptance, Acceptance::Replay { is_new: false, .. });
            let is_counted = after.rounds == before.rounds + 1;
            let is_planned = self.is_planned(original, before.rounds + 1, after);
            let holds = is_replay && is_counted && is_planned;
            self.expect("a late copy is a replay", holds, told);
            self.note_round(object, original);
        } else {
            let holds = is_duplicate(acceptance) && before == after;
            self.expect("an early copy is a duplicate", holds, told);
        }
    }

    fn judge_new(
        &mut self,
        object: &str,
        original: usize,
        after: &Snapshot,
        acceptance: &Acceptance,
    ) {
        let told = || format!("event {original}: {acceptance:?} -> {after:?}");
        match acceptance {
            Acceptance::Unknown => {}
            Acceptance::Duplicate { .. } => {
                let is_relayed = self.relayed.contains(&original);
                self.expect("only what was delivered before is a duplicate", is_relayed, told);
            }
            Acceptance::Fresh | Acceptance::Conflict | Acceptance::Replay { is_new: true, .. } => {
                let is_twin = self.originals[original].is_twin;
                let is_flagged = *acceptance == Acceptance::Conflict;
                self.expect("a conflict is flagged", is_twin || !is_flagged, told);
                let holds = self.is_planned(original, after.rounds, after);
                self.expect("a new event is planned for all that want it", holds, told);
                self.note_home(object, original);
                self.begin_anew(object, original);
                self.note_round(object, original);
            }
            _ => self.violate("an unknown event is new", told()),
        }
    }

    fn note_round(&mut self, object: &str, original: usize) {
        *self.rounds.entry((object.to_owned(), original)).or_default() += 1;
    }

    /// Of an event that was forgotten after its retention, a copy is a new event.
    fn begin_anew(&mut self, object: &str, original: usize) {
        if self.forgotten.iter().any(|(forgotten, ..)| *forgotten == original) {
            self.tally.note("a copy of a forgotten event");
            self.forget_deliveries(object, original);
            self.rounds.remove(&(object.to_owned(), original));
        }
    }

    /// An event has one home, unless it is older than the window, or shards have just changed.
    fn note_home(&mut self, object: &str, original: usize) {
        let before = self.homes.insert(original, (object.to_owned(), self.now));
        let is_forgotten = self.forgotten.iter().any(|(forgotten, ..)| *forgotten == original);
        let is_excused = self.now.saturating_sub(self.layout_changed_at) < MINUTE
            || self.clock_changed_at > self.layout_changed_at
            || is_forgotten;
        let is_known = before.is_some_and(|(before, at)| {
            before != object && self.now - at < self.settings.window() - MINUTE
        });
        self.expect("another number of shards forgets nothing", !is_known || is_excused, || {
            format!("event {original} is in {object} as well")
        });
    }

    fn is_planned(&self, original: usize, round: i64, after: &Snapshot) -> bool {
        let (_, wanted) = self.wanted(original);
        let planned = after.rows.iter().filter(|row| row.round == round);
        let mut planned: Vec<_> = planned.map(|row| row.destination.as_str()).collect();
        planned.sort_unstable();
        let states = after.rows.iter().filter(|row| row.round == round);
        planned == wanted && states.clone().all(|row| row.state == "pending" && row.attempts == 0)
    }

    /// The destinations that an event is for, by their numbers and by their names.
    pub(super) fn wanted(&self, original: usize) -> (Vec<usize>, Vec<&str>) {
        let event_type = self.type_of(original);
        let wants = |n: &usize| !self.absent.contains(n) && self.sites[*n].wants(event_type);
        let numbers: Vec<_> = (0..self.sites.len()).filter(wants).collect();
        let mut names: Vec<_> = numbers.iter().map(|n| self.sites[*n].name).collect();
        names.sort_unstable();
        (numbers, names)
    }

    /// Its type, if it can be known.
    fn type_of(&self, original: usize) -> Option<&str> {
        let original = &self.originals[original];
        let is_told = original.body.starts_with(b"{") || self.is_type_in_header;
        is_told.then_some(original.event_type)
    }

    fn note_redriven(&mut self, object: &str, original: usize, before: &Snapshot) {
        for row in before.latest().filter(|row| row.state == "dead") {
            let site = self.site_named(&row.destination);
            let id = self.delivery_id(original, site, before.rounds);
            self.restart_count(object, id, row.attempts.try_into().unwrap());
        }
    }

    /// Nothing is stored that was not verified.
    pub(crate) fn note_stored(&mut self, object: &str, storage: &Storage) {
        let has_tables = "SELECT 1 FROM sqlite_schema WHERE name = 'layout'";
        if rows(storage, has_tables, &[]).is_empty() {
            return;
        }
        for row in rows(storage, NEWEST, &[]) {
            let identity = (text(&row[0]), text(&row[1]));
            let is_known = self.identities.contains_key(&identity);
            self.expect("nothing is stored that was not verified", is_known, || {
                format!("{object}: {identity:?}")
            });
        }
    }
}

const NEWEST: &str = "SELECT key, variant FROM event ORDER BY seq DESC LIMIT 2";

fn is_duplicate(acceptance: &Acceptance) -> bool {
    matches!(acceptance, Acceptance::Duplicate { .. })
}

/// What was dead is pending again, and nothing else has changed.
fn is_redriven(before: &Snapshot, after: &Snapshot) -> bool {
    let redriven =
        |row: &Delivery| Delivery { state: "pending".to_owned(), finished_at: 0, ..row.clone() };
    let expected = before.rows.iter().map(|row| match row.state.as_str() {
        "dead" if row.round == before.rounds => redriven(row),
        _ => row.clone(),
    });
    expected.eq(after.rows.iter().cloned())
}

const fn kind(acceptance: &Acceptance) -> &'static str {
    match acceptance {
        Acceptance::Fresh => "accepted: fresh",
        Acceptance::Conflict => "accepted: conflict",
        Acceptance::Replay { is_new: false, .. } => "accepted: replay",
        Acceptance::Replay { .. } => "accepted: replay of what relay mode delivered",
        Acceptance::Redriven => "accepted: redriven",
        Acceptance::Duplicate { .. } => "accepted: duplicate",
        Acceptance::Unknown => "asked in vain",
    }
}

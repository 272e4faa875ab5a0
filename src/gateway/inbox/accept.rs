//! Takes events in. What is stored here is never lost; what is here already is not stored twice.

use super::super::dedupe::{Decision, MAX_VARIANTS, Policy};
use super::super::sabotage::{Bug, is_on};
use super::super::stored::shard_of;
use super::sql::{Columns, Row, Sql, SqlError, Value};
use super::{Acceptance, Body, Entry, Hearsay, Inbox, Layouts, Source, Step, layout};
use crate::scheme::Replays;
use crate::time::UnixTime;

/// An event that came under the same key before.
struct Known {
    seq: i64,
    variant: String,
    accepted_at: UnixTime,
    rounds: u32,
}

impl Known {
    fn of_row<B>(row: Row<B>) -> Option<Self> {
        let mut columns = Columns::of(row);
        Some(Self {
            seq: columns.integer()?,
            variant: columns.text()?,
            accepted_at: UnixTime::from_millis(columns.integer()?),
            rounds: columns.count()?,
        })
    }
}

/// An event that comes in, and what is known besides.
struct Arrival<'a, B> {
    source: &'a Source,
    entry: &'a Entry,
    body: &'a Body<B>,
    hearsay: &'a Hearsay,
    now: UnixTime,
}

/// What an event is stored as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fresh,
    /// Another one has its key.
    Conflict,
    /// Relay mode has delivered it; it was replayed so often.
    Replay(u32),
}

/// How far the deliveries of an event's latest round have come.
#[derive(Default)]
struct Progress {
    open: bool,
    dead: bool,
    finished_at: i64,
}

impl<S: Sql> Inbox<S> {
    /// Takes an event in. Until the step is [`Step::Done`], no event is stored: the caller finds
    /// out what is asked for, and calls again. After it, the writes have to be durable before
    /// anybody is told.
    ///
    /// # Errors
    /// [`SqlError`] if it could not be stored. The provider will send it again.
    pub fn handle_accept(
        &self,
        source: &Source,
        entry: &Entry,
        body: &Body<S::Blob>,
        hearsay: &Hearsay,
        now: UnixTime,
    ) -> Result<Step, SqlError> {
        let arrival = Arrival { source, entry, body, hearsay, now };
        if !entry.only_if_known {
            self.remember_source(source)?;
        }
        let (Some(policy), true) = (source.dedupe(), entry.is_deduped) else {
            let store = || self.store(&arrival, Kind::Fresh);
            return self.sql.transaction(store).map(Step::Done);
        };
        let known = self.known(&entry.key)?;
        if known.is_empty() {
            if entry.only_if_known {
                return Ok(Step::Done(Acceptance::Unknown));
            }
            if let Some(step) = self.ask(policy, &arrival)? {
                return Ok(step);
            }
        }
        let decide = || match known.iter().find(|known| known.variant == entry.variant.text) {
            Some(known) => self.take_copy(policy, known, &arrival),
            None => self.take_new(policy, &known, &arrival),
        };
        self.sql.transaction(decide).map(Step::Done)
    }

    /// The shards that the source has had, with so many in use now. Only the first shard is asked.
    ///
    /// # Errors
    /// [`SqlError`] if it could not be stored.
    pub fn handle_layout(&self, shards: u32, now: UnixTime) -> Result<Layouts, SqlError> {
        let layouts = self.stored_layouts()?;
        if layouts.is_current(shards) {
            return Ok(layouts);
        }
        layout::note(&self.sql, shards, now)?;
        self.layouts.take();
        self.stored_layouts()
    }

    fn stored_layouts(&self) -> Result<Layouts, SqlError> {
        if let Some(layouts) = &*self.layouts.borrow() {
            return Ok(layouts.clone());
        }
        let layouts = layout::read(&self.sql)?;
        self.layouts.replace(Some(layouts.clone()));
        Ok(layouts)
    }

    fn known(&self, key: &str) -> Result<Vec<Known>, SqlError> {
        let rows = self.sql.exec(
            "SELECT seq, variant, accepted_at, rounds FROM event WHERE key = ?",
            &[key.into()],
        )?;
        let known = rows.into_iter().map(Known::of_row).collect::<Option<_>>();
        known.ok_or_else(|| SqlError::foreign("event: a row can't be read"))
    }

    /// Where else may a copy of an unknown event be known?
    fn ask(
        &self,
        policy: &Policy,
        arrival: &Arrival<'_, S::Blob>,
    ) -> Result<Option<Step>, SqlError> {
        let &Arrival { entry, hearsay, now, .. } = arrival;
        let Some(layouts) = self.layouts(entry, hearsay, now)? else {
            return Ok(Some(Step::AskFirstShard));
        };
        for shards in layouts.earlier(policy.window, now) {
            let earlier = shard_of(&entry.key, shards);
            if earlier != entry.shard() && !hearsay.asked.contains(&earlier) {
                return Ok(Some(Step::AskShard(earlier)));
            }
        }
        let was_relay =
            layouts.first_at().is_some_and(|first_at| now < first_at.saturating_add(policy.window));
        let is_asked = hearsay.seen.is_some() || !was_relay;
        Ok((!is_asked).then(|| Step::AskStore(format!("seen/{}/{}", entry.source, entry.key))))
    }

    /// What this shard knows of the shards; `None` if that is too little or too old.
    fn layouts(
        &self,
        entry: &Entry,
        hearsay: &Hearsay,
        now: UnixTime,
    ) -> Result<Option<Layouts>, SqlError> {
        if entry.shard() == 0 {
            return self.handle_layout(entry.shards, now).map(Some);
        }
        if let Some(layouts) = &hearsay.layouts {
            layout::replace(&self.sql, layouts)?;
            self.layouts.replace(Some(layouts.clone()));
            self.layouts_read_at.set(Some(now));
            return Ok(Some(layouts.clone()));
        }
        let age = self.layouts_read_at.get().map(|read_at| now.millis_since(read_at));
        let is_young = age.is_some_and(|age| (0..LAYOUTS_LAST).contains(&age));
        let layouts = self.stored_layouts()?;
        Ok(Some(layouts).filter(|layouts| is_young && layouts.is_current(entry.shards)))
    }

    /// An event that is here already, in the same words.
    fn take_copy(
        &self,
        policy: &Policy,
        known: &Known,
        arrival: &Arrival<'_, S::Blob>,
    ) -> Result<Acceptance, SqlError> {
        let &Arrival { source, entry, now, .. } = arrival;
        self.sql.exec(
            "UPDATE event SET copies = copies + 1, last_copy_at = ? WHERE seq = ?",
            &[now.as_millis().into(), known.seq.into()],
        )?;
        let progress = self.progress(source, known)?;
        let duplicate =
            |replay_from| Ok(Acceptance::Duplicate { first_seen: known.accepted_at, replay_from });
        if progress.dead {
            return self.redrive(known, now);
        }
        if progress.open {
            return duplicate(None);
        }
        match replay_from(policy, UnixTime::from_millis(progress.finished_at)) {
            from if from <= now => self.replay(known, entry, now),
            from => duplicate(Some(from).filter(|_| policy.replays != Replays::Suppress)),
        }
    }

    /// At the destinations that there still are: what is held for one that is gone keeps nobody
    /// else from a replay.
    fn progress(&self, source: &Source, known: &Known) -> Result<Progress, SqlError> {
        let rows = self.sql.exec(
            "SELECT destination, state, finished_at FROM delivery WHERE event = ? AND round = ?",
            &[known.seq.into(), known.rounds.into()],
        )?;
        let mut progress = Progress::default();
        for row in rows {
            let mut columns = Columns::of(row);
            let (name, state) = (columns.text(), columns.text());
            if name.is_none_or(|name| source.destination_named(&name).is_none()) {
                continue;
            }
            match state.as_deref() {
                Some("dead") => progress.dead = true,
                Some("delivered") => {}
                _ => progress.open = true,
            }
            progress.finished_at = progress.finished_at.max(columns.integer().unwrap_or_default());
        }
        Ok(progress)
    }

    /// Whoever sends a copy of an event that was given up wants it delivered.
    fn redrive(&self, known: &Known, now: UnixTime) -> Result<Acceptance, SqlError> {
        self.sql.exec(
            "UPDATE delivery SET state = 'pending', due_at = ?, failures = 0, finished_at = NULL
             WHERE event = ? AND round = ? AND state = 'dead'",
            &[now.as_millis().into(), known.seq.into(), known.rounds.into()],
        )?;
        Ok(Acceptance::Redriven)
    }

    fn replay(&self, known: &Known, entry: &Entry, now: UnixTime) -> Result<Acceptance, SqlError> {
        if is_on(Bug::ReplayResetsDedupe) {
            self.sql.exec("DELETE FROM delivery WHERE event = ?", &[known.seq.into()])?;
            self.plan(known.seq, 0, entry, now)?;
            return Ok(Acceptance::Replay { count: 1, is_new: false });
        }
        let count = known.rounds.saturating_add(1);
        self.sql
            .exec("UPDATE event SET rounds = ? WHERE seq = ?", &[count.into(), known.seq.into()])?;
        self.plan(known.seq, count, entry, now)?;
        Ok(Acceptance::Replay { count, is_new: false })
    }

    /// An event that is not here in these words, in the light of what came under its key and of
    /// what relay mode has delivered.
    fn take_new(
        &self,
        policy: &Policy,
        known: &[Known],
        arrival: &Arrival<'_, S::Blob>,
    ) -> Result<Acceptance, SqlError> {
        let &Arrival { entry, hearsay, now, .. } = arrival;
        if let Some(first) = known.first() {
            // Of labels that anybody can make up, the first few are delivered.
            if !entry.variant.is_signed && known.len() >= MAX_VARIANTS {
                let first_seen = first.accepted_at;
                return Ok(Acceptance::Duplicate { first_seen, replay_from: None });
            }
            return self.store(arrival, Kind::Conflict);
        }
        let seen = hearsay.seen.as_ref().and_then(Option::as_ref);
        match seen.map_or(Decision::Fresh, |seen| seen.judge(&entry.variant, policy.replays, now)) {
            Decision::Duplicate { first_seen, replay_from } => {
                Ok(Acceptance::Duplicate { first_seen, replay_from })
            }
            Decision::Fresh => self.store(arrival, Kind::Fresh),
            Decision::Conflict => self.store(arrival, Kind::Conflict),
            Decision::Replay { count } => self.store(arrival, Kind::Replay(count)),
        }
    }

    /// Claims the key, in one statement, and stores the event with its deliveries.
    fn store(&self, arrival: &Arrival<'_, S::Blob>, kind: Kind) -> Result<Acceptance, SqlError> {
        let &Arrival { entry, body, now, .. } = arrival;
        let round = if let Kind::Replay(count) = kind { count } else { 0 };
        let (bytes, body_at) = match body {
            Body::Here(bytes) => (Value::Blob(bytes.clone()), Value::Null),
            Body::At(key) => (Value::Null, Value::Text(key.clone())),
        };
        let claimed = self.sql.exec(
            "INSERT INTO event (key, variant, id, type, accepted_at, conflict, rounds, copies,
                                head, body_at, body)
             VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)
             ON CONFLICT (key, variant) DO NOTHING RETURNING seq",
            &[
                entry.key.as_str().into(),
                entry.variant.text.as_str().into(),
                entry.id.as_str().into(),
                entry.event_type.as_deref().into(),
                entry.received_at.as_millis().into(),
                u32::from(kind == Kind::Conflict).into(),
                round.into(),
                entry.head.as_str().into(),
                body_at,
                bytes,
            ],
        )?;
        let seq = claimed.into_iter().next().and_then(|row| Columns::of(row).integer());
        let seq = seq.ok_or_else(|| SqlError::foreign("event: the key is taken"))?;
        self.plan(seq, round, entry, now)?;
        Ok(match kind {
            Kind::Fresh => Acceptance::Fresh,
            Kind::Conflict => Acceptance::Conflict,
            Kind::Replay(count) => Acceptance::Replay { count, is_new: true },
        })
    }

    /// One delivery for each destination that wants the event.
    fn plan(&self, seq: i64, round: u32, entry: &Entry, now: UnixTime) -> Result<(), SqlError> {
        for destination in &entry.destinations {
            self.sql.exec(
                "INSERT INTO delivery (event, destination, round, state, due_at, attempts, failures)
                 VALUES (?, ?, ?, 'pending', ?, 0, 0)",
                &[
                    seq.into(),
                    destination.as_str().into(),
                    round.into(),
                    now.as_millis().into(),
                ],
            )?;
        }
        Ok(())
    }
}

/// From when on a copy of a delivered event is delivered again: because it is a replay, or because
/// the window in which copies are recognised is over.
fn replay_from(policy: &Policy, finished_at: UnixTime) -> UnixTime {
    let after = match policy.replays {
        Replays::Deliver { after } => after.min(policy.window),
        Replays::Suppress => policy.window,
    };
    finished_at.saturating_add(after)
}

/// For how many milliseconds a shard goes by what the first shard has told it.
const LAYOUTS_LAST: i64 = 60_000;

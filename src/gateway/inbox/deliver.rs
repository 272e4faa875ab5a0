//! Takes out what is due.

use std::time::Duration;

use super::super::breaker::{Breaker, Permit};
use super::super::config::{Destination, InboxSettings, Mode};
use super::super::event::Transmit;
use super::super::sabotage::{Bug, is_on};
use super::super::stored::{Sending, StoredEvent, StoredRow};
use super::lanes::Lanes;
use super::sql::{Columns, Row, Sql, SqlError};
use super::{Body, Inbox, Source};
use crate::time::UnixTime;

/// One attempt at one delivery: nobody else attempts it before the lease has run out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lease<B> {
    /// The name of the destination.
    pub destination: String,
    /// The event's body, or where it is.
    pub body: Body<B>,
    pub(super) event: StoredEvent,
    is_conflict: bool,
    pub(super) claim: Claim,
    /// Whether it is to see if a destination is back, and does not count.
    pub(super) is_probe: bool,
}

/// A row of `delivery` that was claimed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) seq: i64,
    pub(super) round: u32,
    /// The number of this attempt, which no other claim of the row has.
    pub(super) attempt: u32,
    pub(super) failures: u32,
    /// Whether it was brought forward because its destination is back.
    pub(super) is_early: bool,
}

impl Claim {
    fn of_row<B>(row: Row<B>) -> Option<Self> {
        let mut columns = Columns::of(row);
        Some(Self {
            seq: columns.integer()?,
            round: columns.count()?,
            attempt: columns.count()?,
            failures: columns.count()?,
            is_early: columns.integer()? != 0,
        })
    }
}

/// A row of `event`.
#[derive(Clone, Debug)]
struct Stored<B> {
    event: StoredEvent,
    body: Body<B>,
    is_conflict: bool,
}

impl<B> Stored<B> {
    /// `None` if the row is not as any version of ours writes it.
    fn of_row(source: &Source, row: Row<B>) -> Option<Self> {
        let mut columns = Columns::of(row);
        let row = StoredRow {
            key: columns.text()?,
            variant: columns.text()?,
            id: columns.text()?,
            event_type: columns.text(),
            received_at: UnixTime::from_millis(columns.integer()?),
            head: columns.text()?,
        };
        let is_conflict = columns.integer()? != 0;
        let body = match (columns.text(), columns.blob()) {
            (Some(key), _) => Body::At(key),
            (None, bytes) => Body::Here(bytes?),
        };
        Some(Self { event: StoredEvent::of_row(source, row)?, body, is_conflict })
    }
}

impl<B> Lease<B> {
    /// What to send. `body` is the event's, from wherever it is. `None` if the source no longer
    /// has the destination.
    pub fn transmit<'t>(
        &self,
        source: &'t Source,
        body: &'t [u8],
        now: UnixTime,
    ) -> Option<Transmit<'t>> {
        let destination = source.destination_named(&self.destination)?;
        let sending = Sending {
            attempt: self.claim.attempt,
            replays: self.claim.round,
            is_conflict: self.is_conflict,
        };
        Some(self.event.transmit(destination, sending, body, now))
    }

    /// The delivery's id, the same for all its attempts.
    pub fn delivery_id(&self) -> String {
        self.event.delivery_id(&self.destination, self.claim.round)
    }

    /// Whether it is sent before its time, because its destination is back. Then a failure spends
    /// nothing of the schedule.
    pub(super) const fn is_early(&self) -> bool {
        self.claim.is_early && !self.is_probe
    }
}

/// Claims the first of these open deliveries of a destination.
macro_rules! claim {
    ($which:literal) => {
        concat!(
            "UPDATE delivery SET state = ?1, due_at = ?2, attempts = attempts + 1,
                                 failures = failures + (state = 'leased')
             WHERE (event, destination, round) = (
                SELECT event, destination, round FROM delivery
                WHERE destination = ?3 AND state IN ('pending', 'leased') AND ",
            $which,
            " LIMIT 1)
             RETURNING event, round, attempts, failures, early"
        )
    };
}

/// What has been due for longest.
const CLAIM_DUE: &str = claim!("due_at <= ?4 ORDER BY due_at");
/// Whatever is held, due or not. What was tried least comes first: an event that its destination
/// never accepts must not be the only one that asks whether it is back.
const CLAIM_PROBE: &str = claim!("(state = 'pending' OR due_at <= ?4) ORDER BY attempts, due_at");

/// A lease outlasts the destination's timeout by this, so that an attempt that is still running is
/// not repeated.
const SLACK: Duration = Duration::from_secs(10);
/// How many deliveries are given up in one turn at most.
const MOST_BURIED: usize = 20;
/// How often something is looked at that waits for another configuration.
const UNTIL_CONFIGURED: Duration = Duration::from_secs(300);

impl<S: Sql> Inbox<S> {
    /// Leases one delivery that is due, if a destination of the source may be sent to.
    ///
    /// # Errors
    /// [`SqlError`] if the store fails. The lease, if there was one, runs out.
    pub fn poll_transmit(
        &self,
        source: &Source,
        lanes: &Lanes,
        now: UnixTime,
    ) -> Result<Option<Lease<S::Blob>>, SqlError> {
        let Mode::Inbox(settings) = source.mode() else { return Ok(None) };
        let mut destinations: Vec<_> = source.destinations().collect();
        let count = destinations.len();
        // Whoever comes after the one that was served last is served first.
        let turn = self.turn.get().checked_rem(count).unwrap_or_default();
        destinations.rotate_left(turn);
        for (served, destination) in destinations.into_iter().enumerate() {
            let name = &destination.name;
            let mut breaker = self.breaker(name)?;
            if !lanes.has_room(name, count, settings.max_in_flight, breaker.is_failing()) {
                continue;
            }
            let lease = self.lease(source, settings, destination, &mut breaker, now)?;
            if lease.is_some() {
                self.turn.set(turn.saturating_add(served).saturating_add(1));
                return Ok(lease);
            }
        }
        Ok(None)
    }

    /// When there will be something to do: the alarm. `None` if never, as things stand.
    ///
    /// # Errors
    /// [`SqlError`] if the store fails.
    pub fn poll_timeout(
        &self,
        source: &Source,
        now: UnixTime,
    ) -> Result<Option<UnixTime>, SqlError> {
        let done = "SELECT min(due_at) FROM delivery WHERE state IN ('delivered', 'dead')";
        let done = self.sql.exec(done, &[])?.into_iter().next();
        let mut earliest = done.and_then(|row| Columns::of(row).integer());
        let mut after = String::new();
        while let Some((name, due_at)) = self.next_open(&after)? {
            let wake_at = self.wake_for(source, &name, due_at, now)?.as_millis();
            earliest = Some(earliest.unwrap_or(i64::MAX).min(wake_at));
            after = name;
        }
        Ok(earliest.map(UnixTime::from_millis))
    }

    /// The next destination by name that has open deliveries, and when the first of them is due.
    fn next_open(&self, after: &str) -> Result<Option<(String, UnixTime)>, SqlError> {
        let rows = self.sql.exec(
            "SELECT destination, due_at FROM delivery
             WHERE state IN ('pending', 'leased') AND destination > ?
             ORDER BY destination, due_at LIMIT 1",
            &[after.into()],
        )?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let mut columns = Columns::of(row);
        let (name, due_at) = (columns.text(), columns.integer());
        Ok(name.zip(due_at.map(UnixTime::from_millis)))
    }

    fn wake_for(
        &self,
        source: &Source,
        name: &str,
        due_at: UnixTime,
        now: UnixTime,
    ) -> Result<UnixTime, SqlError> {
        let (Mode::Inbox(settings), Some(_)) = (source.mode(), source.destination_named(name))
        else {
            return Ok(now.saturating_add(UNTIL_CONFIGURED));
        };
        let breaker = self.breaker(name)?;
        Ok(match breaker.permit(&settings.breaker, now) {
            Permit::Probe if self.has_pending(name)? => now,
            // What is under way may yet come to nothing.
            Permit::Probe => now.saturating_add(SLACK),
            Permit::Go => due_at,
            Permit::Wait(until) if breaker.is_open() => until,
            Permit::Wait(until) => due_at.max(until),
        })
    }

    fn lease(
        &self,
        source: &Source,
        settings: &InboxSettings,
        destination: &Destination,
        breaker: &mut Breaker,
        now: UnixTime,
    ) -> Result<Option<Lease<S::Blob>>, SqlError> {
        let permit = breaker.permit(&settings.breaker, now);
        let is_probe = match permit {
            Permit::Wait(_) => return Ok(None),
            Permit::Go => false,
            Permit::Probe => true,
        };
        let schedule = destination.retry.as_ref().unwrap_or(&settings.retry);
        let lease_until = now.saturating_add(destination.timeout).saturating_add(SLACK);
        let name = destination.name.as_str();
        // More than a few at once would take long; the rest has its turn after them.
        for _ in 0..MOST_BURIED {
            let Some(claim) = self.claim(name, is_probe, lease_until, now)? else {
                self.note_drained(name, breaker, permit)?;
                return Ok(None);
            };
            // What is held is never given up.
            let is_exhausted = schedule.is_exhausted(claim.failures) && !is_probe;
            match self.event(source, claim.seq)? {
                Some(Stored { event, body, is_conflict }) if !is_exhausted => {
                    self.note_transmit(name, settings, breaker, now)?;
                    let destination = name.to_owned();
                    let lease = Lease { destination, body, event, is_conflict, claim, is_probe };
                    return Ok(Some(lease));
                }
                // Whoever made its attempts died with each of them, or nobody can make one.
                stored => {
                    let event = stored.map(|stored| stored.event);
                    self.bury(source, name, claim, event.as_ref(), now)?;
                }
            }
        }
        Ok(None)
    }

    fn event(&self, source: &Source, seq: i64) -> Result<Option<Stored<S::Blob>>, SqlError> {
        let rows = self.sql.exec(
            "SELECT key, variant, id, type, accepted_at, head, conflict, body_at, body
             FROM event WHERE seq = ?",
            &[seq.into()],
        )?;
        Ok(rows.into_iter().next().and_then(|row| Stored::of_row(source, row)))
    }

    /// A probe, or one send of a drain.
    fn note_transmit(
        &self,
        destination: &str,
        settings: &InboxSettings,
        breaker: &mut Breaker,
        now: UnixTime,
    ) -> Result<(), SqlError> {
        if !breaker.is_open() && !breaker.is_draining(now) {
            return Ok(());
        }
        breaker.handle_transmit(&settings.breaker, interval_micros(settings), now);
        self.save_breaker(destination, breaker)
    }

    /// One statement: two that want the same delivery don't both get it. A lease that has run out
    /// counts as a failure.
    fn claim(
        &self,
        destination: &str,
        is_probe: bool,
        lease_until: UnixTime,
        now: UnixTime,
    ) -> Result<Option<Claim>, SqlError> {
        let state = if is_on(Bug::MarkBeforeSend) { "delivered" } else { "leased" };
        let values = [
            state.into(),
            lease_until.as_millis().into(),
            destination.into(),
            now.as_millis().into(),
        ];
        let statement = if is_probe { CLAIM_PROBE } else { CLAIM_DUE };
        let rows = self.sql.exec(statement, &values)?;
        Ok(rows.into_iter().next().and_then(Claim::of_row))
    }

    /// Nothing is due: if it was draining, it has drained.
    fn note_drained(
        &self,
        destination: &str,
        breaker: &mut Breaker,
        permit: Permit,
    ) -> Result<(), SqlError> {
        if permit != Permit::Go || !breaker.has_ramp() {
            return Ok(());
        }
        breaker.handle_drained();
        self.save_breaker(destination, breaker)
    }

    fn has_pending(&self, destination: &str) -> Result<bool, SqlError> {
        let rows = self.sql.exec(
            "SELECT 1 FROM delivery
             WHERE destination = ? AND state IN ('pending', 'leased') AND state = 'pending'
             LIMIT 1",
            &[destination.into()],
        )?;
        Ok(!rows.is_empty())
    }

    pub(super) fn breaker(&self, destination: &str) -> Result<Breaker, SqlError> {
        if let Some((_, breaker)) =
            self.breakers.borrow().iter().find(|(name, _)| name == destination)
        {
            return Ok(breaker.clone());
        }
        let rows = self
            .sql
            .exec("SELECT breaker FROM destination WHERE name = ?", &[destination.into()])?;
        let text = rows.into_iter().next().and_then(|row| Columns::of(row).text());
        let breaker = text.as_deref().map(Breaker::parse).unwrap_or_default();
        self.breakers.borrow_mut().push((destination.to_owned(), breaker.clone()));
        Ok(breaker)
    }

    pub(super) fn save_breaker(
        &self,
        destination: &str,
        breaker: &Breaker,
    ) -> Result<(), SqlError> {
        self.sql.exec(
            "INSERT INTO destination (name, breaker) VALUES (?, ?)
                 ON CONFLICT (name) DO UPDATE SET breaker = excluded.breaker",
            &[destination.into(), breaker.to_json().as_str().into()],
        )?;
        let mut breakers = self.breakers.borrow_mut();
        breakers.retain(|(name, _)| name != destination);
        breakers.push((destination.to_owned(), breaker.clone()));
        Ok(())
    }
}

/// How far apart one shard's sends are while it drains, at the start.
fn interval_micros(settings: &InboxSettings) -> i64 {
    let shards = i64::from(settings.shards);
    let per_second = i64::from(settings.drain_per_second).max(1);
    let interval = shards.saturating_mul(1_000_000).checked_div(per_second).unwrap_or_default();
    interval.min(LONGEST_INTERVAL)
}

/// Slower than once a minute, in microseconds, is no drain.
const LONGEST_INTERVAL: i64 = 60_000_000;

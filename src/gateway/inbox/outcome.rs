//! What came of an attempt.

use super::super::breaker::Change;
use super::super::config::{InboxSettings, Mode};
use super::super::outcome::Outcome;
use super::super::stored::StoredEvent;
use super::deliver::Claim;
use super::log::DeliveryLog;
use super::sql::{Sql, SqlError, Value};
use super::{Inbox, Lease, Source};
use crate::mac::Digest;
use crate::time::UnixTime;

/// One attempt, as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "adapters write it as a literal")]
pub struct Attempt {
    /// What came of it.
    pub outcome: Outcome,
    /// When it began.
    pub started_at: UnixTime,
    /// The beginning of the destination's answer.
    pub answer: String,
    /// What went wrong, if there was no answer.
    pub error: Option<String>,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It has arrived.
    Delivered,
    /// It is tried again.
    Pending { due_at: UnixTime, failures: u32, is_early: bool },
    /// It is given up.
    Dead { failures: u32 },
}

impl<S: Sql> Inbox<S> {
    /// Writes down what came of a lease. One that has meanwhile been given to somebody else
    /// changes nothing. Returns the record for the log.
    ///
    /// # Errors
    /// [`SqlError`] if it can't be written: the lease runs out, and the delivery is repeated.
    pub fn handle_outcome(
        &self,
        source: &Source,
        lease: &Lease<S::Blob>,
        attempt: &Attempt,
        now: UnixTime,
    ) -> Result<DeliveryLog, SqlError> {
        let Mode::Inbox(settings) = source.mode() else {
            return Err(SqlError::foreign("the source is no inbox any more"));
        };
        let next = next(source, settings, lease, attempt, now);
        let change = self.sql.transaction(|| {
            if attempt.outcome != Outcome::Unsent {
                self.record(lease, attempt, now)?;
            }
            self.commit(&lease.destination, lease.claim, next, settings, now)?;
            self.note_health(lease, settings, attempt.outcome, now)
        });
        // What was undone is not remembered either.
        let change = change.inspect_err(|_| self.breakers.borrow_mut().clear())?;
        Ok(DeliveryLog::new(lease, attempt, next, change, now))
    }

    /// Gives up a delivery that nobody could finish an attempt at.
    pub(super) fn bury(
        &self,
        source: &Source,
        destination: &str,
        claim: Claim,
        event: Option<&StoredEvent>,
        now: UnixTime,
    ) -> Result<(), SqlError> {
        let Mode::Inbox(settings) = source.mode() else { return Ok(()) };
        self.commit(destination, claim, Next::Dead { failures: claim.failures }, settings, now)?;
        let log = DeliveryLog::buried(source.name(), destination, claim, event);
        self.logs.borrow_mut().push(log);
        Ok(())
    }

    fn record(
        &self,
        lease: &Lease<S::Blob>,
        attempt: &Attempt,
        now: UnixTime,
    ) -> Result<(), SqlError> {
        // Of a delivery that is tried for weeks, the latest attempts are kept.
        if let Some(oldest) = lease.claim.attempt.checked_sub(KEPT_ATTEMPTS) {
            self.sql.exec(
                "DELETE FROM attempt
                 WHERE event = ? AND destination = ? AND round = ? AND number <= ?",
                &[
                    lease.claim.seq.into(),
                    lease.destination.as_str().into(),
                    lease.claim.round.into(),
                    oldest.into(),
                ],
            )?;
        }
        let status = attempt.outcome.status().map_or(Value::Null, |code| u32::from(code).into());
        self.sql
            .exec(
                "INSERT INTO attempt (event, destination, round, number, at, latency_ms, outcome,
                                      status, error, answer)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                &[
                    lease.claim.seq.into(),
                    lease.destination.as_str().into(),
                    lease.claim.round.into(),
                    lease.claim.attempt.into(),
                    attempt.started_at.as_millis().into(),
                    now.millis_since(attempt.started_at).into(),
                    attempt.outcome.code().into(),
                    status,
                    attempt.error.as_deref().into(),
                    kept(attempt).into(),
                ],
            )
            .map(drop)
    }

    /// Fenced: only the claim that the row still has can move it on.
    fn commit(
        &self,
        destination: &str,
        claim: Claim,
        next: Next,
        settings: &InboxSettings,
        now: UnixTime,
    ) -> Result<(), SqlError> {
        let forget_at = now.saturating_add(settings.retention);
        let (state, due_at, failures, finished_at) = match next {
            Next::Delivered => ("delivered", forget_at, claim.failures, Some(now)),
            Next::Dead { failures } => ("dead", forget_at, failures, Some(now)),
            Next::Pending { due_at, failures, .. } => ("pending", due_at, failures, None),
        };
        let is_early = matches!(next, Next::Pending { is_early: true, .. });
        let finished_at = finished_at.map_or(Value::Null, |time| time.as_millis().into());
        self.sql
            .exec(
                "UPDATE delivery SET state = ?, due_at = ?, failures = ?, early = ?, finished_at = ?
                 WHERE event = ? AND destination = ? AND round = ?
                    AND state = 'leased' AND attempts = ?",
                &[
                    state.into(),
                    due_at.as_millis().into(),
                    failures.into(),
                    u32::from(is_early).into(),
                    finished_at,
                    claim.seq.into(),
                    destination.into(),
                    claim.round.into(),
                    claim.attempt.into(),
                ],
            )
            .map(drop)
    }

    /// A destination that is back gets everything that was held for it, at once: the breaker lets
    /// it through slowly.
    fn note_health(
        &self,
        lease: &Lease<S::Blob>,
        settings: &InboxSettings,
        outcome: Outcome,
        now: UnixTime,
    ) -> Result<Option<Change>, SqlError> {
        if !outcome.was_sent() {
            return Ok(None);
        }
        let destination = lease.destination.as_str();
        let before = self.breaker(destination)?;
        let mut breaker = before.clone();
        let change = if outcome.is_delivered() {
            breaker.handle_success(now)
        } else {
            breaker.handle_failure(&settings.breaker, &lease.delivery_id(), now)
        };
        if breaker != before {
            self.save_breaker(destination, &breaker)?;
        }
        if change == Some(Change::Closed) {
            self.sql.exec(
                "UPDATE delivery SET due_at = min(due_at, ?1), early = 1
                 WHERE destination = ?2 AND state IN ('pending', 'leased') AND state = 'pending'",
                &[now.as_millis().into(), destination.into()],
            )?;
        }
        Ok(change)
    }
}

fn next<B>(
    source: &Source,
    settings: &InboxSettings,
    lease: &Lease<B>,
    attempt: &Attempt,
    now: UnixTime,
) -> Next {
    let outcome = attempt.outcome;
    if outcome.is_delivered() {
        return Next::Delivered;
    }
    let spent = lease.claim.failures;
    if outcome == Outcome::Unsent || (lease.is_probe && !outcome.is_gone()) {
        let due_at = now.saturating_add(RESTED);
        return Next::Pending { due_at, failures: spent, is_early: lease.claim.is_early };
    }
    let failures = spent.saturating_add(1);
    let destination = source.destination_named(&lease.destination);
    let schedule = destination.and_then(|destination| destination.retry.as_ref());
    let schedule = schedule.unwrap_or(&settings.retry);
    // What is sent before its time, because its destination was back, spends nothing either.
    let (counted, kept) =
        if lease.is_early() { (spent.max(1), spent) } else { (failures, failures) };
    match schedule.retry_at(counted, outcome, seed(lease), now) {
        Some(due_at) => Next::Pending { due_at, failures: kept, is_early: false },
        None => Next::Dead { failures },
    }
}

/// What the destination said, in full where it may say what is wrong.
fn kept(attempt: &Attempt) -> &str {
    let end = attempt.answer.char_indices().nth(KEPT_OF_SUCCESS).map(|(at, _)| at);
    end.filter(|_| attempt.outcome.is_delivered())
        .and_then(|end| attempt.answer.get(..end))
        .unwrap_or(&attempt.answer)
}

/// Another number for each attempt of each delivery.
fn seed<B>(lease: &Lease<B>) -> u64 {
    let text = format!("{}:{}", lease.delivery_id(), lease.claim.attempt);
    let Digest([a, b, c, d, e, f, g, h, ..]) = Digest::of(text.as_bytes());
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// What did not get out is not tried again in the same moment.
const RESTED: std::time::Duration = std::time::Duration::from_secs(1);
/// How many attempts of one delivery are kept.
const KEPT_ATTEMPTS: u32 = 50;
/// How many characters are kept of the answer of a destination that has accepted.
const KEPT_OF_SUCCESS: usize = 1024;

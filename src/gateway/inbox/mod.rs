//! The inbox: what was answered 2xx is delivered or a dead letter, never lost.
//!
//! One [`Inbox`] is one shard of a source, over a SQL engine that the platform brings. It decides
//! and it stores; it has no clock, and sends nothing itself. Whoever drives it
//!
//! - hands in events with [`Inbox::handle_accept`],
//! - takes what is due out with [`Inbox::poll_transmit`], sends it, and says with
//!   [`Inbox::handle_outcome`] what came of it,
//! - comes back at [`Inbox::poll_timeout`], whatever happens to itself in between.

mod accept;
mod deliver;
mod entry;
mod lanes;
mod layout;
mod log;
mod outcome;
mod pump;
mod schema;
mod sql;

use std::cell::{Cell, RefCell};

pub use self::deliver::Lease;
pub use self::entry::{Acceptance, Entry, Hearsay, Step};
pub use self::lanes::Lanes;
pub use self::layout::Layouts;
pub use self::log::DeliveryLog;
pub use self::outcome::Attempt;
pub use self::pump::{Pause, Pump};
use self::sql::Columns;
pub use self::sql::{Row, Sql, SqlError, Value};
use super::breaker::Breaker;
use super::config::Source;
use crate::time::UnixTime;

/// One shard of a source's inbox.
#[derive(Debug)]
pub struct Inbox<S> {
    sql: S,
    /// What the table `destination` holds, as far as it has been read.
    breakers: RefCell<Vec<(String, Breaker)>>,
    /// What the table `layout` holds, once it has been read.
    layouts: RefCell<Option<Layouts>>,
    /// Which destination is served first.
    turn: Cell<usize>,
    /// What nobody was told yet.
    logs: RefCell<Vec<DeliveryLog>>,
    /// When the first shard was asked for the layouts.
    layouts_read_at: Cell<Option<UnixTime>>,
    is_source_remembered: Cell<bool>,
}

/// Where an event's body is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an adapter has to handle both")]
pub enum Body<B> {
    /// Here.
    Here(B),
    /// In the object store, under this key, because it is too large for a row.
    At(String),
}

/// The largest body that fits into a row, in bytes. The platform allows 2 MB for all of a row.
pub const LARGEST_ROW_BODY: usize = 1_900_000;

impl<S: Sql> Inbox<S> {
    /// The shard that is stored here; its schema is brought up to date.
    ///
    /// # Errors
    /// [`SqlError`] if that fails. Nothing is lost by it.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        schema::migrate(&sql, schema::MIGRATIONS)?;
        Ok(Self {
            sql,
            breakers: RefCell::default(),
            layouts: RefCell::default(),
            turn: Cell::default(),
            logs: RefCell::default(),
            layouts_read_at: Cell::default(),
            is_source_remembered: Cell::default(),
        })
    }

    /// The name of the source, once there has been an event.
    ///
    /// # Errors
    /// [`SqlError`] if it can't be read.
    pub fn source_name(&self) -> Result<Option<String>, SqlError> {
        let rows = self.sql.exec("SELECT value FROM meta WHERE name = 'source'", &[])?;
        Ok(rows.into_iter().next().and_then(|row| Columns::of(row).text()))
    }

    fn remember_source(&self, source: &Source) -> Result<(), SqlError> {
        if !self.is_source_remembered.get() {
            self.sql.exec(
                "INSERT INTO meta (name, value) VALUES ('source', ?) ON CONFLICT DO NOTHING",
                &[source.name().into()],
            )?;
            self.is_source_remembered.set(true);
        }
        Ok(())
    }

    /// The records of what was decided without anybody being told: deliveries that were given up
    /// between two attempts.
    pub fn poll_log(&self) -> Option<DeliveryLog> {
        self.logs.borrow_mut().pop()
    }

    /// Forgets some of what is past its retention. Returns the keys of bodies in the object store
    /// that nobody needs any more.
    ///
    /// # Errors
    /// [`SqlError`] if it can't; it will be tried again.
    pub fn prune(&self, now: UnixTime) -> Result<Vec<String>, SqlError> {
        self.sql.transaction(|| {
            let expired = self.sql.exec(
                "DELETE FROM delivery WHERE (event, destination, round) IN (
                    SELECT event, destination, round FROM delivery
                    WHERE state IN ('delivered', 'dead') AND due_at <= ?
                    ORDER BY due_at LIMIT 200)
                 RETURNING event, destination, round",
                &[now.as_millis().into()],
            )?;
            let mut bodies = Vec::new();
            for delivery in expired {
                self.sql.exec(
                    "DELETE FROM attempt WHERE event = ? AND destination = ? AND round = ?",
                    &delivery,
                )?;
                let event = delivery.into_iter().next().unwrap_or(Value::Null);
                let forgotten = self.sql.exec(
                    "DELETE FROM event WHERE seq = ?1
                        AND NOT EXISTS (SELECT 1 FROM delivery WHERE event = ?1)
                     RETURNING body_at",
                    &[event],
                )?;
                bodies.extend(forgotten.into_iter().filter_map(|row| Columns::of(row).text()));
            }
            Ok(bodies)
        })
    }
}

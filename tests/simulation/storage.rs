use std::cell::{Cell, RefCell};
use std::rc::Rc;

use countersign::gateway::inbox::{Inbox, Row, Sql, SqlError, Value};

use crate::faults::{Fault, Faults, Place};
use crate::sqlite::Sqlite;

/// What a Durable Object keeps on disk: its database and its alarm. What one turn writes becomes
/// durable together, at its end.
#[derive(Clone, Debug)]
pub(crate) struct Storage(Rc<Disk>);

#[derive(Debug)]
struct Disk {
    sqlite: Sqlite,
    is_new: bool,
    faults: Rc<RefCell<Faults>>,
    /// By the clock of the platform.
    alarm: Cell<Option<i64>>,
    alarm_before: Cell<Option<i64>>,
    struck: Cell<Option<Fault>>,
    /// Whether a statement was made to fail in this turn.
    has_failed: Cell<bool>,
}

impl Drop for Disk {
    fn drop(&mut self) {
        if !self.is_new {
            EMPTIED.with_borrow_mut(|emptied| emptied.push(self.sqlite.clone()));
        }
    }
}

thread_local! {
    /// Databases that others have had, with their prepared statements.
    static EMPTIED: RefCell<Vec<Sqlite>> = const { RefCell::new(Vec::new()) };
}

/// A database with all tables and nothing in them.
fn emptied() -> Sqlite {
    let Some(sqlite) = EMPTIED.with_borrow_mut(Vec::pop) else {
        let sqlite = Sqlite::new();
        Inbox::open(sqlite.clone()).unwrap();
        return sqlite;
    };
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema'";
    for row in sqlite.exec(tables, &[]).unwrap() {
        let Value::Text(name) = &row[0] else { unreachable!() };
        sqlite.exec(&format!("DELETE FROM {name}"), &[]).unwrap();
    }
    sqlite
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All that it wrote is durable.
    Durable,
    /// Something struck. What was written by then is durable, or is gone.
    Struck { fault: Fault, is_durable: bool },
}

impl Storage {
    /// A new database, or one that has its tables and no rows: to make them takes longer than all
    /// the rest.
    pub(crate) fn new(faults: &Rc<RefCell<Faults>>, is_new: bool) -> Self {
        let sqlite = if is_new { Sqlite::new() } else { emptied() };
        Self(Rc::new(Disk {
            sqlite,
            is_new,
            faults: Rc::clone(faults),
            alarm: Cell::new(None),
            alarm_before: Cell::new(None),
            struck: Cell::new(None),
            has_failed: Cell::new(false),
        }))
    }

    /// The database itself, for observers: nothing goes wrong there.
    pub(crate) fn sqlite(&self) -> &Sqlite {
        &self.0.sqlite
    }

    pub(crate) fn alarm(&self) -> Option<i64> {
        self.0.alarm.get()
    }

    pub(crate) fn set_alarm(&self, at: Option<i64>) {
        self.0.alarm.set(at);
    }

    pub(crate) fn begin_turn(&self) {
        self.0.struck.set(None);
        self.0.has_failed.set(false);
        self.0.alarm_before.set(self.0.alarm.get());
        self.0.sqlite.control("SAVEPOINT turn");
    }

    pub(crate) fn end_turn(&self) -> End {
        let fault = self.0.struck.get().or_else(|| self.step(Place::Durable));
        if fault == Some(Fault::Kill) {
            self.0.sqlite.control("ROLLBACK TO turn");
            self.0.alarm.set(self.0.alarm_before.get());
        }
        self.0.sqlite.control("RELEASE turn");
        if let Some(fault) = fault {
            return End::Struck { fault, is_durable: fault == Fault::Trap };
        }
        match self.step(Place::Output) {
            Some(fault) => End::Struck { fault, is_durable: true },
            None => End::Durable,
        }
    }

    /// Whether anything was made to fail in this turn.
    pub(crate) fn has_failed(&self) -> bool {
        self.0.has_failed.get()
    }

    fn step(&self, place: Place) -> Option<Fault> {
        self.0.faults.borrow_mut().step(place)
    }

    /// Whether the code goes on.
    fn survives(&self, place: Place) -> Result<(), SqlError> {
        let struck = self.0.struck.get();
        let Some(fault) = struck.or_else(|| self.step(place)) else {
            return Ok(());
        };
        self.0.has_failed.set(true);
        if fault != Fault::Error {
            self.0.struck.set(Some(fault));
        }
        Err(SqlError(format!("simulated: {fault:?}")))
    }
}

/// After a kill or a trap every further statement fails; whatever the code makes of that is thrown
/// away.
impl Sql for Storage {
    type Blob = Vec<u8>;

    fn exec(
        &self,
        statement: &str,
        values: &[Value<Vec<u8>>],
    ) -> Result<Vec<Row<Vec<u8>>>, SqlError> {
        self.survives(Place::Statement)?;
        self.0.sqlite.exec(statement, values)
    }

    fn transaction<T>(&self, run: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        self.0.sqlite.transaction(|| {
            let result = run()?;
            self.survives(Place::Commit).map(|()| result)
        })
    }
}

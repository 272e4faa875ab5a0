//! A database of an earlier version is brought up to date where it is, with the rows in it, and may
//! be interrupted at any point.

use std::cell::Cell;

use countersign::gateway::inbox::{Acceptance, Inbox, Row, Sql, SqlError, Value};
use countersign::scheme::PEEKER;
use serde_json::json;

use crate::rig::{DAY, FAILED, GONE, OK, Rig, Sent};
use crate::sqlite::Sqlite;

/// One that fails from its n-th step on, as a process does that is killed there.
struct Failing {
    sqlite: Sqlite,
    left: Cell<u32>,
}

impl Failing {
    fn step(&self) -> Result<(), SqlError> {
        let left = self.left.get().checked_sub(1);
        left.map(|left| self.left.set(left)).ok_or_else(|| SqlError("killed".to_owned()))
    }
}

impl Sql for Failing {
    type Blob = Vec<u8>;

    fn exec(
        &self,
        statement: &str,
        values: &[Value<Vec<u8>>],
    ) -> Result<Vec<Row<Vec<u8>>>, SqlError> {
        self.step()?;
        self.sqlite.exec(statement, values)
    }

    fn transaction<T>(&self, run: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        self.sqlite.transaction(|| {
            let result = run()?;
            self.step().map(|()| result)
        })
    }
}

/// All of a database's tables and indexes.
fn schema(sqlite: &Sqlite) -> Vec<Row<Vec<u8>>> {
    let query = "SELECT name, sql FROM sqlite_schema ORDER BY name";
    sqlite.exec(query, &[]).unwrap()
}

/// Undoes all steps but the first.
fn back_to_the_first_version(sqlite: &Sqlite) {
    for statement in ["DROP TABLE layout", "DELETE FROM schema WHERE version > 1"] {
        sqlite.exec(statement, &[]).unwrap();
    }
}

fn all_rows(sqlite: &Sqlite) -> Vec<Vec<Row<Vec<u8>>>> {
    let rows = |table| sqlite.exec(&format!("SELECT * FROM {table}"), &[]).unwrap();
    ["event", "delivery", "attempt", "destination", "meta"].map(rows).into()
}

/// With an event in each state.
fn rig_with_rows() -> Rig {
    let mut rig = Rig::new(&PEEKER, &json!({}));
    for id in ["evt_delivered", "evt_dead", "evt_failed", "evt_leased", "evt_pending"] {
        rig.come(Sent::new(id));
    }
    for outcome in [OK, GONE, FAILED] {
        rig.attempt(outcome);
    }
    rig.lease().unwrap();
    let states = ["delivered", "dead", "pending", "leased", "pending"];
    assert_eq!(rig.states(), states);
    rig
}

#[test]
fn a_database_of_the_first_version_keeps_all_its_rows() {
    let mut rig = rig_with_rows();
    let sqlite = rig.database(0);
    let (wanted, before) = (schema(&sqlite), all_rows(&sqlite));
    back_to_the_first_version(&sqlite);
    assert_ne!(schema(&sqlite), wanted);
    rig.restart();
    rig.inbox(0);
    assert_eq!(schema(&sqlite), wanted);
    assert_eq!(all_rows(&sqlite), before);
    assert!(matches!(rig.come(Sent::new("evt_delivered")), Acceptance::Duplicate { .. }));
    assert_eq!(rig.come(Sent::new("evt_dead")), Acceptance::Redriven);
    rig.wait(DAY);
    for lease in rig.leases() {
        rig.end(&lease, OK);
    }
    assert!(rig.states().iter().all(|state| state == "delivered"), "{:?}", rig.states());
}

#[test]
fn a_migration_that_is_killed_at_any_point_is_taken_up_again() {
    let wanted = {
        let sqlite = Sqlite::new();
        Inbox::open(sqlite.clone()).unwrap();
        schema(&sqlite)
    };
    let mut killed = 0;
    for is_old in [false, true] {
        for left in 0.. {
            let sqlite = if is_old {
                let sqlite = rig_with_rows().database(0);
                back_to_the_first_version(&sqlite);
                sqlite
            } else {
                Sqlite::new()
            };
            let before = is_old.then(|| all_rows(&sqlite));
            let failing = Failing { sqlite: sqlite.clone(), left: Cell::new(left) };
            if Inbox::open(failing).is_ok() {
                break;
            }
            killed += 1;
            Inbox::open(sqlite.clone()).unwrap();
            assert_eq!(schema(&sqlite), wanted, "killed after {left} steps");
            assert!(before.is_none_or(|before| before == all_rows(&sqlite)));
        }
    }
    println!("killed at {killed} points");
    assert!(killed > 10);
}

#[test]
fn opening_what_is_up_to_date_changes_nothing() {
    let mut rig = rig_with_rows();
    let sqlite = rig.database(0);
    let before = (schema(&sqlite), all_rows(&sqlite));
    for _ in 0..3 {
        rig.restart();
        rig.inbox(0);
    }
    assert_eq!((schema(&sqlite), all_rows(&sqlite)), before);
}

/// During a deployment an older Worker meets a newer schema.
#[test]
fn a_newer_schema_is_left_alone() {
    let mut rig = rig_with_rows();
    let sqlite = rig.database(0);
    for statement in [
        "ALTER TABLE event ADD COLUMN invented TEXT",
        "CREATE TABLE invented (name TEXT PRIMARY KEY)",
        "INSERT INTO schema (version) VALUES (99)",
    ] {
        sqlite.exec(statement, &[]).unwrap();
    }
    let before = schema(&sqlite);
    rig.restart();
    assert_eq!(rig.come(Sent::new("evt_new")), Acceptance::Fresh);
    rig.wait(DAY);
    for lease in rig.leases() {
        rig.end(&lease, OK);
    }
    assert_eq!(schema(&sqlite), before);
}

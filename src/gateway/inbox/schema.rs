//! What a shard stores. `docs/storage.md` says what the columns mean.

use super::sql::{Columns, Sql, SqlError};

/// Each step brings the schema from one version to the next. A step that has been released is
/// never changed. Steps only add: during a deployment an older Worker meets a newer schema.
pub(super) const MIGRATIONS: &[&[&str]] = &[
    &[
        "CREATE TABLE event (
            seq INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            variant TEXT NOT NULL,
            id TEXT NOT NULL,
            type TEXT,
            accepted_at INTEGER NOT NULL,
            conflict INTEGER NOT NULL,
            rounds INTEGER NOT NULL,
            copies INTEGER NOT NULL,
            last_copy_at INTEGER,
            head TEXT NOT NULL,
            body_at TEXT,
            body BLOB,
            UNIQUE (key, variant)
        )",
        "CREATE TABLE delivery (
            event INTEGER NOT NULL,
            destination TEXT NOT NULL,
            round INTEGER NOT NULL,
            state TEXT NOT NULL,
            due_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            early INTEGER NOT NULL DEFAULT 0,
            finished_at INTEGER,
            PRIMARY KEY (event, destination, round)
        ) WITHOUT ROWID",
        "CREATE INDEX delivery_open ON delivery (destination, due_at)
            WHERE state IN ('pending', 'leased')",
        "CREATE INDEX delivery_done ON delivery (due_at)
            WHERE state IN ('delivered', 'dead')",
        "CREATE TABLE attempt (
            event INTEGER NOT NULL,
            destination TEXT NOT NULL,
            round INTEGER NOT NULL,
            number INTEGER NOT NULL,
            at INTEGER NOT NULL,
            latency_ms INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            status INTEGER,
            error TEXT,
            answer TEXT NOT NULL,
            PRIMARY KEY (event, destination, round, number)
        ) WITHOUT ROWID",
        "CREATE TABLE destination (
            name TEXT PRIMARY KEY,
            breaker TEXT NOT NULL
        ) WITHOUT ROWID",
        "CREATE TABLE meta (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID",
    ],
    &["CREATE TABLE layout (
            shards INTEGER PRIMARY KEY,
            first_at INTEGER NOT NULL,
            last_at INTEGER
        )"],
];

/// Brings the schema up to date, with the rows that are in it. A step takes effect with its
/// version or not at all.
pub(super) fn migrate<S: Sql>(sql: &S, migrations: &[&[&str]]) -> Result<(), SqlError> {
    sql.exec("CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL)", &[])?;
    let rows = sql.exec("SELECT max(version) FROM schema", &[])?;
    let version = rows.into_iter().next().and_then(|row| Columns::of(row).integer()).unwrap_or(0);
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for (number, step) in (1_i64..).zip(migrations).skip(done) {
        sql.transaction(|| {
            for statement in *step {
                sql.exec(statement, &[])?;
            }
            sql.exec("INSERT INTO schema (version) VALUES (?)", &[number.into()]).map(drop)
        })?;
    }
    Ok(())
}

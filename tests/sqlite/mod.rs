//! SQLite for the inbox's tests: the real one, with the limits that it has in a Durable Object.

use std::rc::Rc;

use countersign::gateway::inbox::{Row, Sql, SqlError, Value};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ToSql, params_from_iter};

/// A database in memory. Clones share it: what one has written, the others read.
#[derive(Clone, Debug)]
pub(crate) struct Sqlite(Rc<Connection>);

impl Sqlite {
    pub(crate) fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.set_prepared_statement_cache_capacity(128);
        for (limit, most) in LIMITS {
            connection.set_limit(limit, most).unwrap();
        }
        for strict in [DbConfig::SQLITE_DBCONFIG_DQS_DML, DbConfig::SQLITE_DBCONFIG_DQS_DDL] {
            connection.set_db_config(strict, false).unwrap();
        }
        Self(Rc::new(connection))
    }

    /// Runs what the inbox itself may not: statements that begin and end transactions.
    pub(crate) fn control(&self, statement: &str) {
        let prepared = self.0.prepare_cached(statement);
        prepared.and_then(|mut prepared| prepared.execute([])).unwrap();
    }

    fn rows(&self, statement: &str, values: &[Value<Vec<u8>>]) -> Result<Vec<Row<Vec<u8>>>, Error> {
        let mut prepared = self.0.prepare_cached(statement)?;
        let count = prepared.column_count();
        let mut rows = prepared.query(params_from_iter(values.iter().map(Bound)))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((0..count).map(|n| row.get_ref(n).map(value)).collect::<Result<_, _>>()?);
        }
        Ok(all)
    }
}

impl Sql for Sqlite {
    type Blob = Vec<u8>;

    fn exec(
        &self,
        statement: &str,
        values: &[Value<Vec<u8>>],
    ) -> Result<Vec<Row<Vec<u8>>>, SqlError> {
        let first = statement.split_whitespace().next().unwrap_or_default().to_uppercase();
        if FORBIDDEN.contains(&first.as_str()) {
            return Err(SqlError(format!("not authorized: {statement}")));
        }
        self.rows(statement, values).map_err(|error| SqlError(format!("{error}: {statement}")))
    }

    fn transaction<T>(&self, run: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        self.control("SAVEPOINT inner");
        let result = run();
        if result.is_err() {
            self.control("ROLLBACK TO inner");
        }
        self.control("RELEASE inner");
        result
    }
}

/// What Durable Objects allow, by their documents.
const LIMITS: [(Limit, i32); 8] = [
    (Limit::SQLITE_LIMIT_LENGTH, 2 << 20),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
];

/// What a Durable Object refuses: it has transactions of its own.
const FORBIDDEN: [&str; 9] =
    ["ATTACH", "BEGIN", "COMMIT", "DETACH", "END", "PRAGMA", "RELEASE", "ROLLBACK", "SAVEPOINT"];

struct Bound<'v>(&'v Value<Vec<u8>>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, Error> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            // As JavaScript does: a column's affinity makes a whole number of it again.
            Value::Integer(number) => ValueRef::Real(*number as f64),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Whole numbers, text and bytes are all that the inbox stores.
fn value(value: ValueRef<'_>) -> Value<Vec<u8>> {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => panic!("a fraction in the inbox: {number}"),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

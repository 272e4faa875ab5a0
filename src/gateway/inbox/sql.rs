use std::fmt;

/// A synchronous SQL engine: SQLite, in a Durable Object or in a test.
///
/// What runs without an `await` in between is one unit there: nobody else's statements come in
/// between, and its writes become durable together.
pub trait Sql {
    /// How the platform holds bytes. Bodies pass through without being looked at.
    type Blob: Clone;

    /// Runs one statement, and returns all its rows.
    ///
    /// # Errors
    /// Whatever the engine says.
    fn exec(
        &self,
        statement: &str,
        values: &[Value<Self::Blob>],
    ) -> Result<Vec<Row<Self::Blob>>, SqlError>;

    /// Runs several statements, all or none of which take effect.
    ///
    /// # Errors
    /// Whatever `run` returns; what it did before is undone.
    fn transaction<T>(&self, run: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError>;
}

/// A value in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are all that SQLite has, but for fractions")]
pub enum Value<B> {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(B),
}

/// The values of one row, in the statement's order.
pub type Row<B> = Vec<Value<B>>;

impl<B> From<i64> for Value<B> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<B> From<u32> for Value<B> {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl<B> From<&str> for Value<B> {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<B> From<Option<&str>> for Value<B> {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

/// Why a statement failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "engines make it")]
pub struct SqlError(pub String);

impl SqlError {
    /// A row is not as this version writes it.
    pub(super) fn foreign(what: &str) -> Self {
        Self(what.to_owned())
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SqlError {}

/// Takes the values of a row one after the other. What has another type than is asked for counts
/// as absent.
pub(super) struct Columns<B>(std::vec::IntoIter<Value<B>>);

impl<B> Columns<B> {
    pub(super) fn of(row: Row<B>) -> Self {
        Self(row.into_iter())
    }

    pub(super) fn integer(&mut self) -> Option<i64> {
        match self.0.next() {
            Some(Value::Integer(number)) => Some(number),
            _ => None,
        }
    }

    pub(super) fn count(&mut self) -> Option<u32> {
        self.integer()?.try_into().ok()
    }

    pub(super) fn text(&mut self) -> Option<String> {
        match self.0.next() {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn blob(&mut self) -> Option<B> {
        match self.0.next() {
            Some(Value::Blob(bytes)) => Some(bytes),
            _ => None,
        }
    }
}

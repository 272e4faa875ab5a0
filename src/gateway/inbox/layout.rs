//! How many shards a source has, and has had. A copy of an event that came before a change may
//! belong to another shard than the event.

use std::time::Duration;

use serde_json::Value;

use super::sql::{Columns, Sql, SqlError};
use crate::time::UnixTime;

/// Every number of shards that a source has had, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layouts(Vec<Layout>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) shards: u32,
    first_at: UnixTime,
    /// `None` if it is the one in use.
    last_at: Option<UnixTime>,
}

impl Layouts {
    /// As text: `[[4,1763740800000,1763827200000],[8,1763827200000,null]]`.
    pub fn to_json(&self) -> String {
        let layout = |layout: &Layout| {
            let last_at = layout.last_at.map(UnixTime::as_millis);
            (layout.shards, layout.first_at.as_millis(), last_at)
        };
        let layouts: Vec<_> = self.0.iter().map(layout).collect();
        serde_json::to_string(&layouts).unwrap_or_default()
    }

    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let layouts = value.as_array()?.iter();
        layouts.map(Layout::parse).collect::<Option<_>>().map(Self)
    }

    /// The largest number of shards that the source has had.
    pub fn most_shards(&self) -> u32 {
        self.0.iter().map(|layout| layout.shards).max().unwrap_or_default()
    }

    /// The numbers of shards that events of the last `window` may have been stored under, besides
    /// the one in use.
    pub(super) fn earlier(&self, window: Duration, now: UnixTime) -> impl Iterator<Item = u32> {
        let is_recent = move |layout: &&Layout| {
            layout.last_at.is_some_and(|last_at| now < last_at.saturating_add(window))
        };
        self.0.iter().filter(is_recent).map(|layout| layout.shards)
    }

    /// Since when the source has been an inbox.
    pub(super) fn first_at(&self) -> Option<UnixTime> {
        self.0.iter().map(|layout| layout.first_at).min()
    }

    pub(super) fn is_current(&self, shards: u32) -> bool {
        self.0.iter().any(|layout| layout.shards == shards && layout.last_at.is_none())
    }
}

impl Layout {
    fn parse(value: &Value) -> Option<Self> {
        let [shards, first_at, last_at] = value.as_array()?.as_slice() else { return None };
        Some(Self {
            shards: shards.as_u64()?.try_into().ok()?,
            first_at: UnixTime::from_millis(first_at.as_i64()?),
            last_at: last_at.as_i64().map(UnixTime::from_millis),
        })
    }
}

pub(super) fn read<S: Sql>(sql: &S) -> Result<Layouts, SqlError> {
    let rows = sql.exec("SELECT shards, first_at, last_at FROM layout ORDER BY shards", &[])?;
    let layout = |row| {
        let mut columns = Columns::of(row);
        Some(Layout {
            shards: columns.count()?,
            first_at: UnixTime::from_millis(columns.integer()?),
            last_at: columns.integer().map(UnixTime::from_millis),
        })
    };
    rows.into_iter()
        .map(layout)
        .collect::<Option<_>>()
        .map(Layouts)
        .ok_or_else(|| SqlError::foreign("layout: a row can't be read"))
}

/// Notes that so many shards are in use now, and no longer another number of them.
pub(super) fn note<S: Sql>(sql: &S, shards: u32, now: UnixTime) -> Result<(), SqlError> {
    let now = now.as_millis();
    sql.transaction(|| {
        sql.exec(
            "UPDATE layout SET last_at = ? WHERE last_at IS NULL AND shards <> ?",
            &[now.into(), shards.into()],
        )?;
        sql.exec(
            "INSERT INTO layout (shards, first_at, last_at) VALUES (?, ?, NULL)
             ON CONFLICT (shards) DO UPDATE SET last_at = NULL",
            &[shards.into(), now.into()],
        )
    })
    .map(drop)
}

/// Takes over what the first shard knows.
pub(super) fn replace<S: Sql>(sql: &S, layouts: &Layouts) -> Result<(), SqlError> {
    sql.transaction(|| {
        sql.exec("DELETE FROM layout", &[])?;
        for layout in &layouts.0 {
            let last_at = layout.last_at.map_or(super::Value::Null, |at| at.as_millis().into());
            let values = [layout.shards.into(), layout.first_at.as_millis().into(), last_at];
            sql.exec("INSERT INTO layout (shards, first_at, last_at) VALUES (?, ?, ?)", &values)?;
        }
        Ok(())
    })
}

//! Milliseconds.

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// When every run begins: 2025-11-21T16:00:00Z.
pub(crate) const START: i64 = 1_763_740_800_000;

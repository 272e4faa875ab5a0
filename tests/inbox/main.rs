//! The inbox on a real SQLite, one rule after the other: the states of a delivery, copies by state,
//! the schedule, the breaker and its ramp, fan-out, retention, migrations, changes of shards, a
//! clock that is set back. The clock is an argument, so that months pass at once.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod breaker;
mod clock;
mod copies;
mod fanout;
mod held;
mod layouts;
mod migration;
mod retention;
mod reviewed;
mod rig;
mod schedule;
#[expect(dead_code, reason = "other tests use more of it")]
#[path = "../shard/mod.rs"]
mod shard;
#[path = "../sqlite/mod.rs"]
mod sqlite;
mod states;

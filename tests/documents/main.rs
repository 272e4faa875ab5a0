//! What the documents say of the inbox is compared with the inbox: its tables, the states of a
//! delivery, the tests that they name.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod guarantees;
mod links;
mod markdown;
mod runbook;
#[path = "../shard/mod.rs"]
mod shard;
#[path = "../sqlite/mod.rs"]
mod sqlite;
mod states;
mod storage;

//! The gateway without a platform: what it makes of its configuration, whom it lets in, what it
//! forwards, remembers, answers and logs.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod admission;
mod config;
mod destination;
mod filter;
mod inbox_settings;
mod life;
mod mistakes;
#[path = "../relay/mod.rs"]
mod relay;
mod replies;

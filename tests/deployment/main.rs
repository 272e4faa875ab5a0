//! What is wrong with a `wrangler.toml`, and with the one of this repository: nothing.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod cases;
mod mistakes;
mod random;
mod reports;
mod worker;

use countersign::gateway::deployment::{Folder, Report, check};

/// 2026-11-21T18:00:00Z.
pub(crate) const NOW: i64 = 1_795_284_000_000;
/// Part of every secret in these tests.
pub(crate) const CANARY: &str = "CANARYq83Xz";

pub(crate) fn folder(wrangler_toml: &str) -> Folder {
    Folder { wrangler_toml: wrangler_toml.to_owned(), now: NOW, ..Folder::default() }
}

/// What is said about a file, line by line.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    report.findings.iter().map(ToString::to_string).collect()
}

pub(crate) fn check_text(wrangler_toml: &str) -> Report {
    check(&folder(wrangler_toml))
}

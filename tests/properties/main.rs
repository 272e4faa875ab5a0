//! What has to hold for every input there is, tried with inputs made at random.
//!
//! Run them harder with `PROPTEST_CASES=100000 cargo test --test properties --release`.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod calendar;
mod configuration;
mod keys;
mod paths;
mod patterns;
mod request;
mod signed;
mod skew;
mod splits;
mod total;
mod unsigned;

use proptest::test_runner::Config;

/// So many cases, or what `PROPTEST_CASES` says. What is found is written down as a test, not kept
/// in a file of seeds.
pub(crate) fn cases(count: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(count), failure_persistence: None, ..Config::default() }
}

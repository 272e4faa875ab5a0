//! Hostile input, class by class: each case asserts the answer, that nothing reached the
//! destination, that the store did not change, and that the next good request is served.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod configuration;
#[path = "../corpus/mod.rs"]
mod corpus;
mod destination;
mod framing;
mod gateway;
#[path = "../relay/mod.rs"]
mod relay;
mod relayed;
mod routing;
mod secrets;
mod vectors;

/// How many cases a class has at least.
const LEAST: usize = 12;

/// Says how many cases of a class there were, which have to be enough.
fn report(class: &str, count: usize) {
    println!("{class}: {count} cases");
    assert!(count >= LEAST, "{class}: {count} cases");
}

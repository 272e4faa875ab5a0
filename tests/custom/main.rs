//! Schemes that a user writes down: known providers' come to the same verdicts as anybody else's
//! verifier, every mistake is named, nothing is ambiguous, and nothing panics.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    reason = "a test fails loudly, and its numbers are small"
)]

mod built_in;
#[path = "../corpus/mod.rs"]
mod corpus;
mod hostile;
mod mistakes;
mod providers;
mod readings;
mod round_trip;

use countersign::ConfigError;
use countersign::scheme::{Scheme, parse};

/// A definition with everything in it.
pub(crate) const FULL: &str = r#"{ "name": "full",
"signature": { "header": "X-Signature", "syntax": "versioned", "version": "v1", "assign": "=", "separator": ",", "encoding": "hex" },
"timestamp": { "header": "X-Timestamp", "format": "unix-seconds" },
"id": "X-Id", "type": "X-Type", "signed": ["v0:", "timestamp", ".", "id", ":"], "secret": { "base64": { "prefix": "whsec_" } } }"#;

#[track_caller]
pub(crate) fn scheme(definition: &str) -> &'static Scheme {
    parse(definition).unwrap_or_else(|error| panic!("{error}\n{definition}"))
}

/// What is wrong with a definition.
#[track_caller]
pub(crate) fn mistake(definition: &str) -> String {
    match parse(definition) {
        Err(error @ ConfigError::InvalidScheme { .. }) => {
            assert_eq!(error.code(), "invalid_scheme");
            error.to_string()
        }
        other => panic!("{other:?}\n{definition}"),
    }
}

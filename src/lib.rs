//! Did this webhook really come from that provider, and have we acted on it already?
//!
//! - [`scheme`]: how providers sign. Data.
//! - [`verify`]: is it genuine? Headers, bytes and a time in, a [`Verified`] event out.
//! - [`gateway`]: what to do with it? Configuration, dedupe, what to forward and what to answer.
//! - [`sign`]: the other side, for senders and tests.

#[cfg(feature = "worker")]
pub mod cloudflare;
pub mod gateway;
pub mod scheme;
pub mod sign;
pub mod verify;

mod encoding;
mod error;
#[cfg(any(feature = "js", feature = "js-signer", feature = "js-deployment"))]
pub mod js;
mod json;
mod mac;
mod secret;
mod time;

pub use self::error::ConfigError;
pub use self::mac::Digest;
pub use self::secret::{Key, Keyring, Secret, SecretFormat, Strength};
pub use self::time::{Tolerance, UnixTime};
pub use self::verify::{Headers, Prepared, Verified, Verifier, VerifyError};

/// The example in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

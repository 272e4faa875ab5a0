//! What can be wrong with how a verifier was set up. What can be wrong with a request is
//! [`VerifyError`](crate::VerifyError).

use std::fmt;

/// A mistake in a verifier's configuration. It is the operator's, never the sender's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// Two keys have one id, or two keys are the same secret.
    DuplicateKey {
        /// The id of the later key.
        id: String,
    },
    /// The secret is empty, or only white space, or decodes to nothing.
    EmptySecret,
    /// A key's `notBefore` is not before its `notAfter`.
    InvalidKeyWindow {
        /// The key's id.
        id: String,
    },
    /// The definition of a scheme has a mistake.
    InvalidScheme {
        /// Where: `signature.header`.
        path: String,
        /// What, and what to write there.
        message: String,
    },
    /// Zone-less timestamps were asked for of a scheme whose timestamps are no dates, or with
    /// more than nine fraction digits.
    InvalidTimestampFormat,
    /// The tolerance is not 1 to 86,400 seconds.
    InvalidTolerance,
    /// The secret has white space, a NUL or a byte-order mark at an end, or does not decode in
    /// the scheme's format.
    MalformedSecret,
    /// There is no secret at all.
    NoSecret,
    /// The secret decodes to fewer than 16 bytes, and weak secrets are not allowed.
    WeakSecret,
}

impl ConfigError {
    /// A stable name for machines, such as `empty_secret`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DuplicateKey { .. } => "duplicate_key",
            Self::EmptySecret => "empty_secret",
            Self::InvalidKeyWindow { .. } => "invalid_key_window",
            Self::InvalidScheme { .. } => "invalid_scheme",
            Self::InvalidTimestampFormat => "invalid_timestamp_format",
            Self::InvalidTolerance => "invalid_tolerance",
            Self::MalformedSecret => "malformed_secret",
            Self::NoSecret => "no_secret",
            Self::WeakSecret => "weak_secret",
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateKey { id } => write!(
                f,
                "key `{id}` repeats the id or the secret of an earlier key; remove one of them"
            ),
            Self::EmptySecret => f.write_str("the secret is empty; is its variable set?"),
            Self::InvalidKeyWindow { id } => {
                write!(f, "key `{id}` is never valid: notBefore must lie before notAfter")
            }
            Self::InvalidScheme { path, message } => write!(f, "{path}: {message}"),
            Self::InvalidTimestampFormat => f.write_str(
                "timestamps without a zone need a scheme that sends dates, and 0 to 9 fraction digits",
            ),
            Self::InvalidTolerance => f.write_str("the tolerance must be 1 to 86400 seconds"),
            Self::MalformedSecret => f.write_str(
                "the secret has white space at an end (a pasted newline?), \
                 or is not in the format that this scheme's secrets have",
            ),
            Self::NoSecret => f.write_str("there is no secret; at least one is needed"),
            Self::WeakSecret => f.write_str(
                "the secret has fewer than 16 bytes and can be guessed; \
                 take a longer one, or allow weak secrets explicitly",
            ),
        }
    }
}

impl std::error::Error for ConfigError {}

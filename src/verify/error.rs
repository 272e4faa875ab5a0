use std::fmt;

/// Why a request is not genuine, or can't be known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that takes one value came several times, or with a comma in it.
    AmbiguousHeader {
        /// The header's name.
        header: &'static str,
    },
    /// A header is not in the form that the scheme prescribes.
    MalformedHeader {
        /// The header's name.
        header: &'static str,
    },
    /// A header is absent.
    MissingHeader {
        /// The header's name.
        header: &'static str,
    },
    /// No key is valid at this time. This is the receiver's mistake.
    NoActiveKey,
    /// No signature is that of these bytes under a valid key: a forgery, a body that was changed
    /// on its way, or another secret.
    SignatureMismatch,
    /// The timestamp lies too far in the future.
    TimestampTooNew {
        /// Now minus the timestamp, in milliseconds: negative.
        skew_millis: i64,
    },
    /// The timestamp lies too far in the past: a replay, or a clock that is off.
    TimestampTooOld {
        /// Now minus the timestamp, in milliseconds: positive.
        skew_millis: i64,
    },
    /// There are signatures, but none of a version that the scheme knows.
    UnsupportedSignature,
}

impl VerifyError {
    /// A stable name for machines, such as `signature_mismatch`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AmbiguousHeader { .. } => "ambiguous_header",
            Self::MalformedHeader { .. } => "malformed_header",
            Self::MissingHeader { .. } => "missing_header",
            Self::NoActiveKey => "no_active_key",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TimestampTooNew { .. } => "timestamp_too_new",
            Self::TimestampTooOld { .. } => "timestamp_too_old",
            Self::UnsupportedSignature => "unsupported_signature",
        }
    }

    /// The header that is at fault, if one is.
    pub const fn header(&self) -> Option<&'static str> {
        match self {
            Self::AmbiguousHeader { header }
            | Self::MalformedHeader { header }
            | Self::MissingHeader { header } => Some(header),
            _ => None,
        }
    }

    /// Now minus the timestamp, in milliseconds, if the timestamp is at fault.
    pub const fn skew_millis(&self) -> Option<i64> {
        match self {
            Self::TimestampTooNew { skew_millis } | Self::TimestampTooOld { skew_millis } => {
                Some(*skew_millis)
            }
            _ => None,
        }
    }

    /// Of several failures the one that says most about the cause: a missing header before an
    /// ambiguous one, and so on; the first among equals.
    pub(super) fn most_specific<const N: usize>(failures: [Option<Self>; N]) -> Self {
        // Without any failure there is still no proof.
        failures.into_iter().flatten().min_by_key(Self::rank).unwrap_or(Self::SignatureMismatch)
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::MissingHeader { .. } => 0,
            Self::AmbiguousHeader { .. } => 1,
            Self::MalformedHeader { .. } => 2,
            Self::UnsupportedSignature => 3,
            Self::TimestampTooNew { .. } | Self::TimestampTooOld { .. } => 4,
            Self::NoActiveKey => 5,
            Self::SignatureMismatch => 6,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AmbiguousHeader { header } => {
                write!(f, "header {header} has more than one value")
            }
            Self::MalformedHeader { header } => write!(f, "header {header} is malformed"),
            Self::MissingHeader { header } => write!(f, "header {header} is missing"),
            Self::NoActiveKey => f.write_str("no key is valid at this time"),
            Self::SignatureMismatch => f.write_str(
                "the signature does not match: another secret, or the body is not the one that was signed",
            ),
            Self::TimestampTooNew { skew_millis } => {
                write!(f, "the timestamp is {} in the future", Seconds(*skew_millis))
            }
            Self::TimestampTooOld { skew_millis } => {
                write!(f, "the timestamp is {} in the past", Seconds(*skew_millis))
            }
            Self::UnsupportedSignature => {
                f.write_str("there is no signature of a version that this scheme knows")
            }
        }
    }
}

impl std::error::Error for VerifyError {}

/// Milliseconds, shown as seconds without a sign: `300.001 s`.
struct Seconds(i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.unsigned_abs();
        write!(f, "{}.{:03} s", millis / 1000, millis % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_and_where() {
        let shown = |error: VerifyError| error.to_string();
        assert_eq!(
            shown(VerifyError::MissingHeader { header: "Peeker-Timestamp" }),
            "header Peeker-Timestamp is missing"
        );
        assert_eq!(
            shown(VerifyError::TimestampTooNew { skew_millis: -300_001 }),
            "the timestamp is 300.001 s in the future"
        );
    }

    #[test]
    fn the_most_specific_failure_wins_and_the_first_among_equals() {
        let missing = |header| Some(VerifyError::MissingHeader { header });
        let malformed = Some(VerifyError::MalformedHeader { header: "a" });
        let failures = [malformed, missing("b"), missing("c")];
        assert_eq!(Some(VerifyError::most_specific(failures)), missing("b"));
    }
}

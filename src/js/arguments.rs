//! What the verifier and the signer are given, as the core takes it.

use zeroize::Zeroizing;

use crate::encoding;
use crate::error::ConfigError;
use crate::scheme::{self, Scheme, custom};
use crate::secret::{Secret, Strength};
use crate::time::UnixTime;

/// The scheme of this name, or of the lines that `custom::to_lines` has written.
pub(super) fn scheme(text: &str) -> Option<&'static Scheme> {
    scheme::by_name(text).or_else(|| text.ends_with('\n').then(|| custom::of_lines(text)))
}

/// A secret: text in the scheme's format, or bytes as they are. The bytes are wiped.
pub(super) fn secret(
    bytes: Vec<u8>,
    is_text: bool,
    scheme: &Scheme,
    strength: Strength,
) -> Result<Secret, ConfigError> {
    let bytes = Zeroizing::new(bytes);
    match std::str::from_utf8(&bytes).ok().filter(|_| is_text) {
        Some(text) => Secret::parse(text, scheme.secret, strength),
        None => Secret::from_bytes(&bytes, strength),
    }
}

pub(super) const fn strength(allow_weak: bool) -> Strength {
    if allow_weak { Strength::AllowWeak } else { Strength::Required }
}

/// The code of an error, and what it is about.
pub(super) fn mistake_text(error: &ConfigError) -> String {
    match error {
        ConfigError::DuplicateKey { id } | ConfigError::InvalidKeyWindow { id } => {
            encoding::join(&[error.code(), ": ", id])
        }
        #[cfg(feature = "js-signer")]
        ConfigError::InvalidScheme { path, message } => {
            encoding::join(&[error.code(), ": ", path, ": ", message])
        }
        _ => error.code().to_owned(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is a whole number")]
pub(super) fn time(millis: f64) -> UnixTime {
    UnixTime::from_millis(millis as i64)
}

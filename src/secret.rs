//! Secrets, and the keyring that lets two of them overlap during a rotation.

use std::fmt;

use crate::encoding;
use crate::error::ConfigError;
use crate::mac::HmacKey;
use crate::time::UnixTime;

/// A webhook secret.
///
/// It can't be cloned, compared, printed or serialised, its `Debug` shows nothing, and its memory
/// is wiped when it is dropped.
///
/// ```
/// use countersign::{Secret, SecretFormat, Strength};
///
/// let secret = Secret::parse("correct horse battery", SecretFormat::Utf8, Strength::Required)?;
/// assert_eq!(format!("{secret:?}"), "Secret(elided)");
/// # Ok::<(), countersign::ConfigError>(())
/// ```
///
/// ```compile_fail
/// fn copy(secret: &countersign::Secret) -> countersign::Secret {
///     secret.clone()
/// }
/// ```
pub struct Secret(HmacKey);

impl Secret {
    /// From text, in the format that the scheme's provider hands out.
    ///
    /// # Errors
    /// [`ConfigError::EmptySecret`] if it is blank; [`ConfigError::MalformedSecret`] if it has white
    /// space, a NUL or a byte-order mark at an end, or does not decode; [`ConfigError::WeakSecret`]
    /// if it has fewer than 16 bytes and `strength` requires them.
    pub fn parse(
        text: &str,
        format: SecretFormat,
        strength: Strength,
    ) -> Result<Self, ConfigError> {
        if text.chars().all(char::is_whitespace) {
            return Err(ConfigError::EmptySecret);
        }
        if text.starts_with(is_pasted) || text.ends_with(is_pasted) {
            return Err(ConfigError::MalformedSecret);
        }
        match format {
            SecretFormat::Utf8 => Self::from_bytes(text.as_bytes(), strength),
            SecretFormat::Base64 { prefix } => {
                let text = text.strip_prefix(prefix).unwrap_or(text);
                let decoded = encoding::decode_base64(text.as_bytes());
                let bytes = decoded.ok_or(ConfigError::MalformedSecret)?;
                Self::from_bytes(&bytes, strength)
            }
        }
    }

    /// From the key's own bytes, taken as they are.
    ///
    /// # Errors
    /// [`ConfigError::EmptySecret`] if there are none; [`ConfigError::WeakSecret`] if there are
    /// fewer than 16 and `strength` requires them.
    pub fn from_bytes(bytes: &[u8], strength: Strength) -> Result<Self, ConfigError> {
        match bytes.len() {
            0 => Err(ConfigError::EmptySecret),
            ..MIN_BYTES if strength == Strength::Required => Err(ConfigError::WeakSecret),
            _ => Ok(Self(HmacKey::new(bytes))),
        }
    }

    pub(crate) fn hmac_key(&self) -> &HmacKey {
        &self.0
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(elided)")
    }
}

/// How a provider writes its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretFormat {
    /// Padded standard base64 of the key's bytes, after an optional prefix such as `whsec_`.
    Base64 {
        /// The prefix.
        prefix: &'static str,
    },
    /// The text is the key.
    Utf8,
}

/// Whether a secret must be long enough not to be guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is a named boolean")]
pub enum Strength {
    /// Any length will do, for a provider that hands out short ones.
    AllowWeak,
    /// At least 16 bytes.
    Required,
}

/// A secret with an id and, during a rotation, a window of validity.
#[derive(Debug)]
pub struct Key {
    id: String,
    secret: Secret,
    not_before: Option<UnixTime>,
    not_after: Option<UnixTime>,
}

impl Key {
    /// A key that is always valid. Its id stands in verdicts and logs.
    pub fn new(id: impl Into<String>, secret: Secret) -> Self {
        Self { id: id.into(), secret, not_before: None, not_after: None }
    }

    /// The first moment at which the key is valid.
    #[must_use]
    pub fn not_before(mut self, time: UnixTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// The first moment at which the key is no longer valid.
    #[must_use]
    pub fn not_after(mut self, time: UnixTime) -> Self {
        self.not_after = Some(time);
        self
    }

    /// The key's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// What a host hashes ahead of a message, if it computes the inner digest.
    pub(crate) fn inner_pad(&self) -> &[u8; 64] {
        self.secret.hmac_key().inner_pad()
    }

    pub(crate) fn is_active(&self, now: UnixTime) -> bool {
        self.not_before.is_none_or(|start| start <= now)
            && self.not_after.is_none_or(|end| now < end)
    }

    fn can_be_active(&self) -> bool {
        match (self.not_before, self.not_after) {
            (Some(start), Some(end)) => start < end,
            _ => true,
        }
    }
}

/// The keys of one source: usually one, two during a rotation.
///
/// ```
/// use countersign::{Key, Keyring, Secret, SecretFormat, Strength, UnixTime};
///
/// let secret = |text| Secret::parse(text, SecretFormat::Utf8, Strength::Required);
/// let end_of_overlap = UnixTime::from_secs(1_764_547_200);
/// let keyring = Keyring::new(vec![
///     Key::new("new", secret("the secret of next week")?),
///     Key::new("old", secret("the secret of last week")?).not_after(end_of_overlap),
/// ])?;
/// # Ok::<(), countersign::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Keyring(Vec<Key>);

impl Keyring {
    /// From keys with distinct ids and distinct secrets.
    ///
    /// # Errors
    /// [`ConfigError::NoSecret`], [`ConfigError::DuplicateKey`] or
    /// [`ConfigError::InvalidKeyWindow`].
    pub fn new(keys: Vec<Key>) -> Result<Self, ConfigError> {
        if keys.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        if let Some(key) = keys.iter().find(|key| !key.can_be_active()) {
            return Err(ConfigError::InvalidKeyWindow { id: key.id.clone() });
        }
        match first_duplicate(&keys) {
            Some(key) => Err(ConfigError::DuplicateKey { id: key.id.clone() }),
            None => Ok(Self(keys)),
        }
    }

    /// The keyring of one secret; its key is called `key-1`.
    pub fn of(secret: Secret) -> Self {
        Self(vec![Key::new("key-1", secret)])
    }

    /// The keys, valid or not, in the order in which they were given.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// Whether any key is valid at this time.
    pub fn is_active(&self, now: UnixTime) -> bool {
        self.0.iter().any(|key| key.is_active(now))
    }

    /// Whether this secret is one of the keys'.
    pub(crate) fn has(&self, secret: &Secret) -> bool {
        self.0.iter().any(|key| key.secret.is_same(secret))
    }

    /// Whether the two hold a secret in common.
    pub(crate) fn shares_secret_with(&self, other: &Self) -> bool {
        self.0.iter().any(|key| other.has(&key.secret))
    }
}

fn first_duplicate(keys: &[Key]) -> Option<&Key> {
    keys.iter().enumerate().find_map(|(position, key)| {
        keys.iter()
            .take(position)
            .any(|earlier| earlier.id == key.id || earlier.secret.is_same(&key.secret))
            .then_some(key)
    })
}

/// What ends up at a secret's ends when it is pasted or read from a file.
fn is_pasted(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\0' | '\u{feff}')
}

const MIN_BYTES: usize = 16;

//! Is it genuine? Headers, bytes and a time go in; a [`Verified`] event or a [`VerifyError`] comes
//! out.
//!
//! There is one path, in two phases, whoever computes the hash:
//!
//! 1. [`Verifier::prepare`] reads and judges the headers. It refuses most forgeries before a body
//!    is even read, and yields what has to be hashed.
//! 2. [`Prepared::finish`] hashes the body, or takes a host's digests of it, judges the time again
//!    (a slow body can hold a valid header open), compares, and yields the proof.

mod error;
mod event_type;
mod header;
mod prepared;
mod signature;
mod timestamp;
mod verified;

pub use self::error::VerifyError;
pub(crate) use self::event_type::is_word_byte;
pub use self::event_type::{EventType, is_event_type};
pub use self::header::Headers;
pub(crate) use self::header::Values;
pub use self::prepared::{BodyHash, Prepared};
pub(crate) use self::prepared::{Claim, SentHeaders};
pub(crate) use self::timestamp::parse as parse_timestamp;
pub use self::verified::Verified;
#[cfg(feature = "js")]
pub(crate) use self::verified::catalogued;

use crate::error::ConfigError;
use crate::scheme::{Scheme, TimestampFormat};
use crate::secret::Keyring;
use crate::time::{Tolerance, UnixTime};

/// Verifies what one source sends.
///
/// ```
/// use countersign::scheme::PEEKER;
/// use countersign::sign::{Outgoing, sign};
/// use countersign::{Keyring, Secret, SecretFormat, Strength, UnixTime, Verifier};
///
/// let secret = || Secret::parse("whatever the portal shows", SecretFormat::Utf8, Strength::Required);
/// let verifier = Verifier::new(&PEEKER, Keyring::of(secret()?));
///
/// // What arrives. `sign` plays the provider here.
/// let now = UnixTime::from_secs(1_763_740_800);
/// let body = br#"{"type":"order.completed"}"#;
/// let message = Outgoing { event_id: Some("evt_1"), event_type: None, timestamp: now, body };
/// let headers = sign(&PEEKER, &[&secret()?], &message)?;
///
/// let event = verifier.verify(&headers, body, now)?;
/// assert_eq!(event.event_id(), Some("evt_1"));
/// assert_eq!(event.event_type().name(), Some("order.completed"));
///
/// let later = UnixTime::from_secs(1_763_740_800 + 301);
/// assert_eq!(verifier.verify(&headers, body, later).unwrap_err().code(), "timestamp_too_old");
/// assert_eq!(verifier.verify(&headers, b"{}", now).unwrap_err().code(), "signature_mismatch");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Verifier {
    scheme: &'static Scheme,
    keyring: Keyring,
    tolerance: Tolerance,
    timestamp_format: Option<TimestampFormat>,
}

impl Verifier {
    /// A verifier with the default tolerance of 300 s.
    pub fn new(scheme: &'static Scheme, keyring: Keyring) -> Self {
        let timestamp_format = scheme.timestamp.map(|timestamp| timestamp.format);
        Self { scheme, keyring, tolerance: Tolerance::DEFAULT, timestamp_format }
    }

    /// Another tolerance.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// For a sender whose dates have no zone: always none, read as UTC, always this many fraction
    /// digits. "With or without" can't be had: the signed content could then be read in two ways.
    ///
    /// # Errors
    /// [`ConfigError::InvalidTimestampFormat`] if the scheme's timestamps are no dates, or for more
    /// than nine digits.
    pub fn without_zone(mut self, fraction_digits: u8) -> Result<Self, ConfigError> {
        if self.timestamp_format != Some(TimestampFormat::Rfc3339) || fraction_digits > 9 {
            return Err(ConfigError::InvalidTimestampFormat);
        }
        self.timestamp_format = Some(TimestampFormat::Rfc3339WithoutZone { fraction_digits });
        Ok(self)
    }

    /// The scheme.
    pub const fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// The keys.
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Verifies a request whose body is at hand: the raw bytes, as they came.
    ///
    /// # Errors
    /// The most specific reason why the request can't be taken for genuine.
    pub fn verify<'a>(
        &'a self,
        headers: &'a (impl Headers + ?Sized),
        body: &'a [u8],
        now: UnixTime,
    ) -> Result<Verified<'a>, VerifyError> {
        self.prepare(headers, now)?.finish(body, now)
    }

    /// Reads and judges the headers, before there is a body.
    ///
    /// # Errors
    /// The most specific reason why no body could make this request genuine.
    pub fn prepare<'a>(
        &'a self,
        headers: &'a (impl Headers + ?Sized),
        now: UnixTime,
    ) -> Result<Prepared<'a>, VerifyError> {
        let values = Values::of(headers, self.scheme);
        let mut claim = Claim::default();
        let sent = self.read(values, now, &mut claim)?;
        Ok(Prepared { verifier: self, sent, claim })
    }

    /// Judges headers, and fills in what they claim.
    pub(crate) fn read<'h>(
        &self,
        values: Values<'h>,
        now: UnixTime,
        claim: &mut Claim,
    ) -> Result<SentHeaders<'h>, VerifyError> {
        let timestamp = self.timestamp(&values);
        let event_id = self.event_id(&values);
        let event_type = self.event_type(&values);
        let signature = signature::read(values.signature, &self.scheme.signature, &mut claim.tags);
        let (timestamp, event_id, signature) = match (timestamp, event_id, signature) {
            (Ok(timestamp), Ok(event_id), Ok(signature)) => (timestamp, event_id, signature),
            (timestamp, event_id, signature) => {
                let failures = [timestamp.err(), event_id.err(), signature.err()];
                return Err(VerifyError::most_specific(failures));
            }
        };
        let (timestamp, time) = timestamp.unzip();
        if let Some(time) = time {
            self.judge_time(time, now)?;
        }
        claim.time = time;
        Ok(SentHeaders { timestamp, event_id, event_type, signature })
    }

    /// The timestamp as it was sent, and what it means.
    fn timestamp<'h>(
        &self,
        values: &Values<'h>,
    ) -> Result<Option<(&'h str, UnixTime)>, VerifyError> {
        let (Some(timestamp), Some(format)) = (self.scheme.timestamp, self.timestamp_format) else {
            return Ok(None);
        };
        let header = timestamp.header;
        let text = header::single(values.timestamp.as_ref(), header, timestamp::MAX_BYTES)?;
        let time = timestamp::parse(text, format).ok_or(VerifyError::MalformedHeader { header })?;
        Ok(Some((text, time)))
    }

    /// The time that a timestamp names, if it is in the format of this verifier.
    #[cfg(feature = "js")]
    pub(crate) fn time_of(&self, timestamp: &str) -> Option<UnixTime> {
        timestamp::parse(timestamp, self.timestamp_format?)
    }

    fn event_id<'h>(&self, values: &Values<'h>) -> Result<Option<&'h str>, VerifyError> {
        let Some(header) = self.scheme.event_id else {
            return Ok(None);
        };
        let id = header::single(values.event_id.as_ref(), header, MAX_EVENT_ID_BYTES)?;
        if is_event_id(id) { Ok(Some(id)) } else { Err(VerifyError::MalformedHeader { header }) }
    }

    /// The type header. Nothing depends on it: an odd one is as good as none.
    fn event_type<'h>(&self, values: &Values<'h>) -> Option<&'h str> {
        let header = self.scheme.event_type?;
        let name = header::single(values.event_type.as_ref(), header, event_type::MAX_BYTES);
        name.ok().filter(|name| is_event_type(name))
    }

    fn judge_time(&self, timestamp: UnixTime, now: UnixTime) -> Result<(), VerifyError> {
        match now.millis_since(timestamp) {
            skew_millis if self.tolerance.permits(skew_millis) => Ok(()),
            skew_millis @ ..0 => Err(VerifyError::TimestampTooNew { skew_millis }),
            skew_millis => Err(VerifyError::TimestampTooOld { skew_millis }),
        }
    }
}

/// Whether `id` can stand in the signed content of a scheme: `[A-Za-z0-9_-]{1,255}`.
///
/// Never a dot: a captured request could then be split at another dot, which gives another id and
/// another body under the same signature.
pub fn is_event_id(id: &str) -> bool {
    // No early exit: so it becomes a few SIMD instructions.
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() | matches!(byte, b'_' | b'-');
    (1..=MAX_EVENT_ID_BYTES).contains(&id.len())
        && id.bytes().fold(true, |allowed, byte| allowed & is_allowed(byte))
}

const MAX_EVENT_ID_BYTES: usize = 255;

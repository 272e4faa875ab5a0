//! Signing, as each provider does it: for senders, and for tests of receivers.

use std::fmt;

use crate::mac::Tag;
use crate::scheme::{Part, Scheme, SignatureSyntax, TimestampFormat};
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::verify::{is_event_id, is_event_type, parse_timestamp};

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "callers write it as a literal")]
pub struct Outgoing<'a> {
    /// The event's id, for a scheme that has one.
    pub event_id: Option<&'a str>,
    /// The event's type, for a scheme that names it in a header.
    pub event_type: Option<&'a str>,
    /// The time of signing.
    pub timestamp: UnixTime,
    /// The body, exactly as it will be sent.
    pub body: &'a [u8],
}

/// The headers that `scheme` puts on `message`. With several secrets the signature header lists a
/// signature for each, as during a rotation.
///
/// # Errors
/// See [`SignError`].
///
/// ```
/// use countersign::scheme::BOATEROS;
/// use countersign::sign::{Outgoing, sign};
/// use countersign::{Secret, SecretFormat, Strength, UnixTime};
///
/// let secret = Secret::parse("whatever the portal shows", SecretFormat::Utf8, Strength::Required)?;
/// let headers = sign(&BOATEROS, &[&secret], &Outgoing {
///     event_id: None,
///     event_type: Some("hull.sold"),
///     timestamp: UnixTime::from_secs(1_763_740_800),
///     body: b"{}",
/// })?;
/// assert_eq!(headers[0], ("Boateros-Timestamp", "2025-11-21T16:00:00.000Z".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign(
    scheme: &'static Scheme,
    secrets: &[&Secret],
    message: &Outgoing<'_>,
) -> Result<Vec<(&'static str, String)>, SignError> {
    let timestamp = match scheme.timestamp {
        Some(header) => Some((header.header, render(message.timestamp, header.format)?)),
        None => None,
    };
    let event_id = match scheme.event_id {
        Some(header) => Some((header, event_id(message)?)),
        None => None,
    };
    let event_type = scheme.event_type.zip(event_type(message)?);

    let mut prefix = String::new();
    for part in scheme.signed {
        prefix.push_str(match part {
            Part::Dot => ".",
            Part::EventId => event_id.as_ref().map_or("", |(_, id)| id),
            Part::Text(text) => text,
            Part::Timestamp => timestamp.as_ref().map_or("", |(_, text)| text),
        });
    }
    let tag = |secret: &&Secret| secret.hmac_key().sign(&[prefix.as_bytes(), message.body]);
    let tags: Vec<Tag> = secrets.iter().map(tag).collect();

    let signature = (scheme.signature.header, signature(scheme, &tags)?);
    Ok([timestamp, event_id, event_type, Some(signature)].into_iter().flatten().collect())
}

/// The timestamp as text, if a receiver reads the same time from it, cut to what the format can
/// express.
fn render(time: UnixTime, format: TimestampFormat) -> Result<String, SignError> {
    let text = match format {
        TimestampFormat::Rfc3339 => time.to_rfc3339(),
        TimestampFormat::Rfc3339WithoutZone { fraction_digits } => {
            without_zone(&time.to_rfc3339(), fraction_digits)
        }
        TimestampFormat::UnixSeconds => time.to_unix_seconds(),
    };
    let cut = parse_timestamp(&text, format).map(|read| time.millis_since(read));
    match cut {
        Some(cut) if (0..precision(format)).contains(&cut) => Ok(text),
        _ => Err(SignError::InvalidTimestamp),
    }
}

/// The time that a format can't express less of, in milliseconds.
const fn precision(format: TimestampFormat) -> i64 {
    match format {
        TimestampFormat::UnixSeconds
        | TimestampFormat::Rfc3339WithoutZone { fraction_digits: 0 } => 1000,
        TimestampFormat::Rfc3339WithoutZone { fraction_digits: 1 } => 100,
        TimestampFormat::Rfc3339WithoutZone { fraction_digits: 2 } => 10,
        TimestampFormat::Rfc3339 | TimestampFormat::Rfc3339WithoutZone { .. } => 1,
    }
}

/// Without the zone, and with the fraction cut or padded; without its dot if nothing is left of it.
fn without_zone(rfc3339: &str, fraction_digits: u8) -> String {
    let local = rfc3339.trim_end_matches('Z');
    let seconds = local.split('.').next().unwrap_or_default().len();
    let length = match usize::from(fraction_digits) {
        0 => seconds,
        digits => seconds.saturating_add(1).saturating_add(digits),
    };
    local.chars().chain(std::iter::repeat('0')).take(length).collect()
}

fn event_id(message: &Outgoing<'_>) -> Result<String, SignError> {
    message.event_id.filter(|id| is_event_id(id)).map(str::to_owned).ok_or(SignError::InvalidId)
}

fn event_type(message: &Outgoing<'_>) -> Result<Option<String>, SignError> {
    match message.event_type {
        Some(name) if !is_event_type(name) => Err(SignError::InvalidType),
        name => Ok(name.map(str::to_owned)),
    }
}

fn signature(scheme: &Scheme, tags: &[Tag]) -> Result<String, SignError> {
    let encode = |tag: &Tag| scheme.signature.encoding.encode_tag(tag);
    match (scheme.signature.syntax, tags) {
        (_, []) => Err(SignError::NoSecret),
        (SignatureSyntax::Bare, [tag]) => Ok(encode(tag)),
        (SignatureSyntax::Bare, _) => Err(SignError::TooManySecrets),
        (SignatureSyntax::Versioned { version, assign, separator }, tags) => {
            let mut list = String::new();
            for tag in tags {
                if !list.is_empty() {
                    list.push(separator);
                }
                list.push_str(version);
                list.push(assign);
                list.push_str(&encode(tag));
            }
            Ok(list)
        }
    }
}

/// Why a message can't be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The scheme's timestamps can't express this time: before 1970, or too far ahead.
    InvalidTimestamp,
    /// The scheme signs an event id, and there is none, or none of `[A-Za-z0-9_-]{1,255}`.
    InvalidId,
    /// The event type does not look like one: `[a-z0-9_]+(\.[a-z0-9_]+)+`.
    InvalidType,
    /// There is no secret.
    NoSecret,
    /// The scheme's header takes one signature only.
    TooManySecrets,
}

impl SignError {
    /// A stable name for machines, such as `invalid_id`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidId => "invalid_id",
            Self::InvalidTimestamp => "invalid_timestamp",
            Self::InvalidType => "invalid_type",
            Self::NoSecret => "no_secret",
            Self::TooManySecrets => "too_many_secrets",
        }
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidId => "the event id must be 1 to 255 of A-Z, a-z, 0-9, _ and -",
            Self::InvalidTimestamp => "the time can't be written as this scheme's timestamp",
            Self::InvalidType => "the event type must look like `order.completed`",
            Self::NoSecret => "there is no secret to sign with",
            Self::TooManySecrets => {
                "this scheme's header takes one signature; sign with one secret"
            }
        })
    }
}

impl std::error::Error for SignError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::{BOATEROS, PEEKER};
    use crate::secret::{SecretFormat, Strength};

    #[test]
    fn a_time_that_no_receiver_would_read_is_not_signed() {
        let secret = Secret::parse("0123456789abcdef", SecretFormat::Utf8, Strength::Required);
        let secret = secret.unwrap();
        let signed = |scheme, millis| {
            let timestamp = UnixTime::from_millis(millis);
            let message =
                Outgoing { event_id: Some("evt_1"), event_type: None, timestamp, body: b"" };
            sign(scheme, &[&secret], &message).map(|headers| headers.first().unwrap().1.clone())
        };
        assert_eq!(signed(&PEEKER, 1999).as_deref(), Ok("1"));
        assert_eq!(signed(&BOATEROS, 1).as_deref(), Ok("1970-01-01T00:00:00.001Z"));
        for millis in [i64::MIN, -1, 0, 999, 1_000_000_000_000_000, i64::MAX] {
            assert_eq!(signed(&PEEKER, millis), Err(SignError::InvalidTimestamp), "{millis}");
        }
        for millis in [i64::MIN, -1, 253_402_300_800_000, i64::MAX] {
            assert_eq!(signed(&BOATEROS, millis), Err(SignError::InvalidTimestamp), "{millis}");
        }
    }

    #[test]
    fn a_date_without_a_zone_has_its_digits() {
        let time = UnixTime::from_millis(1_709_210_096_007);
        let text = |fraction_digits| {
            render(time, TimestampFormat::Rfc3339WithoutZone { fraction_digits }).unwrap()
        };
        assert_eq!(text(0), "2024-02-29T12:34:56");
        assert_eq!(text(2), "2024-02-29T12:34:56.00");
        assert_eq!(text(3), "2024-02-29T12:34:56.007");
        assert_eq!(text(6), "2024-02-29T12:34:56.007000");
    }
}

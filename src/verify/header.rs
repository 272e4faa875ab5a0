//! Reading header values, so that every runtime sees the same ones.

use std::borrow::Cow;

use super::VerifyError;
use crate::scheme::Scheme;

/// The headers of a request, by case-insensitive name.
///
/// Implemented for slices of pairs; values are bytes, because a header need not be text:
///
/// ```
/// use countersign::Headers;
///
/// let headers = [("Content-Type", "application/json"), ("content-type", "text/plain")];
/// let values: Vec<&[u8]> = headers.as_slice().get_all("CONTENT-TYPE").collect();
/// assert_eq!(values, [b"application/json".as_slice(), b"text/plain"]);
/// ```
pub trait Headers {
    /// The values of every occurrence, in order.
    fn get_all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]>;
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Headers for [(K, V)] {
    fn get_all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        self.iter()
            .filter(move |(key, _)| key.as_ref().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_ref())
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, const N: usize> Headers for [(K, V); N] {
    fn get_all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        self.as_slice().get_all(name)
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(K, V)> {
    fn get_all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
        self.as_slice().get_all(name)
    }
}

/// The values of the headers that a scheme reads: several occurrences are joined as Fetch joins
/// them, each without outer spaces and tabs.
pub(crate) struct Values<'h> {
    pub(crate) timestamp: Option<Cow<'h, [u8]>>,
    pub(crate) event_id: Option<Cow<'h, [u8]>>,
    pub(crate) event_type: Option<Cow<'h, [u8]>>,
    pub(crate) signature: Option<Cow<'h, [u8]>>,
}

impl<'h> Values<'h> {
    pub(super) fn of(headers: &'h (impl Headers + ?Sized), scheme: &'h Scheme) -> Self {
        let timestamp = scheme.timestamp.map(|timestamp| timestamp.header);
        Self {
            timestamp: timestamp.and_then(|name| joined(headers, name)),
            event_id: scheme.event_id.and_then(|name| joined(headers, name)),
            event_type: scheme.event_type.and_then(|name| joined(headers, name)),
            signature: joined(headers, scheme.signature.header),
        }
    }
}

fn joined<'h>(headers: &'h (impl Headers + ?Sized), name: &'h str) -> Option<Cow<'h, [u8]>> {
    headers.get_all(name).map(|value| Cow::Borrowed(trim(value))).reduce(|joined, value| {
        let mut joined = joined.into_owned();
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(&value);
        Cow::Owned(joined)
    })
}

/// The value of a header that is a list. The comma between several occurrences makes one list of
/// them where commas separate entries. Printable, not empty.
pub(super) fn list<'h>(
    value: Option<Cow<'h, [u8]>>,
    header: &'static str,
    max_bytes: usize,
) -> Result<Cow<'h, str>, VerifyError> {
    let text = match value.ok_or(VerifyError::MissingHeader { header })? {
        Cow::Borrowed(value) => printable(value, max_bytes).map(Cow::Borrowed),
        Cow::Owned(value) => printable(&value, max_bytes).map(str::to_owned).map(Cow::Owned),
    };
    text.ok_or(VerifyError::MalformedHeader { header })
}

/// The value of a header that takes one value. Printable, not empty.
pub(super) fn single<'h>(
    value: Option<&Cow<'h, [u8]>>,
    header: &'static str,
    max_bytes: usize,
) -> Result<&'h str, VerifyError> {
    match value {
        None => Err(VerifyError::MissingHeader { header }),
        Some(Cow::Borrowed(value)) if memchr::memchr(b',', value).is_none() => {
            printable(value, max_bytes).ok_or(VerifyError::MalformedHeader { header })
        }
        // Several occurrences have been joined with a comma.
        Some(_) => Err(VerifyError::AmbiguousHeader { header }),
    }
}

fn printable(value: &[u8], max_bytes: usize) -> Option<&str> {
    let fits = (1..=max_bytes).contains(&value.len());
    // No early exit: so it becomes a few SIMD instructions.
    let is_printable = |bytes: &[u8]| {
        bytes.iter().fold(true, |printable, byte| printable & (b' '..=b'~').contains(byte))
    };
    if fits && is_printable(value) { std::str::from_utf8(value).ok() } else { None }
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

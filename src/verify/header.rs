//! Reading header values, so that every runtime sees the same ones.

use super::VerifyError;

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

/// The value of a header that is a list. Several occurrences are joined with a comma, which makes
/// one list of them where commas separate entries. Printable, not empty.
pub(super) fn list(
    headers: &(impl Headers + ?Sized),
    header: &'static str,
    max_bytes: usize,
) -> Result<String, VerifyError> {
    let value = joined(headers, header).ok_or(VerifyError::MissingHeader { header })?;
    printable(value, max_bytes).ok_or(VerifyError::MalformedHeader { header })
}

/// The value of a header that takes one value. Printable, not empty.
pub(super) fn single(
    headers: &(impl Headers + ?Sized),
    header: &'static str,
    max_bytes: usize,
) -> Result<String, VerifyError> {
    let value = joined(headers, header).ok_or(VerifyError::MissingHeader { header })?;
    if value.contains(&b',') {
        return Err(VerifyError::AmbiguousHeader { header });
    }
    printable(value, max_bytes).ok_or(VerifyError::MalformedHeader { header })
}

/// The value of a header on which nothing depends: odd ones are as good as absent.
pub(super) fn optional(
    headers: &(impl Headers + ?Sized),
    header: &'static str,
    max_bytes: usize,
) -> Option<String> {
    single(headers, header, max_bytes).ok()
}

/// All occurrences as Fetch joins them, each without outer spaces and tabs.
fn joined(headers: &(impl Headers + ?Sized), name: &str) -> Option<Vec<u8>> {
    headers.get_all(name).map(|value| trim(value).to_vec()).reduce(|mut joined, value| {
        joined.extend_from_slice(b", ");
        joined.extend(value);
        joined
    })
}

fn printable(value: Vec<u8>, max_bytes: usize) -> Option<String> {
    let fits = (1..=max_bytes).contains(&value.len());
    let is_printable = value.iter().all(|byte| (b' '..=b'~').contains(byte));
    (fits && is_printable).then(|| String::from_utf8(value).ok()).flatten()
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

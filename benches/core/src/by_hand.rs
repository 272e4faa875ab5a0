//! What somebody would write who knows all that the core knows, for one scheme and one key: headers in any case, strict
//! grammars, the window, every entry of the signature header, a comparison in constant time.

use crate::request::{NOW_SECONDS, Request};

/// HMAC-SHA-256 by a peer, with a cached key.
pub(crate) trait Hmac {
    /// The tag over some pieces in a row.
    fn tag(&self, pieces: &[&[u8]]) -> [u8; 32];

    /// Whether two tags are the same, in constant time.
    fn is_same(&self, one: &[u8; 32], other: &[u8; 32]) -> bool;
}

/// A genuine event.
#[expect(dead_code, reason = "the caller would read them")]
pub(crate) struct Event<'r> {
    pub(crate) id: &'r str,
    pub(crate) timestamp: i64,
    pub(crate) body: &'r [u8],
}

/// The event, if the request is genuine.
pub(crate) fn verify<'r>(hmac: &impl Hmac, request: &'r Request) -> Option<Event<'r>> {
    let id = single(request, "Peeker-Event-Id").filter(|id| is_event_id(id))?;
    let text = single(request, "Peeker-Timestamp")?;
    let timestamp = unix_seconds(text)?;
    let signatures = Signatures::parse(only(request, "Peeker-Signature")?)?;
    if (NOW_SECONDS - timestamp).abs() > TOLERANCE_SECONDS {
        return None;
    }
    let pieces = [text.as_bytes(), b".", id.as_bytes(), b".", &request.body];
    let tag = hmac.tag(&pieces);
    let is_signed =
        signatures.all().iter().fold(false, |hit, candidate| hit | hmac.is_same(&tag, candidate));
    is_signed.then_some(Event { id, timestamp, body: &request.body })
}

/// The value of a header that takes one value.
fn single<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    only(request, name).filter(|value| !value.contains(','))
}

/// The value of a header that is there once.
fn only<'r>(request: &'r Request, wanted: &str) -> Option<&'r str> {
    let mut found = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value.trim_matches([' ', '\t'])),
        _ => None,
    }
}

fn is_event_id(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=255).contains(&id.len()) && id.bytes().all(is_allowed)
}

fn unix_seconds(text: &str) -> Option<i64> {
    let is_plain = text.len() <= 12
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

/// The tags of version 1.
struct Signatures {
    tags: [[u8; 32]; MAX_ENTRIES],
    count: usize,
}

impl Signatures {
    fn parse(value: &str) -> Option<Self> {
        let mut found = Self { tags: [[0; 32]; MAX_ENTRIES], count: 0 };
        for (position, entry) in value.split(',').enumerate() {
            let (version, tag) = entry.trim_ascii().split_once('=')?;
            if position == MAX_ENTRIES {
                return None;
            }
            if version == "v1" {
                hex::decode_to_slice(tag, &mut found.tags[found.count]).ok()?;
                found.count += 1;
            }
        }
        Some(found)
    }

    fn all(&self) -> &[[u8; 32]] {
        &self.tags[..self.count]
    }
}

const TOLERANCE_SECONDS: i64 = 300;
const MAX_ENTRIES: usize = 8;

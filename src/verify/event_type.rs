//! What kind of event a request is about, and who says so.

use crate::json;

/// The type of an event, such as `order.completed`.
///
/// It comes from the body, which is signed, or from a header, which is not. An event may have
/// none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventType {
    signed: Option<String>,
    header: Option<String>,
}

impl EventType {
    pub(crate) fn new(body: &[u8], header: Option<String>) -> Self {
        Self { signed: in_body(body), header }
    }

    /// The type, if the event has one: the body's before the header's.
    pub fn name(&self) -> Option<&str> {
        self.signed.as_deref().or(self.header.as_deref())
    }

    /// Whether the type stands in the body, under the signature.
    pub const fn is_signed(&self) -> bool {
        self.signed.is_some()
    }

    /// Whether header and body name different types.
    pub fn is_conflicting(&self) -> bool {
        matches!((&self.signed, &self.header), (Some(signed), Some(header)) if signed != header)
    }

    /// Every type that is named: none, one, or two in conflict.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [&self.signed, &self.header].into_iter().flatten().map(String::as_str)
    }
}

/// Whether `name` looks like an event type: `[a-z0-9_]+(\.[a-z0-9_]+)+`, at most 128 bytes.
pub fn is_event_type(name: &str) -> bool {
    let mut segments = name.as_bytes().split(|byte| *byte == b'.');
    name.len() <= MAX_BYTES
        && segments.all(|segment| !segment.is_empty() && segment.iter().copied().all(is_word_byte))
        && name.bytes().any(|byte| byte == b'.')
}

pub(crate) const fn is_word_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')
}

/// The longest event type, in bytes.
pub(super) const MAX_BYTES: usize = 128;

/// The body's `type`, else its `event`, if the body is a JSON object and the value looks like one.
fn in_body(body: &[u8]) -> Option<String> {
    let (mut kind, mut event) = (Member::new("type"), Member::new("event"));
    let mut name = None;
    json::visit_members(body, MAX_DEPTH, |part| match name.take() {
        None => name = Some(part),
        Some(name) => [&mut kind, &mut event].into_iter().for_each(|found| found.add(name, part)),
    })?;
    kind.event_type().or_else(|| event.event_type())
}

/// A member of the body, which counts if it is given once.
struct Member<'b> {
    name: &'static str,
    value: Option<&'b [u8]>,
    is_doubled: bool,
}

impl<'b> Member<'b> {
    const fn new(name: &'static str) -> Self {
        Self { name, value: None, is_doubled: false }
    }

    fn add(&mut self, name: &[u8], value: &'b [u8]) {
        if is_text(name, self.name) {
            self.is_doubled |= self.value.replace(value).is_some();
        }
    }

    fn event_type(&self) -> Option<String> {
        let name = ascii(self.value.filter(|_| !self.is_doubled)?, MAX_BYTES)?;
        is_event_type(&name).then_some(name)
    }
}

/// Whether a JSON string, however it is written, is this text.
fn is_text(string: &[u8], text: &str) -> bool {
    let inner = string.get(1..string.len().saturating_sub(1)).unwrap_or_default();
    inner == text.as_bytes()
        || inner.contains(&b'\\') && ascii(string, text.len()).is_some_and(|found| found == text)
}

/// The text that a JSON value is, if it is one of ASCII, of at most so many characters.
fn ascii(value: &[u8], max_bytes: usize) -> Option<String> {
    // Every byte may be written as an escape of six; what is longer need not be read.
    let longest = max_bytes.saturating_mul(6).saturating_add(2);
    let value = Some(value).filter(|value| value.len() <= longest)?;
    json::as_ascii(std::str::from_utf8(value).ok()?)
}

/// How deep a body may be nested and still have a type; the top-level object is the first level.
const MAX_DEPTH: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_type_before_event_from_a_json_object() {
        for (body, expected) in [
            (r#"{"type":"order.completed"}"#, Some("order.completed")),
            (r#"{"event":"order.completed"}"#, Some("order.completed")),
            (r#"{"event":"a.b","data":[{"type":"c.d"}],"type":"e.f"}"#, Some("e.f")),
            (r#"{"type":7,"event":"a.b"}"#, Some("a.b")),
            (r#"{"type":1e999,"event":"a.b"}"#, Some("a.b")),
            (r#"{"type":"\ud800","event":"a.b"}"#, Some("a.b")),
            (r#"{"type":"a.b","type":"a.b","event":"c.d"}"#, Some("c.d")),
            (r#"{"\u0074ype":"a.b"}"#, Some("a.b")),
            (r#"{"type":"a.b"} "#, Some("a.b")),
            (r#"{"type":"a.b"}{}"#, None),
            (r#"{"type":"a.b",}"#, None),
            (r#"{"type":"Order.Completed"}"#, None),
            (r#"{"type":"ping"}"#, None),
            (r#"["type","a.b"]"#, None),
            (r#""a.b""#, None),
            ("", None),
            ("\u{feff}{\"type\":\"a.b\"}", None),
        ] {
            assert_eq!(in_body(body.as_bytes()).as_deref(), expected, "{body}");
        }
        assert_eq!(in_body(b"{\"type\":\"a.b\",\"x\":\"\xff\"}"), None);
    }

    #[test]
    fn looks_128_levels_deep() {
        let nested = |levels: usize| {
            let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
            in_body(format!(r#"{{"type":"a.b","data":{open}{close}}}"#).as_bytes())
        };
        assert_eq!(nested(128).as_deref(), Some("a.b"));
        assert_eq!(nested(129), None);
        assert_eq!(nested(100_000), None);
    }

    #[test]
    fn a_name_has_at_least_two_segments_and_128_bytes() {
        assert!(is_event_type("order.completed"));
        assert!(is_event_type("a.b.c_1"));
        assert!(is_event_type(&format!("a.{}", "b".repeat(126))));
        assert!(!is_event_type(&format!("a.{}", "b".repeat(127))));
        for odd in ["", ".", "a", "a.", ".a", "a..b", "a.B", "a-b.c", "a.b ", "ä.b"] {
            assert!(!is_event_type(odd), "{odd}");
        }
    }
}

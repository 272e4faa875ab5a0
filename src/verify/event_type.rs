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
    let members = json::members(std::str::from_utf8(body).ok()?, MAX_DEPTH)?;
    let value = |name| only(&members, name).and_then(as_event_type);
    value("type").or_else(|| value("event"))
}

/// The value of a member that is given once.
fn only<'b>(members: &[&'b str], wanted: &str) -> Option<&'b str> {
    let mut found = None;
    for [name, value] in members.as_chunks().0 {
        if is_text(name, wanted) && found.replace(*value).is_some() {
            return None;
        }
    }
    found
}

/// Whether a JSON string, however it is written, is this text.
fn is_text(value: &str, text: &str) -> bool {
    // Every byte may be written as an escape of six; what is longer need not be read.
    value.len() <= text.len().saturating_mul(6).saturating_add(2)
        && json::as_ascii(value).is_some_and(|value| value == text)
}

fn as_event_type(value: &str) -> Option<String> {
    // Every byte may be written as an escape of six; what is longer need not be read.
    const LONGEST: usize = 6 * MAX_BYTES + 2;
    let value = Some(value).filter(|value| value.len() <= LONGEST)?;
    json::as_ascii(value).filter(|name| is_event_type(name))
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

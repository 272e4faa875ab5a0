//! What kind of event a request is about, and who says so.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
    pub(super) fn new(body: &[u8], header: Option<String>) -> Self {
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
    name.len() <= MAX_BYTES
        && name.contains('.')
        && name.split('.').all(|segment| !segment.is_empty() && segment.bytes().all(is_word_byte))
}

pub(crate) const fn is_word_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')
}

/// The longest event type, in bytes.
pub(super) const MAX_BYTES: usize = 128;

/// The body's `type`, else its `event`, if the body is a JSON object and the value looks like one.
fn in_body(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let mut json = serde_json::Deserializer::from_str(text);
    // `Skip` has a limit of its own.
    json.disable_recursion_limit();
    let fields = json.deserialize_map(Envelope).ok()?;
    json.end().ok()?;
    fields.kind.into_event_type().or_else(|| fields.event.into_event_type())
}

/// The two fields that may name the type.
#[derive(Default)]
struct Fields {
    kind: Field,
    event: Field,
}

/// What the body says under one key.
#[derive(Default)]
enum Field {
    #[default]
    Absent,
    Text(String),
    /// Not a string, or given twice: it counts for nothing.
    Odd,
}

impl Field {
    fn into_event_type(self) -> Option<String> {
        match self {
            Self::Text(name) if is_event_type(&name) => Some(name),
            _ => None,
        }
    }

    fn set(&mut self, value: Self) {
        *self = match self {
            Self::Absent => value,
            _ => Self::Odd,
        };
    }
}

/// Reads the top-level object.
struct Envelope;

impl<'de> Visitor<'de> for Envelope {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Skip { depth: MAX_DEPTH })?;
            match key.as_str() {
                "type" => fields.kind.set(value),
                "event" => fields.event.set(value),
                _ => {}
            }
        }
        Ok(fields)
    }
}

/// Reads any value, keeps it if it is a string, and refuses what is nested deeper than `depth`
/// levels.
#[derive(Clone, Copy)]
struct Skip {
    depth: u8,
}

impl Skip {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = Field;

    fn deserialize<D: de::Deserializer<'de>>(self, value: D) -> Result<Field, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        // A longer one is no event type, so it need not be copied.
        Ok(if text.len() <= MAX_BYTES { Field::Text(text.to_owned()) } else { Field::Odd })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        let inner = self.deeper()?;
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(inner)?;
        }
        Ok(Field::Odd)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        let inner = self.deeper()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(Field::Odd)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Odd)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Field, E> {
        Ok(Field::Odd)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Field, E> {
        Ok(Field::Odd)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
        Ok(Field::Odd)
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Odd)
    }
}

/// How deep a body may be nested and still have a type; the top-level object is the first level.
const MAX_DEPTH: u8 = 127;

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

//! The event type in a body is what a plain reading of the JSON says, or nothing.
//!
//! A string elsewhere in the body may hold an escape that stands for no character, such as half of
//! a surrogate pair. That is JSON all the same, and the reading here does not look at it either.
#![no_main]

use countersign::scheme::BOATEROS;
use countersign::sign::{Outgoing, sign};
use countersign::{UnixTime, Verifier};
use countersign_fuzz::{keyring, secret};
use libfuzzer_sys::fuzz_target;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|body: &[u8]| {
    let now = UnixTime::from_secs(1_763_740_800);
    let message = Outgoing { event_id: None, event_type: None, timestamp: now, body };
    let headers = sign(&BOATEROS, &[&secret()], &message).unwrap();
    let verifier = Verifier::new(&BOATEROS, keyring());
    let event = verifier.verify(&headers, body, now).unwrap();
    let found = event.event_type().name();
    assert!(found.is_none_or(looks_like_a_type));
    // Deeper than this is for the reader to refuse, and for this oracle to leave alone.
    if depth(body) < 100 {
        assert_eq!(found.map(str::to_owned), expected(body));
    }
});

fn expected(body: &[u8]) -> Option<String> {
    let pairs = Pairs::read(body)?;
    ["type", "event"].into_iter().find_map(|key| {
        let mut values = pairs.iter().filter(|(name, _)| name == key);
        let (Some((_, value)), None) = (values.next(), values.next()) else {
            return None;
        };
        // What can't be read is no type, and leaves the other key its chance.
        match serde_json::from_str(value.get()) {
            Ok(Value::String(text)) if looks_like_a_type(&text) => Some(text),
            _ => None,
        }
    })
}

fn looks_like_a_type(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let segments = text.split('.').collect::<Vec<_>>();
    let fine = segments.iter().all(|segment| !segment.is_empty() && segment.bytes().all(good));
    text.len() <= 128 && segments.len() >= 2 && fine
}

/// An upper bound.
fn depth(body: &[u8]) -> usize {
    body.iter().filter(|byte| matches!(byte, b'[' | b'{')).count()
}

/// The members of an object, doubled keys included.
struct Pairs;

impl Pairs {
    fn read(body: &[u8]) -> Option<Vec<(String, Box<RawValue>)>> {
        std::str::from_utf8(body).ok()?;
        let mut json = serde_json::Deserializer::from_slice(body);
        let pairs = json.deserialize_map(Self).ok()?;
        json.end().ok()?;
        Some(pairs)
    }
}

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = map.next_entry::<Box<RawValue>, Box<RawValue>>()? {
            // A key that holds such an escape is neither of the two.
            pairs.extend(serde_json::from_str(key.get()).ok().map(|key| (key, value)));
        }
        Ok(pairs)
    }
}

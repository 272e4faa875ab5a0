//! Signed requests of every size, as they arrive: the provider's headers among others.

use countersign::scheme::Scheme;
use countersign::sign::{Outgoing, sign};
use countersign::{Secret, Strength, UnixTime};

/// The bodies that are measured.
pub(crate) const SIZES: [(&str, usize); 7] = [
    ("64 B", 64),
    ("256 B", 256),
    ("1 KiB", 1 << 10),
    ("4 KiB", 4 << 10),
    ("16 KiB", 16 << 10),
    ("64 KiB", 64 << 10),
    ("1 MiB", 1 << 20),
];

/// Every request was signed now.
pub(crate) const NOW_SECONDS: i64 = 1_763_740_800;

pub(crate) const SECRET: &str = "whatever the portal shows";

/// One request.
#[derive(Clone)]
pub(crate) struct Request {
    /// The size of its body, in words.
    pub(crate) size: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// All that is signed, in one piece: for who hashes and does nothing else.
    pub(crate) signed: Vec<u8>,
}

impl Request {
    /// One that was signed so many seconds ago.
    pub(crate) fn new(
        scheme: &'static Scheme,
        (size, length): (&'static str, usize),
        age_seconds: i64,
    ) -> Self {
        let body = body(length);
        let message = Outgoing {
            event_id: Some("evt_01JD7Z5K3V9Q8W2X4Y6B"),
            event_type: Some("hull.sold"),
            timestamp: UnixTime::from_secs(NOW_SECONDS - age_seconds),
            body: &body,
        };
        let signature = sign(scheme, &[&secret(scheme)], &message).expect("it can be signed");
        let others = OTHER_HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        // A proxy may have changed the names' case, and whoever verifies has to bear with it.
        let signature = signature.into_iter().map(|(name, value)| (name.to_lowercase(), value));
        let mut headers = Vec::from(others);
        headers.extend(signature);
        Self { size, signed: signed(&headers, &body), headers, body }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }
}

pub(crate) fn secret(scheme: &Scheme) -> Secret {
    Secret::parse(SECRET, scheme.secret, Strength::Required).expect("the secret is strong")
}

/// Timestamp, event id if there is one, and body: the same order in both schemes that are measured.
fn signed(headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let parts = ["peeker-timestamp", "boateros-timestamp", "peeker-event-id"];
    let mut signed = Vec::new();
    for part in parts.into_iter().filter_map(|name| value(headers, name)) {
        signed.extend_from_slice(part.as_bytes());
        signed.push(b'.');
    }
    signed.extend_from_slice(body);
    signed
}

fn value<'h>(headers: &'h [(String, String)], wanted: &str) -> Option<&'h str> {
    headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
}

/// A JSON event of exactly this length.
fn body(length: usize) -> Vec<u8> {
    const ITEM: &str =
        r#"{"sku":"A-1029","quantity":3,"price":1999,"note":"leave at \"pier 4\""},"#;
    const END: &str = "]}";
    let mut text = String::from(r#"{"type":"order.completed","lines":["#);
    let last = |text: &str| text.len() + r#""""#.len() + END.len();
    while last(&text) + ITEM.len() <= length {
        text.push_str(ITEM);
    }
    let padding = length.checked_sub(last(&text)).expect("there is room for the type");
    text.push_str(&format!("\"{}\"{END}", "x".repeat(padding)));
    text.into_bytes()
}

const OTHER_HEADERS: [(&str, &str); 8] = [
    ("host", "hooks.example.com"),
    ("user-agent", "Peeker-Webhooks/2.1"),
    ("accept", "*/*"),
    ("accept-encoding", "gzip, br"),
    ("content-type", "application/json"),
    ("x-forwarded-for", "203.0.113.7"),
    ("x-forwarded-proto", "https"),
    ("x-request-id", "0193a7e2-6d5c-7c3e-9d55-3f6a4c2b1a90"),
];

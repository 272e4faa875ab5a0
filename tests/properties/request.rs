//! Genuine requests of every scheme.

use countersign::scheme::{ALL, Scheme, TimestampFormat};
use countersign::sign::{Outgoing, sign};
use countersign::{Keyring, Secret, Strength, UnixTime, Verifier};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// All that carry a timestamp; the one for bare HMAC vectors does not.
pub(crate) fn schemes() -> Vec<&'static Scheme> {
    ALL.iter().copied().filter(|scheme| scheme.timestamp.is_some()).collect()
}

/// 9999-12-31T23:59:59.999Z.
pub(crate) const LAST_MILLIS: i64 = 253_402_300_799_999;

pub(crate) type Headers = Vec<(String, Vec<u8>)>;

/// A request with a right signature.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) scheme: &'static Scheme,
    pub(crate) secret: Vec<u8>,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
    /// What the timestamp header says.
    pub(crate) signed_at: UnixTime,
}

impl Request {
    pub(crate) fn sign(
        scheme: &'static Scheme,
        secret: &[u8],
        event_id: &str,
        signed_at: UnixTime,
        body: &[u8],
    ) -> Self {
        let message =
            Outgoing { event_id: Some(event_id), event_type: None, timestamp: signed_at, body };
        let headers = sign(scheme, &[&self::secret(secret)], &message).unwrap();
        Self {
            scheme,
            secret: secret.to_vec(),
            headers: headers.into_iter().map(|(k, v)| (k.to_owned(), v.into_bytes())).collect(),
            body: body.to_vec(),
            signed_at: to_precision(scheme, signed_at),
        }
    }

    pub(crate) fn verifier(&self) -> Verifier {
        verifier(self.scheme, &self.secret)
    }

    /// Whether a receiver with the right secret takes these headers and this body for genuine.
    pub(crate) fn passes_with(&self, headers: &Headers, body: &[u8]) -> bool {
        self.verifier().verify(headers, body, self.signed_at).is_ok()
    }

    /// The same headers, one of them with another value.
    pub(crate) fn with_header(&self, name: &str, value: Vec<u8>) -> Headers {
        let mut headers = self.headers.clone();
        headers.iter_mut().find(|(other, _)| other == name).unwrap().1 = value;
        headers
    }

    pub(crate) fn header(&self, name: &str) -> &[u8] {
        &self.headers.iter().find(|(other, _)| other == name).unwrap().1
    }
}

/// Unix seconds know no milliseconds.
fn to_precision(scheme: &Scheme, time: UnixTime) -> UnixTime {
    match scheme.timestamp.map(|timestamp| timestamp.format) {
        Some(TimestampFormat::UnixSeconds) => UnixTime::from_secs(time.as_secs()),
        _ => time,
    }
}

pub(crate) fn secret(bytes: &[u8]) -> Secret {
    Secret::from_bytes(bytes, Strength::AllowWeak).unwrap()
}

pub(crate) fn verifier(scheme: &'static Scheme, bytes: &[u8]) -> Verifier {
    Verifier::new(scheme, Keyring::of(secret(bytes)))
}

/// Any genuine request.
pub(crate) fn genuine() -> impl Strategy<Value = Request> {
    (select(schemes()), secret_bytes(), event_id(), time(), body()).prop_map(
        |(scheme, secret, id, time, body)| Request::sign(scheme, &secret, &id, time, &body),
    )
}

/// Lengths on both sides of HMAC's block.
pub(crate) fn secret_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 16..=64), vec(any::<u8>(), 65..=130)]
}

pub(crate) fn event_id() -> impl Strategy<Value = String> {
    prop_oneof!["evt_[0-9A-Z]{26}", "[A-Za-z0-9_-]{1,255}"]
}

/// The years that can be written, and often today.
pub(crate) fn time() -> impl Strategy<Value = UnixTime> {
    prop_oneof![1000..=LAST_MILLIS, 1_763_740_000_000..1_763_750_000_000_i64]
        .prop_map(UnixTime::from_millis)
}

/// Any bytes, and often an event.
pub(crate) fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..300),
        r#"\{"type":"(order\.completed|hull\.sold|[a-z]\.[a-z])","data":\{"n":[0-9]{1,9}\}\}"#
            .prop_map(String::into_bytes),
        Just(Vec::new()),
    ]
}

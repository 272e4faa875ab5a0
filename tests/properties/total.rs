//! Whatever a request contains, there is a typed answer; and without the secret it is never yes.

use countersign::scheme::{BOATEROS, Scheme};
use countersign::{UnixTime, Verifier};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cases;
use crate::request::{Headers, genuine, schemes, verifier};

const CODES: [&str; 8] = [
    "ambiguous_header",
    "malformed_header",
    "missing_header",
    "no_active_key",
    "signature_mismatch",
    "timestamp_too_new",
    "timestamp_too_old",
    "unsupported_signature",
];
const NOW: UnixTime = UnixTime::from_secs(1_763_740_800);
const SECRET: &[u8] = b"nobody who makes requests at random knows this";

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn any_request_at_all_is_refused(
        scheme in select(schemes()),
        headers in vec((any::<String>(), vec(any::<u8>(), 0..60)), 0..6),
        body in vec(any::<u8>(), 0..200),
        now in any::<i64>(),
    ) {
        refused(&verifier(scheme, SECRET), &headers, &body, UnixTime::from_millis(now))?;
    }

    #[test]
    fn so_is_any_request_that_looks_like_one(
        (scheme, headers) in likely(),
        digits in proptest::option::of(0..=9_u8),
        body in vec(any::<u8>(), 0..200),
    ) {
        let verifier = verifier(scheme, SECRET);
        let verifier = match digits.filter(|_| scheme.name == BOATEROS.name) {
            Some(digits) => verifier.without_zone(digits).unwrap(),
            None => verifier,
        };
        refused(&verifier, &headers, &body, NOW)?;
    }

    /// A genuine request is none for whoever has another secret.
    #[test]
    fn so_is_any_request_that_somebody_else_has_signed(request in genuine()) {
        let verifier = verifier(request.scheme, SECRET);
        refused(&verifier, &request.headers, &request.body, request.signed_at)?;
    }
}

fn refused(
    verifier: &Verifier,
    headers: &Headers,
    body: &[u8],
    now: UnixTime,
) -> Result<(), TestCaseError> {
    let error = verifier.verify(headers, body, now).unwrap_err();
    prop_assert!(CODES.contains(&error.code()), "{}", error.code());
    let scheme = verifier.scheme();
    let own = [
        Some(scheme.signature.header),
        scheme.timestamp.map(|timestamp| timestamp.header),
        scheme.event_id,
    ];
    prop_assert_eq!(error.header().is_some(), error.code().ends_with("_header"));
    prop_assert!(error.header().is_none_or(|header| own.contains(&Some(header))));
    prop_assert!(!error.to_string().is_empty());
    Ok(())
}

/// A scheme, and headers of it, right ones and wrong ones.
fn likely() -> impl Strategy<Value = (&'static Scheme, Headers)> {
    select(schemes()).prop_flat_map(|scheme| (Just(scheme), vec(header(scheme), 1..6)))
}

fn header(scheme: &'static Scheme) -> impl Strategy<Value = (String, Vec<u8>)> {
    let names: Vec<&str> = [
        Some(scheme.signature.header),
        scheme.timestamp.map(|timestamp| timestamp.header),
        scheme.event_id,
        scheme.event_type,
    ]
    .into_iter()
    .flatten()
    .collect();
    (select(names), value()).prop_map(|(name, value)| (name.to_owned(), value))
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[0-9a-fA-F]{64}".prop_map(String::into_bytes),
        "v1=[0-9a-f]{64}(,v[12]=[0-9a-f]{62,66}){0,9}".prop_map(String::into_bytes),
        "v1,[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=".prop_map(String::into_bytes),
        "17637[0-9]{5}".prop_map(String::into_bytes),
        "2025-11-21T1[56]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z?".prop_map(String::into_bytes),
        "[A-Za-z0-9_-]{1,300}".prop_map(String::into_bytes),
        "[a-z]{1,8}\\.[a-z]{1,8}".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..40),
    ]
}

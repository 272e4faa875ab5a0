//! One signed string has one reading. If it had two, whoever captured a request could have it taken
//! for another event, with another id or another body, under the same signature.

use countersign::scheme::{BOATEROS, Encoding, PEEKER, Part, STANDARD_WEBHOOKS, SignatureSyntax};
use countersign::{UnixTime, Verifier, VerifyError};
use hmac::{Hmac, KeyInit, Mac};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sha2::Sha256;

use crate::cases;
use crate::request::{Headers, Request, event_id, time, verifier};

const SECRET: &[u8] = b"0123456789abcdef";

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn peeker_has_one_reading(id in event_id(), time in time(), body in rich()) {
        let request = Request::sign(&PEEKER, SECRET, &id, time, &body);
        prop_assert_eq!(readings(&request.verifier(), &signed_text(&request)), 1);
    }

    #[test]
    fn standard_webhooks_has_one_reading(id in event_id(), time in time(), body in rich()) {
        let request = Request::sign(&STANDARD_WEBHOOKS, SECRET, &id, time, &body);
        prop_assert_eq!(readings(&request.verifier(), &signed_text(&request)), 1);
    }

    #[test]
    fn boateros_has_one_reading(date in date(), zone in zone(), body in rich()) {
        let signed = [date.as_bytes(), zone.as_bytes(), b".", &body].concat();
        prop_assert_eq!(readings(&verifier(&BOATEROS, SECRET), &signed), 1);
    }

    #[test]
    fn boateros_without_a_zone_has_one_reading(
        seconds in "20[0-9]{2}-0[1-9]-1[0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9]",
        digits in 0..=9_u8,
        fraction in "[0-9]{9}",
        body in rich(),
    ) {
        let verifier = verifier(&BOATEROS, SECRET).without_zone(digits).unwrap();
        let fraction = match usize::from(digits) {
            0 => String::new(),
            digits => format!(".{}", &fraction[..digits]),
        };
        let signed = [seconds.as_bytes(), fraction.as_bytes(), b".", &body].concat();
        prop_assert_eq!(readings(&verifier, &signed), 1);
    }

    /// Strings that nobody has signed as anything.
    #[test]
    fn no_string_has_two_readings(text in rich(), digits in 0..=9_u8) {
        for scheme in [&PEEKER, &BOATEROS, &STANDARD_WEBHOOKS] {
            let count = readings(&verifier(scheme, SECRET), &text);
            prop_assert!(count <= 1, "{count} readings by {}", scheme.name);
        }
        let verifier = verifier(&BOATEROS, SECRET).without_zone(digits).unwrap();
        prop_assert!(readings(&verifier, &text) <= 1);
    }
}

/// The captured requests that one would try first.
#[test]
fn what_an_attacker_would_try_has_one_reading() {
    for (scheme, signed) in [
        (&PEEKER, r#"1763740800.evt_1.evt_2.{"type":"order.completed"}"#),
        (&PEEKER, "1763740800.evt_1.1763740800.evt_2.{}"),
        (&PEEKER, "1763740800.1763740801.1763740802.1763740803"),
        (&STANDARD_WEBHOOKS, "1763740800.1763740801.1763740802.1763740803"),
        (&STANDARD_WEBHOOKS, "evt_1.1763740800.1763740801.{}"),
        (&BOATEROS, "2025-11-21T16:00:00Z.2025-11-21T16:00:00Z.{}"),
        (&BOATEROS, "2025-11-21T16:00:00.123Z.{}"),
        (&BOATEROS, "2025-11-21T16:00:00.123+02:00.5Z.{}"),
    ] {
        assert_eq!(readings(&verifier(scheme, SECRET), signed.as_bytes()), 1, "{signed}");
    }
    let zone_less = "2025-11-21T16:00:00.123.456Z.{}";
    for digits in [0, 3] {
        let verifier = verifier(&BOATEROS, SECRET).without_zone(digits).unwrap();
        assert_eq!(readings(&verifier, zone_less.as_bytes()), 1, "{digits}");
    }
}

/// In how many ways the verifier would take a signed string apart. It is signed once, as a whole;
/// every cut is tried with that signature.
fn readings(verifier: &Verifier, signed: &[u8]) -> usize {
    let signature = signature(verifier, signed);
    cuts(verifier, signed).filter(|cut| is_reading(verifier, cut, &signature)).count()
}

/// Every way to cut a string at full stops into what the scheme signs; the last part is the body.
fn cuts<'a>(verifier: &Verifier, signed: &'a [u8]) -> impl Iterator<Item = Vec<&'a [u8]>> {
    let count = verifier.scheme().signed.iter().filter(|part| **part != Part::Dot).count();
    let dots = (0..signed.len()).filter(|at| signed[*at] == b'.').collect::<Vec<_>>();
    let of_one = dots.clone().into_iter().map(|at| vec![at]).filter(move |_| count == 1);
    let pairs = dots.clone().into_iter().flat_map(move |first| {
        let after = dots.clone().into_iter().filter(move |at| *at > first);
        after.map(move |second| vec![first, second])
    });
    of_one.chain(pairs.filter(move |_| count == 2)).map(move |at| {
        let starts = std::iter::once(0).chain(at.iter().map(|at| at + 1));
        let ends = at.iter().copied().chain([signed.len()]);
        starts.zip(ends).map(|(start, end)| &signed[start..end]).collect()
    })
}

/// Whether the verifier takes this cut for genuine at the time that it names itself.
fn is_reading(verifier: &Verifier, cut: &[&[u8]], signature: &str) -> bool {
    let (headers, body) = request(verifier, cut, signature);
    let guess = UnixTime::from_secs(1_763_740_800);
    let verdict = verifier.verify(&headers, body, guess);
    match verdict {
        Err(
            VerifyError::TimestampTooOld { skew_millis }
            | VerifyError::TimestampTooNew { skew_millis },
        ) => {
            let named = UnixTime::from_millis(guess.as_millis() - skew_millis);
            is_as_cut(&headers) && verifier.verify(&headers, body, named).is_ok()
        }
        verdict => is_as_cut(&headers) && verdict.is_ok(),
    }
}

/// A header loses its outer white space. What was signed is then another string.
fn is_as_cut(headers: &Headers) -> bool {
    headers.iter().all(|(_, value)| value.trim_ascii() == value)
}

fn request<'a>(verifier: &Verifier, cut: &[&'a [u8]], signature: &str) -> (Headers, &'a [u8]) {
    let scheme = verifier.scheme();
    let (body, values) = cut.split_last().unwrap();
    let names = scheme.signed.iter().filter_map(|part| match part {
        Part::EventId => scheme.event_id,
        Part::Timestamp => scheme.timestamp.map(|timestamp| timestamp.header),
        _ => None,
    });
    let values = names.zip(values).map(|(name, value)| (name.to_owned(), value.to_vec()));
    let signature = (scheme.signature.header.to_owned(), signature.as_bytes().to_vec());
    (values.chain([signature]).collect(), body)
}

/// By the `hmac` crate alone.
fn signature(verifier: &Verifier, signed: &[u8]) -> String {
    use base64ct::{Base64, Encoding as _};

    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(signed);
    let tag = mac.finalize().into_bytes();
    let signature = verifier.scheme().signature;
    let text = match signature.encoding {
        Encoding::Hex => hex::encode(tag),
        _ => Base64::encode_string(&tag),
    };
    match signature.syntax {
        SignatureSyntax::Versioned { version, assign, .. } => format!("{version}{assign}{text}"),
        _ => text,
    }
}

fn signed_text(request: &Request) -> Vec<u8> {
    let verifier = request.verifier();
    let prepared = verifier.prepare(&request.headers, request.signed_at).unwrap();
    [prepared.prefix().as_slice(), &request.body].concat()
}

/// Text that is full of what could be taken for a timestamp, an id or the end of one.
fn rich() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => Just(".".to_owned()),
        1 => select(vec!["Z", "+02:00", "-00:00", ".Z", "..", ",", " ", "\0", "{}", "é"])
            .prop_map(str::to_owned),
        1 => "[1-9][0-9]{0,12}",
        1 => "[0-9]{1,10}",
        1 => "[A-Za-z0-9_-]{1,8}",
        1 => date(),
        1 => (date(), zone()).prop_map(|(date, zone)| date + &zone),
        1 => Just(r#"{"type":"order.completed"}"#.to_owned()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

fn date() -> impl Strategy<Value = String> {
    "(19[789]|20[0-9])[0-9]-0[1-9]-1[0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?"
}

fn zone() -> impl Strategy<Value = String> {
    "(Z|[+-](0[0-9]|1[0-4]):[03]0)"
}

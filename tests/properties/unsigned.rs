//! What is not signed changes nothing: neither the verdict, nor by what copies are recognised.

use countersign::scheme::{BOATEROS, Encoding, Scheme, SignatureSyntax};
use countersign::{UnixTime, Verified};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::cases;
use crate::request::{Headers, Request, body, genuine, schemes};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_is_not_signed_changes_nothing(
        request in genuine(),
        disguise in disguise(),
    ) {
        let verifier = request.verifier();
        let before = verifier.verify(&request.headers, &request.body, request.signed_at).unwrap();
        let headers = disguise.put_on(&request);
        let after = verifier.verify(&headers, &request.body, request.signed_at).unwrap();
        prop_assert_eq!(essence(&before), essence(&after), "{:?}", headers);
    }

    /// But for one thing: a type that the provider documents is part of what tells two events of
    /// Boateros with equal bodies apart.
    #[test]
    fn the_type_header_counts_if_the_type_is_in_the_catalogue_and_not_in_the_body(
        body in body(),
        name in type_header(),
    ) {
        let request = Request::sign(
            &BOATEROS,
            b"0123456789abcdef",
            "",
            UnixTime::from_secs(1_763_740_800),
            &body,
        );
        let verifier = request.verifier();
        let verify = |headers: &Headers| {
            let event = verifier.verify(headers, &body, request.signed_at).unwrap();
            (event.dedupe_key(), event.event_type().is_signed())
        };
        let (plain, is_signed) = verify(&request.headers);
        let mut headers = request.headers.clone();
        headers.push(("boateros-event".to_owned(), name.clone().into_bytes()));
        let (key, _) = verify(&headers);
        if BOATEROS.catalogue.contains(&name.trim()) && !is_signed {
            prop_assert_eq!(key, plain.replace(":-:", &format!(":{}:", name.trim())));
        } else {
            prop_assert_eq!(key, plain);
        }
    }
}

fn type_header() -> impl Strategy<Value = String> {
    prop_oneof![
        select(BOATEROS.catalogue).prop_map(str::to_owned),
        select(BOATEROS.catalogue).prop_map(|name| format!(" {name}\t")),
        select(BOATEROS.catalogue).prop_map(str::to_uppercase),
        select(BOATEROS.catalogue).prop_map(|name| format!("{name}, {name}")),
        "[ -~]{0,140}",
        "[a-z]{1,5}\\.[a-z]{1,5}",
    ]
}

fn essence(event: &Verified<'_>) -> impl PartialEq + std::fmt::Debug {
    (
        event.key_id().to_owned(),
        event.dedupe_key(),
        event.event_id().map(str::to_owned),
        event.timestamp(),
        event.event_type().clone(),
        event.body().to_vec(),
    )
}

/// Everything that a proxy, a client or an attacker may do to a request without touching what is
/// signed.
#[derive(Clone, Debug)]
struct Disguise {
    upper_case: Vec<bool>,
    upper_case_hex: bool,
    spaces: (String, String),
    unknown_entries: Vec<(bool, String)>,
    other_headers: Vec<(String, Vec<u8>)>,
    rotation: Index,
}

fn disguise() -> impl Strategy<Value = Disguise> {
    let other = ("[A-Za-z-]{1,12}", vec(any::<u8>(), 0..20))
        .prop_filter("a header of the scheme", |(name, _)| !is_of_a_scheme(name));
    (
        vec(any::<bool>(), 40),
        any::<bool>(),
        ("[ \t]{0,3}", "[ \t]{0,3}"),
        vec((any::<bool>(), "[a-zA-Z0-9]{0,9}"), 0..4),
        vec(other, 0..5),
        any::<Index>(),
    )
        .prop_map(
            |(upper_case, upper_case_hex, spaces, unknown_entries, other_headers, rotation)| {
                Disguise {
                    upper_case,
                    upper_case_hex,
                    spaces,
                    unknown_entries,
                    other_headers,
                    rotation,
                }
            },
        )
}

fn is_of_a_scheme(name: &str) -> bool {
    let names = |scheme: &Scheme| {
        [
            Some(scheme.signature.header),
            scheme.timestamp.map(|timestamp| timestamp.header),
            scheme.event_id,
            scheme.event_type,
        ]
    };
    let mut all = schemes().into_iter().flat_map(names).flatten();
    all.any(|header| header.eq_ignore_ascii_case(name))
}

impl Disguise {
    fn put_on(&self, request: &Request) -> Headers {
        let mut headers: Headers = request
            .headers
            .iter()
            .map(|(name, value)| (self.name(name), self.value(request, name, value)))
            .chain(self.other_headers.iter().cloned())
            .collect();
        let middle = self.rotation.index(headers.len());
        headers.rotate_left(middle);
        headers
    }

    fn name(&self, name: &str) -> String {
        let case = |(char, upper): (char, &bool)| {
            if *upper { char.to_ascii_uppercase() } else { char.to_ascii_lowercase() }
        };
        name.chars().zip(&self.upper_case).map(case).collect()
    }

    fn value(&self, request: &Request, name: &str, value: &[u8]) -> Vec<u8> {
        let mut text = String::from_utf8(value.to_vec()).unwrap();
        if name == request.scheme.signature.header {
            text = self.signature(request, &text);
        }
        let (before, after) = &self.spaces;
        format!("{before}{text}{after}").into_bytes()
    }

    fn signature(&self, request: &Request, text: &str) -> String {
        let signature = request.scheme.signature;
        let mut known = text.to_owned();
        if self.upper_case_hex && signature.encoding == Encoding::Hex {
            let hex_from = text.len() - 64;
            known = format!("{}{}", &text[..hex_from], text[hex_from..].to_uppercase());
        }
        let SignatureSyntax::Versioned { version, assign, separator } = signature.syntax else {
            return known;
        };
        let unknown = |(_, value): &(bool, String)| format!("{version}x{assign}{value}");
        let (before, after): (Vec<_>, Vec<_>) =
            self.unknown_entries.iter().partition(|(is_before, _)| *is_before);
        let entries = before.into_iter().map(unknown).chain([known]);
        let entries: Vec<_> = entries.chain(after.into_iter().map(unknown)).collect();
        entries.join(&separator.to_string())
    }
}

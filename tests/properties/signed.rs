//! What is signed verifies, and nothing else does.

use countersign::scheme::{BOATEROS, Encoding, PEEKER, STANDARD_WEBHOOKS, SecretFormat};
use countersign::{Keyring, Secret, Strength, Tolerance, UnixTime, Verifier};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::cases;
use crate::request::{Headers, Request, body, event_id, genuine, schemes, secret_bytes, verifier};

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn what_is_signed_verifies(
        request in genuine(),
        tolerance in 1_u32..=86_400,
        thousandths in -1000..=1000_i64,
    ) {
        let skew = i64::from(tolerance) * thousandths;
        let now = UnixTime::from_millis(request.signed_at.as_millis() + skew);
        let verifier =
            request.verifier().with_tolerance(Tolerance::from_secs(tolerance).unwrap());
        let event = verifier.verify(&request.headers, &request.body, now).unwrap();
        prop_assert_eq!(event.body(), &request.body);
        prop_assert_eq!(event.timestamp(), Some(request.signed_at));
        prop_assert_eq!(event.key_id(), "key-1");
        prop_assert_eq!(event.scheme().name, request.scheme.name);
        let id = request.scheme.event_id.map(|name| request.header(name));
        prop_assert_eq!(event.event_id().map(str::as_bytes), id);
        let headers: Headers = event
            .headers()
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
            .collect();
        prop_assert_eq!(headers, request.headers);
    }

    #[test]
    fn what_is_signed_and_changed_does_not_verify(
        request in genuine(),
        part in select(&PARTS),
        mutation in mutation(),
    ) {
        prop_assert!(!passes_changed(&request, part, &mutation));
    }

    /// Several changes at once find their way past a check of one.
    #[test]
    fn nor_does_it_when_several_things_change(
        request in genuine(),
        changes in proptest::collection::vec((select(&PARTS[..4]), mutation()), 2..5),
    ) {
        let mut changed = request.clone();
        for (part, mutation) in &changes {
            (changed.headers, changed.body) = change(&changed, *part, mutation);
        }
        if request.passes_with(&changed.headers, &changed.body) {
            prop_assert_eq!(&changed.body, &request.body);
            for part in [Part::Timestamp, Part::EventId] {
                let (old, new) = (part.bytes(&request), part.bytes(&changed));
                prop_assert_eq!(new.map(trim), old);
            }
            let right = request.header(request.scheme.signature.header).to_ascii_lowercase();
            let sent = changed.header(request.scheme.signature.header).to_ascii_lowercase();
            prop_assert!(sent.windows(right.len()).any(|window| window == right));
        }
    }

    /// The receiver's secret is text, the sender's is bytes.
    #[test]
    fn a_secret_as_text_is_the_bytes_that_it_spells(
        scheme in select(schemes()),
        text in "[!-~]([ -~éü漢]{14,80})[!-~]",
        has_prefix in any::<bool>(),
        body in body(),
    ) {
        use base64ct::{Base64, Encoding as _};

        let written = match scheme.secret {
            SecretFormat::Base64 { prefix } => {
                let base64 = Base64::encode_string(text.as_bytes());
                if has_prefix { format!("{prefix}{base64}") } else { base64 }
            }
            _ => text.clone(),
        };
        let time = UnixTime::from_secs(1_763_740_800);
        let request = Request::sign(scheme, text.as_bytes(), "evt_1", time, &body);
        let secret = Secret::parse(&written, scheme.secret, Strength::Required).unwrap();
        let verifier = Verifier::new(scheme, Keyring::of(secret));
        prop_assert!(verifier.verify(&request.headers, &body, time).is_ok());
    }

    /// With one secret for all three: a request of one is never one of another, whatever its
    /// headers are called.
    #[test]
    fn a_request_of_one_scheme_is_none_of_another(
        secret in secret_bytes(),
        id in event_id(),
        body in body(),
    ) {
        let time = UnixTime::from_secs(1_763_740_800);
        let schemes = [&BOATEROS, &PEEKER, &STANDARD_WEBHOOKS];
        for from in schemes {
            let request = Request::sign(from, &secret, &id, time, &body);
            for to in schemes.into_iter().filter(|to| to.name != from.name) {
                let other = Request::sign(to, &secret, &id, time, &body);
                let renamed: Headers = request.headers.iter().map(|(name, value)| {
                    (name.replace(from.title, to.title), value.clone())
                }).chain(other.headers.iter().filter(|(name, _)| name != to.signature.header)
                    .cloned()).collect();
                prop_assert!(verifier(to, &secret).verify(&renamed, &body, time).is_err());
            }
        }
    }
}

/// Every bit of the smallest requests, one after another, and every byte left out.
#[test]
fn every_bit_counts() {
    let mut tried = 0;
    for scheme in schemes() {
        let time = UnixTime::from_secs(1_763_740_800);
        let request = Request::sign(scheme, b"0123456789abcdef", "evt_1", time, b"{\"n\":1}");
        assert!(request.passes_with(&request.headers, &request.body));
        for part in PARTS {
            for at in 0..part.bytes(&request).map_or(0, <[u8]>::len) {
                let flips = (0..8).map(|bit| Mutation::Flip { at: At::Byte(at), bit });
                for mutation in flips.chain([Mutation::Delete { at: At::Byte(at) }]) {
                    assert!(!passes_changed(&request, part, &mutation), "{part:?} {mutation:?}");
                    tried += 1;
                }
            }
        }
    }
    println!("{tried} requests with one bit or byte changed");
}

/// What the signature covers, the signature itself, and what it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Timestamp,
    EventId,
    Signature,
    Body,
    Secret,
}

const PARTS: [Part; 5] =
    [Part::Timestamp, Part::EventId, Part::Signature, Part::Body, Part::Secret];

impl Part {
    fn header(self, request: &Request) -> Option<&'static str> {
        match self {
            Self::Timestamp => request.scheme.timestamp.map(|timestamp| timestamp.header),
            Self::EventId => request.scheme.event_id,
            Self::Signature => Some(request.scheme.signature.header),
            Self::Body | Self::Secret => None,
        }
    }

    fn bytes(self, request: &Request) -> Option<&[u8]> {
        match self {
            Self::Body => Some(&request.body),
            Self::Secret => Some(&request.secret),
            _ => self.header(request).map(|name| request.header(name)),
        }
    }
}

/// A change of some bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Flip { at: At, bit: u32 },
    Insert { at: At, byte: u8 },
    Delete { at: At },
    Truncate { at: At },
}

#[derive(Clone, Debug)]
enum At {
    Any(Index),
    Byte(usize),
}

impl At {
    fn of(&self, length: usize) -> usize {
        match self {
            Self::Any(index) => index.index(length),
            Self::Byte(at) => *at,
        }
    }
}

impl Mutation {
    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        match self {
            Self::Insert { at, byte } => bytes.insert(at.of(bytes.len() + 1), *byte),
            _ if bytes.is_empty() => {}
            Self::Flip { at, bit } => {
                let at = at.of(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Delete { at } => drop(bytes.remove(at.of(bytes.len()))),
            Self::Truncate { at } => bytes.truncate(at.of(bytes.len())),
        }
        bytes
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || any::<Index>().prop_map(At::Any);
    let byte = prop_oneof![any::<u8>(), select(b" \t,.=0vZ\0".as_slice())];
    prop_oneof![
        (at(), 0..8_u32).prop_map(|(at, bit)| Mutation::Flip { at, bit }),
        (at(), byte).prop_map(|(at, byte)| Mutation::Insert { at, byte }),
        at().prop_map(|at| Mutation::Delete { at }),
        at().prop_map(|at| Mutation::Truncate { at }),
    ]
}

/// Whether the request passes although it was changed in something that matters.
fn passes_changed(request: &Request, part: Part, mutation: &Mutation) -> bool {
    let Some(old) = part.bytes(request) else { return false };
    let new = mutation.apply(old);
    match (part, part.header(request)) {
        (Part::Secret, _) => {
            !is_same_key(old, &new)
                && verifier(request.scheme, &new)
                    .verify(&request.headers, &request.body, request.signed_at)
                    .is_ok()
        }
        (_, Some(name)) => {
            !is_neutral(request, name, &new)
                && request.passes_with(&request.with_header(name, new), &request.body)
        }
        _ => new != request.body && request.passes_with(&request.headers, &new),
    }
}

fn change(request: &Request, part: Part, mutation: &Mutation) -> (Headers, Vec<u8>) {
    match (part.header(request), part.bytes(request)) {
        (Some(name), Some(old)) => {
            (request.with_header(name, mutation.apply(old)), request.body.clone())
        }
        (None, Some(old)) => (request.headers.clone(), mutation.apply(old)),
        _ => (request.headers.clone(), request.body.clone()),
    }
}

/// Whether a header's new value means the same: outer white space and the case of hex digits are
/// free.
fn is_neutral(request: &Request, name: &str, new: &[u8]) -> bool {
    let old = request.header(name);
    let new = trim(new);
    let signature = request.scheme.signature;
    if name != signature.header || signature.encoding != Encoding::Hex {
        return new == old;
    }
    let hex_from = old.len() - 64;
    new.len() == old.len()
        && new[..hex_from] == old[..hex_from]
        && new[hex_from..].eq_ignore_ascii_case(&old[hex_from..])
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_prefix(b" ").or_else(|| bytes.strip_prefix(b"\t")) {
        bytes = rest;
    }
    while let Some(rest) = bytes.strip_suffix(b" ").or_else(|| bytes.strip_suffix(b"\t")) {
        bytes = rest;
    }
    bytes
}

/// HMAC fills a short key up with zeros, so that a zero more or less is no change; and without a
/// byte there is no key to compare with.
fn is_same_key(old: &[u8], new: &[u8]) -> bool {
    let is_filled_up = |longer: &[u8], shorter: &[u8]| {
        longer.len() <= 64
            && longer.strip_prefix(shorter).is_some_and(|rest| rest.iter().all(|b| *b == 0))
    };
    new.is_empty() || is_filled_up(old, new) || is_filled_up(new, old)
}

//! What is measured.

use countersign::scheme::{BOATEROS, PEEKER, Scheme};
use countersign::{Keyring, UnixTime, Verifier};

use crate::by_hand::{self, Hmac};
use crate::peers::{AwsLc, Ring, RustCrypto};
use crate::request::{NOW_SECONDS, Request, SIZES, secret};

/// Candidates that are measured in turns, with the same requests. The first is what the others are compared with.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) scheme: &'static Scheme,
    pub(crate) requests: Vec<Request>,
    pub(crate) candidates: Vec<Candidate>,
}

/// One way to deal with a request.
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    pub(crate) duty: Duty,
    run: Box<dyn Fn(&Request) -> bool>,
}

/// What a candidate has to tell apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    /// All.
    Verify,
    /// What the headers alone give away.
    Headers,
    /// Nothing: it hashes, and says whether the tag is the first in the signature header.
    Hash,
}

impl Candidate {
    fn new(name: &'static str, duty: Duty, run: impl Fn(&Request) -> bool + 'static) -> Self {
        Self { name, duty, run: Box::new(run) }
    }

    /// Whether it takes the request for genuine.
    pub(crate) fn run(&self, request: &Request) -> bool {
        (self.run)(request)
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Group> {
    vec![
        group("verify", &PEEKER, verifying()),
        group("read, Peeker", &PEEKER, reading(&PEEKER)),
        group("read, Boateros", &BOATEROS, reading(&BOATEROS)),
    ]
}

fn group(name: &'static str, scheme: &'static Scheme, candidates: Vec<Candidate>) -> Group {
    let requests = SIZES.map(|size| Request::new(scheme, size, 0)).into();
    Group { name, scheme, requests, candidates }
}

fn verifying() -> Vec<Candidate> {
    let (ring, rust_crypto) = (Ring::new(), RustCrypto::new());
    let prepared = verifier(&PEEKER);
    vec![
        ours("countersign", &PEEKER, |_| {}),
        by_hand("ring by hand", Ring::new()),
        by_hand("aws-lc-rs by hand", AwsLc::new()),
        Candidate::new("floor: HMAC by ring", Duty::Hash, move |request| {
            is_first_tag(request, ring.sign(&request.signed).as_ref())
        }),
        Candidate::new("floor: HMAC by sha2", Duty::Hash, move |request| {
            is_first_tag(request, &rust_crypto.sign(&request.signed))
        }),
        Candidate::new("prepare alone", Duty::Headers, move |request| {
            prepared.prepare(&request.headers, now()).is_ok()
        }),
    ]
}

fn reading(scheme: &'static Scheme) -> Vec<Candidate> {
    vec![
        ours("verify", scheme, |_| {}),
        ours("and event_type()", scheme, |event| {
            std::hint::black_box(event.event_type());
        }),
        ours("and dedupe_key()", scheme, |event| {
            std::hint::black_box(event.dedupe_key());
        }),
        ours("and both", scheme, |event| {
            std::hint::black_box((event.event_type(), event.dedupe_key()));
        }),
    ]
}

/// The core, and what its caller reads afterwards.
fn ours(
    name: &'static str,
    scheme: &'static Scheme,
    read: fn(&countersign::Verified<'_>),
) -> Candidate {
    let verifier = verifier(scheme);
    Candidate::new(name, Duty::Verify, move |request| {
        let verdict = verifier.verify(&request.headers, &request.body, now());
        verdict.as_ref().map(read).is_ok()
    })
}

fn by_hand(name: &'static str, hmac: impl Hmac + 'static) -> Candidate {
    Candidate::new(name, Duty::Verify, move |request| by_hand::verify(&hmac, request).is_some())
}

/// For who only hashes: all that can be checked of it. One byte keeps the hash from being left out, and costs nothing.
fn is_first_tag(request: &Request, tag: &[u8]) -> bool {
    let sent = request.header("peeker-signature").and_then(|value| value.strip_prefix("v1="));
    sent.and_then(|hex| hex.get(..2)).and_then(|hex| u8::from_str_radix(hex, 16).ok())
        == tag.first().copied()
}

fn verifier(scheme: &'static Scheme) -> Verifier {
    Verifier::new(scheme, Keyring::of(secret(scheme)))
}

const fn now() -> UnixTime {
    UnixTime::from_secs(NOW_SECONDS)
}

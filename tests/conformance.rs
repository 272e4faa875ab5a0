//! The corpus in `tests/vectors`, through every path of the verifier: in one call, streamed in
//! pieces, and with the digests of a host.
#![expect(clippy::arithmetic_side_effects, clippy::panic, reason = "a test may fail loudly")]

mod corpus;

use corpus::{Expected, Group, Test};
use countersign::{Digest, Headers, UnixTime, Verified, Verifier, VerifyError};

/// How a request gets through the two phases.
type Path = for<'b> fn(
    &'b Verifier,
    &'b [(String, Vec<u8>)],
    &'b [u8],
    UnixTime,
) -> Result<Verified<'b>, VerifyError>;

const PATHS: [(&str, Path); 3] =
    [("one call", in_one_call), ("streamed", streamed), ("host digests", with_host_digests)];

fn in_one_call<'b>(
    verifier: &'b Verifier,
    headers: &'b [(String, Vec<u8>)],
    body: &'b [u8],
    now: UnixTime,
) -> Result<Verified<'b>, VerifyError> {
    verifier.verify(headers, body, now)
}

fn streamed<'b>(
    verifier: &'b Verifier,
    headers: &'b [(String, Vec<u8>)],
    body: &'b [u8],
    now: UnixTime,
) -> Result<Verified<'b>, VerifyError> {
    let prepared = verifier.prepare(headers, now)?;
    let mut hash = prepared.body_hash();
    body.chunks(61).for_each(|chunk| hash.update(chunk));
    prepared.finish_with_digests(&hash.finish(), body, now)
}

fn with_host_digests<'b>(
    verifier: &'b Verifier,
    headers: &'b [(String, Vec<u8>)],
    body: &'b [u8],
    now: UnixTime,
) -> Result<Verified<'b>, VerifyError> {
    let prepared = verifier.prepare(headers, now)?;
    let prefix = prepared.prefix();
    let digests: Vec<Digest> = prepared
        .inner_pads()
        .map(|pad| Digest::of(&[pad.as_slice(), &prefix, body].concat()))
        .collect();
    prepared.finish_with_digests(&digests, body, now)
}

/// Every file, so that a new scheme's is run without being named anywhere.
#[test]
fn every_vector_by_every_path() {
    for file in corpus::files() {
        let (tests, refused_keyrings) = run(&file);
        println!(
            "corpus: {file}: {tests} vectors by {} paths, {refused_keyrings} refused keyrings",
            PATHS.len()
        );
        assert!(tests > 0);
    }
}

/// How many vectors and how many refused keyrings a file has.
fn run(file: &str) -> (usize, usize) {
    let (mut tests, mut refused_keyrings) = (0, 0);
    for group in &corpus::load(file) {
        let verifier = group.verifier();
        let result = verifier.as_ref().err().copied();
        assert_eq!(result, group.keys_result.as_deref(), "{file}: {}", group.comment);
        match verifier {
            Err(_) => refused_keyrings += 1,
            Ok(verifier) => {
                group.tests.iter().for_each(|test| check(file, group, &verifier, test));
                tests += group.tests.len();
            }
        }
    }
    (tests, refused_keyrings)
}

fn check(file: &str, group: &Group, verifier: &Verifier, test: &Test) {
    for (name, path) in PATHS {
        let verdict = path(verifier, &test.headers, &test.body, test.now);
        let context = format!("{file} {} {} ({name}): {}", group.class, test.id, test.comment);
        match (&verdict, &test.expected) {
            (Ok(event), Expected::Valid(expected)) => expected.check(event, &context),
            (Err(error), Expected::Invalid { code, header }) => {
                assert_eq!(error.code(), code, "{context}");
                assert_eq!(error.header(), header.as_deref(), "{context}");
            }
            _ => panic!("{context}: {verdict:?}"),
        }
    }
}

/// Every scheme has a file of vectors; a new one is not done without.
#[test]
fn every_scheme_has_vectors() {
    for scheme in countersign::scheme::ALL.iter().filter(|scheme| scheme.name != "body-hmac") {
        let groups = corpus::load(&scheme.name.replace('-', "_"));
        let has = |class: &str| groups.iter().any(|group| group.class == class);
        assert!(has("genuine") && has("signatures"), "{}", scheme.name);
    }
}

/// A request that has no headers at all is refused by every scheme.
#[test]
fn nothing_is_genuine_without_a_signature() {
    for scheme in countersign::scheme::ALL {
        let verifier = corpus::verifier_of(scheme);
        let none: [(&str, &str); 0] = [];
        assert_eq!(none.get_all("any").count(), 0);
        let error = verifier.verify(&none, b"{}", UnixTime::from_secs(1)).unwrap_err();
        assert_eq!(error.code(), "missing_header");
    }
}

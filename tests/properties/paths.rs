//! Whoever computes the hash, and in however many pieces the body comes: one verdict.

use countersign::{Digest, UnixTime, Verified, Verifier, VerifyError};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cases;
use crate::request::{Headers, Request, genuine};

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn every_path_gives_one_verdict(
        request in genuine(),
        cuts in vec(0..400_usize, 0..6),
        tampering in tampering(),
    ) {
        let (headers, body) = tampering.apply(&request);
        let verifier = request.verifier();
        let now = request.signed_at;
        let in_one_call = essence(verifier.verify(&headers, &body, now));
        prop_assert_eq!(&in_one_call, &essence(streamed(&verifier, &headers, &body, &cuts, now)));
        prop_assert_eq!(&in_one_call, &essence(by_host(&verifier, &headers, &body, now)));
        prop_assert_eq!(in_one_call.is_ok(), matches!(tampering, Tampering::None));
    }

    /// The digest of another body, of none or of too few keys is no proof.
    #[test]
    fn the_digest_of_something_else_is_no_proof(request in genuine(), other in any::<[u8; 32]>()) {
        let verifier = request.verifier();
        for digests in [vec![], vec![Digest::from(other)], vec![Digest::of(&request.body)]] {
            let prepared = verifier.prepare(&request.headers, request.signed_at).unwrap();
            let verdict = prepared.finish_with_digests(&digests, &request.body, request.signed_at);
            prop_assert_eq!(verdict.unwrap_err(), VerifyError::SignatureMismatch);
        }
    }

    /// A body that takes its time is judged by the clock at its end.
    #[test]
    fn the_time_is_judged_again_when_the_body_is_complete(
        request in genuine(),
        skew in 0..=600_000_i64,
    ) {
        let verifier = request.verifier();
        let prepared = verifier.prepare(&request.headers, request.signed_at).unwrap();
        let mut hash = prepared.body_hash();
        hash.update(&request.body);
        let end = UnixTime::from_millis(request.signed_at.as_millis() + skew);
        let verdict = prepared.finish_with_digests(&hash.finish(), &request.body, end);
        if skew <= 300_000 {
            prop_assert!(verdict.is_ok());
        } else {
            let too_old = VerifyError::TimestampTooOld { skew_millis: skew };
            prop_assert_eq!(verdict.unwrap_err(), too_old);
        }
    }
}

#[derive(Clone, Debug)]
enum Tampering {
    None,
    Body(u8),
    Header(Vec<u8>),
}

fn tampering() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        2 => Just(Tampering::None),
        1 => any::<u8>().prop_map(Tampering::Body),
        1 => vec(any::<u8>(), 0..80).prop_map(Tampering::Header),
    ]
}

impl Tampering {
    fn apply(&self, request: &Request) -> (Headers, Vec<u8>) {
        let (mut headers, mut body) = (request.headers.clone(), request.body.clone());
        match self {
            Self::None => {}
            Self::Body(byte) => body.push(*byte),
            Self::Header(value) => {
                headers = request.with_header(request.scheme.signature.header, value.clone());
            }
        }
        (headers, body)
    }
}

fn streamed<'b>(
    verifier: &'b Verifier,
    headers: &'b Headers,
    body: &'b [u8],
    cuts: &[usize],
    now: UnixTime,
) -> Result<Verified<'b>, VerifyError> {
    let prepared = verifier.prepare(headers, now)?;
    let mut hash = prepared.body_hash();
    let mut rest = body;
    for length in cuts {
        let (chunk, after) = rest.split_at((*length).min(rest.len()));
        hash.update(chunk);
        rest = after;
    }
    hash.update(rest);
    prepared.finish_with_digests(&hash.finish(), body, now)
}

fn by_host<'b>(
    verifier: &'b Verifier,
    headers: &'b Headers,
    body: &'b [u8],
    now: UnixTime,
) -> Result<Verified<'b>, VerifyError> {
    let prepared = verifier.prepare(headers, now)?;
    let prefix = prepared.prefix();
    let message = |pad: &[u8; 64]| [pad.as_slice(), &prefix, body].concat();
    let digests: Vec<Digest> = prepared.inner_pads().map(|pad| Digest::of(&message(pad))).collect();
    prepared.finish_with_digests(&digests, body, now)
}

/// What two verdicts have to agree on.
fn essence(verdict: Result<Verified<'_>, VerifyError>) -> Result<(String, String), VerifyError> {
    verdict.map(|event| (event.key_id().to_owned(), event.dedupe_key()))
}

//! One signed string has at most one reading: whoever captures a request can't cut it into another id or another body
//! under the same signature.
#![no_main]

use countersign::scheme::{BOATEROS, PEEKER, Part, STANDARD_WEBHOOKS, Scheme};
use countersign::{UnixTime, Verifier};
use countersign_fuzz::{any_signature, keyring, was_read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choice, signed)) = input.split_first() else { return };
    let (scheme, digits) = match choice % 5 {
        0 => (&PEEKER, None),
        1 => (&STANDARD_WEBHOOKS, None),
        2 => (&BOATEROS, None),
        3 => (&BOATEROS, Some(0)),
        _ => (&BOATEROS, Some(choice / 5 % 10)),
    };
    let verifier = Verifier::new(scheme, keyring());
    let verifier = match digits {
        Some(digits) => verifier.without_zone(digits).unwrap(),
        None => verifier,
    };
    let readings = cuts(scheme, signed).filter(|cut| is_reading(&verifier, cut)).count();
    assert!(readings <= 1, "{readings} readings");
});

/// Every way to cut the string at dots into what the scheme signs, the last part being the body.
fn cuts<'a>(scheme: &'static Scheme, signed: &'a [u8]) -> impl Iterator<Item = Vec<&'a [u8]>> {
    let dots = signed.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
    let dots = dots.take(64).collect::<Vec<_>>();
    let cut_at = match scheme.signed {
        [_, Part::Dot] => dots.iter().map(|at| vec![*at]).collect::<Vec<_>>(),
        _ => pairs(&dots),
    };
    cut_at.into_iter().map(move |at| {
        let starts = std::iter::once(0).chain(at.iter().map(|at| at + 1));
        let ends = at.iter().copied().chain(std::iter::once(signed.len()));
        starts.zip(ends).map(|(start, end)| &signed[start..end]).collect()
    })
}

fn pairs(dots: &[usize]) -> Vec<Vec<usize>> {
    let pair = |(n, first): (usize, &usize)| {
        dots[n + 1..].iter().map(|second| vec![*first, *second]).collect::<Vec<_>>()
    };
    dots.iter().enumerate().flat_map(pair).collect()
}

fn is_reading(verifier: &Verifier, cut: &[&[u8]]) -> bool {
    let scheme = verifier.scheme();
    let mut headers = vec![(scheme.signature.header, any_signature(scheme).as_bytes())];
    let parts = scheme.signed.iter().filter(|part| **part != Part::Dot);
    for (part, value) in parts.zip(cut) {
        let name = match part {
            Part::EventId => scheme.event_id,
            _ => scheme.timestamp.map(|timestamp| timestamp.header),
        };
        headers.push((name.unwrap(), *value));
    }
    // A header loses its outer spaces, and what is signed then isn't this string.
    let is_trimmed = headers.iter().all(|(_, value)| value.trim_ascii() == *value);
    is_trimmed && was_read(&verifier.prepare(&headers, UnixTime::from_secs(0)))
}

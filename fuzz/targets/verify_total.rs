//! Whatever a request contains, the answer is a typed refusal: nobody here knows the secret.
#![no_main]

use countersign::scheme::ALL;
use countersign::{UnixTime, Verifier};
use countersign_fuzz::{any_signature, keyring};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(9, |byte| *byte == b'\n').collect::<Vec<_>>();
    let body = lines.pop().unwrap_or_default();
    for scheme in ALL {
        let verifier = Verifier::new(scheme, keyring());
        let now = UnixTime::from_secs(1_763_740_800);
        let headers = headers(scheme, &lines);
        let outcome = verifier.verify(&headers, body, now);
        assert!(!outcome.unwrap_err().code().is_empty());
    }
});

type Headers<'a> = Vec<(&'static str, &'a [u8])>;

/// Each line is a header: its first byte says which. `=` fills in a value that is in order.
fn headers<'a>(scheme: &'static countersign::scheme::Scheme, lines: &[&'a [u8]]) -> Headers<'a> {
    let names = [
        Some(scheme.signature.header),
        scheme.timestamp.map(|timestamp| timestamp.header),
        scheme.event_id,
        scheme.event_type,
    ];
    let good = [
        any_signature(scheme),
        if scheme.name == "boateros" { "2025-11-21T16:00:00Z" } else { "1763740800" },
        "evt_1",
        "order.completed",
    ];
    let header = |line: &&'a [u8]| {
        let (first, value) = line.split_first()?;
        let which = usize::from(*first) % names.len();
        let value = if value == b"=" { good[which].as_bytes() } else { value };
        Some((names[which]?, value))
    };
    lines.iter().filter_map(header).collect()
}

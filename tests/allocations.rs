//! How often the core asks for memory, natively. `cargo xtask cost` counts the same in WebAssembly.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use countersign::scheme::{BOATEROS, PEEKER, STANDARD_WEBHOOKS, Scheme};
use countersign::sign::{Outgoing, sign};
use countersign::{Keyring, Secret, Strength, UnixTime, Verifier};

/// Who saves an allocation writes the new number down here.
#[test]
fn a_request_takes_so_many_allocations() {
    let expected = [
        (&PEEKER, Counts { refused: 0, prepared: 0, verified: 0 }),
        (&BOATEROS, Counts { refused: 0, prepared: 0, verified: 0 }),
        (&STANDARD_WEBHOOKS, Counts { refused: 0, prepared: 0, verified: 0 }),
    ];
    let counted = expected.each_ref().map(|(scheme, _)| (*scheme, Counts::of(scheme)));
    let names =
        |counts: &[(&Scheme, Counts); 3]| counts.map(|(scheme, counts)| (scheme.name, counts));
    assert_eq!(names(&counted), names(&expected));
}

#[test]
fn the_body_makes_no_difference() {
    let verified = |length| count(&Request::with_body(&PEEKER, length), Request::verify);
    assert_eq!(verified(1 << 20), verified(0));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    /// Headers without a signature.
    refused: u64,
    /// Headers that are in order.
    prepared: u64,
    /// A genuine request, from its headers to the proof.
    verified: u64,
}

impl Counts {
    fn of(scheme: &'static Scheme) -> Self {
        let request = Request::with_body(scheme, 256);
        Self {
            refused: count(&request, Request::refuse),
            prepared: count(&request, Request::prepare),
            verified: count(&request, Request::verify),
        }
    }
}

fn count(request: &Request, work: fn(&Request)) -> u64 {
    allocation_counter::measure(|| work(request)).count_total
}

struct Request {
    verifier: Verifier,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Request {
    fn with_body(scheme: &'static Scheme, length: usize) -> Self {
        let secret = || Secret::from_bytes(b"0123456789abcdef", Strength::Required).unwrap();
        let body = vec![b'x'; length];
        let (event_id, event_type) = (Some("evt_1"), Some("hull.sold"));
        let message = Outgoing { event_id, event_type, timestamp: NOW, body: &body };
        let headers = sign(scheme, &[&secret()], &message).unwrap();
        Self { verifier: Verifier::new(scheme, Keyring::of(secret())), headers, body }
    }

    fn refuse(&self) {
        let (_, unsigned) = self.headers.split_last().unwrap();
        assert!(self.verifier.prepare(unsigned, NOW).is_err());
    }

    fn prepare(&self) {
        drop(self.verifier.prepare(&self.headers, NOW).unwrap());
    }

    fn verify(&self) {
        drop(self.verifier.verify(&self.headers, &self.body, NOW).unwrap());
    }
}

const NOW: UnixTime = UnixTime::from_secs(1_763_740_800);

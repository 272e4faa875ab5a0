//! Whatever a destination answers: only 2xx is delivered, and nothing else is remembered.

use countersign::gateway::Outcome;

use crate::gateway::Gateway;
use crate::relay::{NOW, OK, Request};
use crate::report;

#[test]
fn every_status() {
    let mut gateway = Gateway::with_all_schemes();
    let mut count = 0;
    for status in (100..=199).chain(300..=599).chain([0, 99, 600, 999, u16::MAX]) {
        let request = Request::signed("peeker", "evt_1", NOW, b"{}");
        let answer = gateway.fails(&request, Outcome::of_answer(status, None));
        assert_eq!(answer, (502, None), "{status}");
        count += 1;
    }
    gateway.serves("peeker");
    for status in 200..=299 {
        gateway.relay.store.clear();
        let request = Request::signed("peeker", "evt_1", NOW, b"{}");
        let reply = gateway.relay.serve(&request, NOW, Outcome::of_answer(status, None));
        assert_eq!((reply.status, gateway.relay.store.len()), (200, 1), "{status}");
        count += 1;
    }
    report("statuses", count);
}

#[test]
fn no_answer() {
    let mut gateway = Gateway::with_all_schemes();
    for source in ["peeker", "boateros", "standard"] {
        for (outcome, status) in [(Outcome::TimedOut, 504), (Outcome::Unreachable, 502)] {
            let request = Request::signed(source, "evt_1", NOW, b"{}");
            assert_eq!(gateway.fails(&request, outcome), (status, None));
            gateway.serves(source);
        }
    }
}

/// A destination that is down and up again gets the event that it missed.
#[test]
fn down_and_up_again() {
    let mut gateway = Gateway::with_all_schemes();
    let request = Request::signed("peeker", "evt_1", NOW, b"{}");
    for _ in 0..5 {
        assert_eq!(gateway.fails(&request, Outcome::Unreachable), (502, None));
    }
    assert_eq!(gateway.relay.serve(&request, NOW, OK).status, 200);
    assert_eq!(gateway.relay.store.len(), 1);
}

/// What is passed on is a number of seconds of at most a day, from a destination that is
/// overloaded.
#[test]
fn retry_after() {
    let forms = [
        ("1", Some(1)),
        ("120", Some(120)),
        ("86400", Some(86_400)),
        ("007", Some(7)),
        ("0", None),
        ("86401", None),
        ("100000", None),
        ("000001", None),
        ("4294967297", None),
        ("18446744073709551617", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("0x10", None),
        ("1, 2", None),
        ("120 s", None),
        ("\u{662}", None),
        ("Fri, 21 Nov 2025 16:02:00 GMT", None),
        ("2025-11-21T16:02:00Z", None),
        ("never", None),
        ("", None),
        ("1\r\nset-cookie: x", None),
    ];
    let mut gateway = Gateway::with_all_schemes();
    let request = Request::signed("peeker", "evt_1", NOW, b"{}");
    for (form, expected) in forms {
        for status in [429, 503] {
            let answer = gateway.fails(&request, Outcome::of_answer(status, Some(form)));
            assert_eq!(answer, (502, expected), "{form:?}");
        }
        for status in [301, 400, 408, 500, 502, 504] {
            let answer = gateway.fails(&request, Outcome::of_answer(status, Some(form)));
            assert_eq!(answer, (502, None), "{form:?}");
        }
    }
    gateway.serves("peeker");
    report("Retry-After", forms.len());
}

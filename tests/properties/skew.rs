//! The window around now: the same on both sides, its edges inside, and never off.

use countersign::scheme::{PEEKER, STANDARD_WEBHOOKS};
use countersign::{Tolerance, UnixTime, VerifyError};
use proptest::prelude::*;
use proptest::sample::select;

use crate::cases;
use crate::request::{Request, genuine};

fn verdict(request: &Request, tolerance: u32, skew_millis: i64) -> Result<(), VerifyError> {
    let verifier = request.verifier().with_tolerance(Tolerance::from_secs(tolerance).unwrap());
    let now = UnixTime::from_millis(request.signed_at.as_millis() + skew_millis);
    verifier.verify(&request.headers, &request.body, now).map(drop)
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn the_edges_are_inside_and_a_millisecond_further_is_not(
        request in genuine(),
        tolerance in prop_oneof![Just(1_u32), Just(300), Just(86_400), 1..=86_400_u32],
    ) {
        let edge = i64::from(tolerance) * 1000;
        prop_assert!(verdict(&request, tolerance, edge).is_ok());
        prop_assert!(verdict(&request, tolerance, -edge).is_ok());
        prop_assert_eq!(
            verdict(&request, tolerance, edge + 1).unwrap_err(),
            VerifyError::TimestampTooOld { skew_millis: edge + 1 }
        );
        prop_assert_eq!(
            verdict(&request, tolerance, -edge - 1).unwrap_err(),
            VerifyError::TimestampTooNew { skew_millis: -edge - 1 }
        );
    }

    #[test]
    fn the_window_has_two_equal_sides(
        request in genuine(),
        tolerance in 1..=86_400_u32,
        skew in prop_oneof![-1_000_000..=1_000_000_i64, -200_000_000..=200_000_000_i64],
    ) {
        let is_inside = skew.abs() <= i64::from(tolerance) * 1000;
        for skew in [skew, -skew] {
            let verdict = verdict(&request, tolerance, skew);
            prop_assert_eq!(verdict.is_ok(), is_inside, "{:?}", verdict);
        }
    }

    /// Clocks that can't be right.
    #[test]
    fn no_clock_makes_it_overflow(request in genuine(), now in any::<i64>()) {
        for now in [now, i64::MIN, i64::MAX] {
            let verifier = request.verifier();
            let clock = UnixTime::from_millis(now);
            let verdict = verifier.verify(&request.headers, &request.body, clock);
            let inside = request.signed_at.as_millis().abs_diff(now) <= 300_000;
            prop_assert_eq!(verdict.is_ok(), inside);
        }
    }

    /// `[1-9][0-9]{0,11}` by the book, through the verifier that reads it.
    #[test]
    fn unix_seconds_are_digits_and_nothing_else(
        text in prop_oneof![
            "[0-9]{0,14}",
            "[ +-]?[0-9]{1,10}([.e_,x][0-9]{0,3})?[ a-z]?",
            "(0x|0b|\u{661}|１)[0-9]{1,9}",
        ],
    ) {
        let trimmed = text.trim_matches([' ', '\t']);
        let expected = (1..=12).contains(&trimmed.len())
            && !trimmed.starts_with('0')
            && trimmed.chars().all(|char| "0123456789".contains(char));
        let scheme = *[&PEEKER, &STANDARD_WEBHOOKS].get(text.len() % 2).unwrap();
        let header = scheme.timestamp.unwrap().header;
        let request =
            Request::sign(scheme, b"0123456789abcdef", "evt_1", UnixTime::from_secs(1), b"");
        let headers = request.with_header(header, text.clone().into_bytes());
        let verifier = request.verifier();
        let now = UnixTime::from_secs(trimmed.parse().unwrap_or(1));
        let outcome = verifier.prepare(&headers, now);
        prop_assert_eq!(outcome.is_ok(), expected, "{:?} {:?}", text, outcome.err());
    }

    /// Outside the window it doesn't matter how right everything else is.
    #[test]
    fn a_stale_request_is_refused_before_its_body_is_read(
        request in genuine(),
        skew in select(&[300_001_i64, -300_001, 86_400_000, -86_400_000]),
    ) {
        let verifier = request.verifier();
        let now = UnixTime::from_millis(request.signed_at.as_millis() + skew);
        let code = verifier.prepare(&request.headers, now).unwrap_err().code();
        let expected = if skew > 0 { "timestamp_too_old" } else { "timestamp_too_new" };
        prop_assert_eq!(code, expected);
    }
}

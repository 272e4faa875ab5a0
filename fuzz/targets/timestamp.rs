//! A timestamp is read exactly as a slow, independent reader reads it, and the window is as wide to both sides.
#![no_main]

use countersign::scheme::{BOATEROS, PEEKER, Scheme};
use countersign::{UnixTime, Verifier, VerifyError};
use countersign_fuzz::{any_signature, keyring};
use libfuzzer_sys::fuzz_target;

const TOLERANCE_MS: i64 = 300_000;

fuzz_target!(|input: &[u8]| {
    let Some((choice, text)) = input.split_first() else { return };
    let scheme: &'static Scheme = if choice % 2 == 0 { &PEEKER } else { &BOATEROS };
    let digits = (choice / 2) % 12;
    let zoneless = choice % 2 == 1 && digits <= 9;
    let verifier = Verifier::new(scheme, keyring());
    let verifier = if zoneless { verifier.without_zone(digits).unwrap() } else { verifier };
    let expected = std::str::from_utf8(text).ok().and_then(|text| {
        let text = text.trim_matches([' ', '\t']);
        match (choice % 2, zoneless) {
            (0, _) => unix_seconds(text),
            (_, false) => with_zone(text),
            (_, true) => without_zone(text, usize::from(digits)),
        }
    });
    let prepare = |now| code(verifier.prepare(&headers(scheme, text), UnixTime::from_millis(now)));
    match expected {
        Some(time) => {
            assert_eq!(prepare(time - TOLERANCE_MS - 1), "timestamp_too_new");
            assert_eq!(prepare(time - TOLERANCE_MS), "");
            assert_eq!(prepare(time), "");
            assert_eq!(prepare(time + TOLERANCE_MS), "");
            assert_eq!(prepare(time + TOLERANCE_MS + 1), "timestamp_too_old");
        }
        None => {
            let code = prepare(0);
            assert!(matches!(code, "malformed_header" | "ambiguous_header"), "accepted: {code}");
        }
    }
});

fn headers<'a>(scheme: &Scheme, timestamp: &'a [u8]) -> Vec<(&'static str, &'a [u8])> {
    let mut headers = vec![
        (scheme.signature.header, any_signature(scheme).as_bytes()),
        (scheme.timestamp.unwrap().header, timestamp),
    ];
    headers.extend(scheme.event_id.map(|header| (header, b"evt_1".as_slice())));
    headers
}

fn code<T>(outcome: Result<T, VerifyError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "")
}

/// Digits only, 1 to 12 of them, no zero in front.
fn unix_seconds(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 12 && text.chars().all(|c| c.is_ascii_digit());
    (plain && !text.starts_with('0')).then(|| text.parse::<i64>().unwrap() * 1000)
}

fn with_zone(text: &str) -> Option<i64> {
    let (local, offset_minutes) = match text.strip_suffix('Z') {
        Some(local) => (local, 0),
        None => {
            let (local, zone) = text.split_at_checked(text.len().checked_sub(6)?)?;
            (local, offset(zone)?)
        }
    };
    let digits = local.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let time = local_time(local, digits)? - offset_minutes * 60_000;
    is_representable(time).then_some(time)
}

fn without_zone(text: &str, digits: usize) -> Option<i64> {
    local_time(text, digits)
}

/// `±hh:mm`, in minutes.
fn offset(zone: &str) -> Option<i64> {
    let sign = if zone.starts_with('+') { 1 } else { -1 };
    let shape = zone.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    if !matches!(shape.as_str(), "+00:00" | "-00:00") {
        return None;
    }
    let (hours, minutes) = (zone[1..3].parse::<i64>().unwrap(), zone[4..6].parse::<i64>().unwrap());
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// `YYYY-MM-DDThh:mm:ss` and, with more than none, exactly so many digits after a dot.
fn local_time(text: &str, digits: usize) -> Option<i64> {
    let fraction = if digits == 0 { String::new() } else { format!(".{}", "0".repeat(digits)) };
    let shape = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    if shape != format!("0000-00-00T00:00:00{fraction}") || digits > 9 {
        return None;
    }
    let field = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (field(0, 4), field(5, 7), field(8, 10));
    let (hour, minute, second) = (field(11, 13), field(14, 16), field(17, 19));
    if year < 1970 || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let padded = format!("{:0<3}", text.get(20..).unwrap_or(""));
    let millis = padded[..3].parse::<i64>().unwrap();
    let seconds = ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    Some(seconds * 1000 + millis)
}

/// Days from 1970 to the first of this month, one year and one month after the other.
fn days_before(year: i64, month: i64) -> i64 {
    let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<i64>();
    years + (1..month).map(|month| days_in(year, month)).sum::<i64>()
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// 1970 to 9999.
fn is_representable(millis: i64) -> bool {
    (0..(days_before(9999, 12) + 31) * 86_400_000).contains(&millis)
}

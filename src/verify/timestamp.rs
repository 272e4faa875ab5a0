//! Timestamps as text. The grammars are strict, because the signed content is text: whatever two
//! readers understand differently, an attacker may choose between.

use crate::scheme::TimestampFormat;
use crate::time::{Date, HOUR, MINUTE, SECOND, UnixTime};

/// The longest timestamp that is looked at, in bytes.
pub(super) const MAX_BYTES: usize = 40;

/// The time that `text` names, if it is in this format.
pub(crate) fn parse(text: &str, format: TimestampFormat) -> Option<UnixTime> {
    let text = text.as_bytes();
    match format {
        TimestampFormat::Rfc3339 => rfc3339(text),
        TimestampFormat::Rfc3339WithoutZone { fraction_digits } => {
            rfc3339_without_zone(text, fraction_digits)
        }
        TimestampFormat::UnixSeconds => unix_seconds(text),
    }
}

impl UnixTime {
    /// From RFC 3339 with a zone, `2026-11-21T18:00:00Z`; `None` if the text is anything else.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        rfc3339(text.as_bytes())
    }
}

/// `[1-9][0-9]{0,11}`: no sign, no zero in front, no fraction.
fn unix_seconds(text: &[u8]) -> Option<UnixTime> {
    match text {
        [b'1'..=b'9', ..] if text.len() <= 12 => number(text).map(UnixTime::from_secs),
        _ => None,
    }
}

/// `YYYY-MM-DDThh:mm:ss[.d{1,9}](Z|±hh:mm)`.
fn rfc3339(text: &[u8]) -> Option<UnixTime> {
    let (local, rest) = date_time(text)?;
    let (fraction, zone) = match rest {
        [b'.', rest @ ..] => rest.split_at(rest.iter().take_while(|b| b.is_ascii_digit()).count()),
        _ => (b"0".as_slice(), rest),
    };
    local.checked_shift(milliseconds(fraction)?)?.checked_shift(offset(zone)?)
}

/// `YYYY-MM-DDThh:mm:ss[.d{N}]`, without a fraction if N is 0.
fn rfc3339_without_zone(text: &[u8], fraction_digits: u8) -> Option<UnixTime> {
    let (local, rest) = date_time(text)?;
    match (fraction_digits, rest) {
        (0, []) => Some(local),
        (digits @ 1.., [b'.', fraction @ ..]) if fraction.len() == usize::from(digits) => {
            local.checked_shift(milliseconds(fraction)?)
        }
        _ => None,
    }
}

/// The 19 characters up to the seconds, and what follows them.
fn date_time(text: &[u8]) -> Option<(UnixTime, &[u8])> {
    let (local, rest) = text.split_at_checked(19)?;
    for (position, separator) in [(4, b'-'), (7, b'-'), (10, b'T'), (16, b':')] {
        if local.get(position) != Some(&separator) {
            return None;
        }
    }
    let digits = |from: usize, to: usize| number(local.get(from..to)?);
    let date = Date { year: digits(0, 4)?, month: digits(5, 7)?, day: digits(8, 10)? };
    let second = digits(17, 19).filter(|second| *second <= 59)?;
    let millis = hours_and_minutes(local.get(11..16)?)?.checked_add(second.checked_mul(SECOND)?)?;
    Some((UnixTime::from_civil(date, millis)?, rest))
}

/// What has to be added to the local time for UTC, in milliseconds.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        [b'Z'] => Some(0),
        [b'+', time @ ..] => hours_and_minutes(time)?.checked_neg(),
        [b'-', time @ ..] => hours_and_minutes(time),
        _ => None,
    }
}

/// `hh:mm`, in milliseconds.
fn hours_and_minutes(time: &[u8]) -> Option<i64> {
    let [h0, h1, b':', m0, m1] = time else { return None };
    let hours = number(&[*h0, *h1]).filter(|hours| *hours <= 23)?;
    let minutes = number(&[*m0, *m1]).filter(|minutes| *minutes <= 59)?;
    hours.checked_mul(HOUR)?.checked_add(minutes.checked_mul(MINUTE)?)
}

/// The first three of one to nine fraction digits, as milliseconds.
fn milliseconds(fraction: &[u8]) -> Option<i64> {
    if !(1..=9).contains(&fraction.len()) {
        return None;
    }
    number(fraction)?;
    let mut padded = fraction.iter().chain(b"00");
    number(&[*padded.next()?, *padded.next()?, *padded.next()?])
}

/// One to eighteen digits, which can't overflow, and nothing else.
fn number(digits: &[u8]) -> Option<i64> {
    if !(1..=18).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |number: i64, byte: &u8| number.wrapping_mul(10).wrapping_add(i64::from(byte & 0x0f));
    Some(digits.iter().fold(0, add))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str, format: TimestampFormat) -> Option<i64> {
        parse(text, format).map(UnixTime::as_millis)
    }

    #[test]
    fn unix_seconds_are_digits_without_a_zero_in_front() {
        let read = |text| millis(text, TimestampFormat::UnixSeconds);
        assert_eq!(read("1763740800"), Some(1_763_740_800_000));
        assert_eq!(read("999999999999"), Some(999_999_999_999_000));
        for odd in ["", "0", "01", "+1", "-1", " 1", "1 ", "1.0", "1e3", "1763740800000", "１"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn dates_have_a_zone_and_are_cut_to_milliseconds() {
        let read = |text| millis(text, TimestampFormat::Rfc3339);
        assert_eq!(read("2024-02-29T12:34:56Z"), Some(1_709_210_096_000));
        assert_eq!(read("2024-02-29T12:34:56.0079Z"), Some(1_709_210_096_007));
        assert_eq!(read("2024-02-29T14:34:56.9+02:00"), Some(1_709_210_096_900));
        assert_eq!(read("2024-02-29T12:34:56-00:00"), Some(1_709_210_096_000));
        for odd in [
            "2024-02-29T12:34:56",
            "2024-02-29T12:34:56z",
            "2024-02-29t12:34:56Z",
            "2023-02-29T12:34:56Z",
            "2024-02-29T12:34:60Z",
            "2024-02-29T12:34:56.Z",
            "2024-02-29T12:34:56.0123456789Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn dates_without_a_zone_have_a_fixed_fraction() {
        let read = |text, fraction_digits| {
            millis(text, TimestampFormat::Rfc3339WithoutZone { fraction_digits })
        };
        assert_eq!(read("2024-02-29T12:34:56", 0), Some(1_709_210_096_000));
        assert_eq!(read("2024-02-29T12:34:56.007", 3), Some(1_709_210_096_007));
        assert_eq!(read("2024-02-29T12:34:56.007", 0), None);
        assert_eq!(read("2024-02-29T12:34:56", 3), None);
        assert_eq!(read("2024-02-29T12:34:56.007000", 3), None);
        assert_eq!(read("2024-02-29T12:34:56Z", 0), None);
        assert_eq!(read("2024-02-29T12:34:56.00Z", 3), None);
    }
}

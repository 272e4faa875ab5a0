//! Points in time and how far two of them may lie apart. There is no clock in here: `now` is an
//! argument everywhere, and only the adapters know how to ask for it.

use std::fmt;
use std::time::Duration;

use crate::error::ConfigError;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// From milliseconds since 1970, as `Date.now()` gives them.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since 1970; saturates far outside any calendar.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time and `duration` later; saturates.
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// Milliseconds from `earlier` to this time, negative if `earlier` is the later one; saturates.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time at which a calendar shows these numbers in UTC, or `None` if there is no such day
    /// or the year is not one of 1970 to 9999.
    pub(crate) fn from_civil(date: Date, millis_of_day: i64) -> Option<Self> {
        let days = date.days_since_epoch()?;
        let time = Self(days.checked_mul(DAY)?.checked_add(millis_of_day)?);
        time.is_in_calendar().then_some(time)
    }

    /// This time, shifted, if it stays within the years 1970 to 9999.
    pub(crate) fn checked_shift(self, millis: i64) -> Option<Self> {
        let time = Self(self.0.checked_add(millis)?);
        time.is_in_calendar().then_some(time)
    }

    /// What [`Display`](fmt::Display) shows. Formatting is a lot of code in
    /// WebAssembly, so this does without.
    pub(crate) fn to_rfc3339(self) -> String {
        let millis = self.0.clamp(0, LAST);
        let date = Date::from_days_since_epoch(millis.div_euclid(DAY));
        let rest = millis.rem_euclid(DAY);
        let (hour, minute) = (rest.div_euclid(HOUR), rest.div_euclid(MINUTE) % 60);
        let (second, milli) = (rest.div_euclid(SECOND) % 60, rest % SECOND);
        let mut text = String::new();
        for (number, digits, after) in [
            (date.year, 4, '-'),
            (date.month, 2, '-'),
            (date.day, 2, 'T'),
            (hour, 2, ':'),
            (minute, 2, ':'),
            (second, 2, '.'),
            (milli, 3, 'Z'),
        ] {
            push_digits(&mut text, number, digits);
            text.push(after);
        }
        text
    }

    /// Seconds since 1970, without a zero in front. Empty for a time before 1970.
    pub(crate) fn to_unix_seconds(self) -> String {
        let mut text = String::new();
        push_digits(&mut text, self.as_secs(), 20);
        text.trim_start_matches('0').to_owned()
    }

    fn is_in_calendar(self) -> bool {
        (0..=LAST).contains(&self.0)
    }
}

/// RFC 3339 in UTC with milliseconds, `2026-11-21T18:00:00.000Z`; clamped to the years 1970 to 9999.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// A day in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

/// The two conversions are the usual ones for a calendar whose year starts in March and whose era
/// is 400 years; all numbers are small, because years are at most 9999.
impl Date {
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "year, month and day are checked to be small"
    )]
    fn days_since_epoch(self) -> Option<i64> {
        if !self.exists() {
            return None;
        }
        let year = if self.month <= 2 { self.year - 1 } else { self.year };
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(era * DAYS_PER_ERA + day_of_era - EPOCH)
    }

    #[expect(clippy::arithmetic_side_effects, reason = "days are clamped to the year 9999")]
    fn from_days_since_epoch(days: i64) -> Self {
        let days = days + EPOCH;
        let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day }
    }

    fn exists(self) -> bool {
        (1970..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=self.days_in_month()).contains(&self.day)
    }

    fn days_in_month(self) -> i64 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.is_leap_year() => 29,
            2 => 28,
            _ => 31,
        }
    }

    fn is_leap_year(self) -> bool {
        self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0)
    }
}

/// The last `digits` digits of a number; nothing of a negative one.
fn push_digits(text: &mut String, number: i64, digits: u32) {
    let digit = |place: u32| {
        let place = 10_i64.checked_pow(place).and_then(|unit| number.checked_div(unit));
        u32::try_from(place.unwrap_or(0) % 10).ok().and_then(|digit| char::from_digit(digit, 10))
    };
    text.extend((0..digits).rev().filter_map(digit));
}

/// How far a timestamp may lie from now, in both directions.
///
/// There is no value that switches the window off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tolerance(u32);

impl Tolerance {
    /// Five minutes, which is what both providers ask for and what Stripe and Svix use.
    pub const DEFAULT: Self = Self(300);

    /// From whole seconds.
    ///
    /// # Errors
    /// [`ConfigError::InvalidTolerance`] unless `secs` is 1 to 86,400.
    pub const fn from_secs(secs: u32) -> Result<Self, ConfigError> {
        match secs {
            1..=86_400 => Ok(Self(secs)),
            _ => Err(ConfigError::InvalidTolerance),
        }
    }

    /// Whole seconds.
    pub const fn as_secs(self) -> u32 {
        self.0
    }

    /// Whether a skew of so many milliseconds is inside: 300.000 s is, 300.001 s is not.
    pub(crate) fn permits(self, skew_millis: i64) -> bool {
        skew_millis.unsigned_abs() <= u64::from(self.0).saturating_mul(1000)
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A duration in milliseconds, saturating.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 9999-12-31T23:59:59.999Z.
const LAST: i64 = 253_402_300_799_999;
const DAYS_PER_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_rfc_3339_with_milliseconds() {
        let shown = |millis| UnixTime::from_millis(millis).to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(1_709_210_096_007), "2024-02-29T12:34:56.007Z");
        assert_eq!(shown(LAST), "9999-12-31T23:59:59.999Z");
        assert_eq!(shown(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(shown(i64::MIN), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn every_day_of_the_calendar_survives_a_round_trip() {
        for days in 0..=LAST / DAY {
            let date = Date::from_days_since_epoch(days);
            assert_eq!(date.days_since_epoch(), Some(days), "{date:?}");
        }
    }

    #[test]
    fn tolerance_is_one_second_to_one_day() {
        assert_eq!(Tolerance::from_secs(0), Err(ConfigError::InvalidTolerance));
        assert_eq!(Tolerance::from_secs(1).map(Tolerance::as_secs), Ok(1));
        assert_eq!(Tolerance::from_secs(86_400).map(Tolerance::as_secs), Ok(86_400));
        assert_eq!(Tolerance::from_secs(86_401), Err(ConfigError::InvalidTolerance));
    }

    #[test]
    fn tolerance_is_inclusive_and_two_sided() {
        for sign in [1, -1] {
            assert!(Tolerance::DEFAULT.permits(sign * 300_000));
            assert!(!Tolerance::DEFAULT.permits(sign * 300_001));
        }
        assert!(!Tolerance::DEFAULT.permits(i64::MIN));
    }
}

//! Dates, against a slow calendar that counts the days one year and one month at a time.

use countersign::UnixTime;
use proptest::prelude::*;

use crate::cases;
use crate::request::LAST_MILLIS;

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn dates_are_read_as_the_slow_calendar_reads_them(text in date_like()) {
        let actual = UnixTime::parse_rfc3339(&text).map(UnixTime::as_millis);
        prop_assert_eq!(actual, slow_rfc3339(&text), "{}", text);
    }

    #[test]
    fn a_time_that_is_shown_can_be_read(millis in 0..=LAST_MILLIS) {
        let time = UnixTime::from_millis(millis);
        let shown = time.to_string();
        prop_assert_eq!(shown.len(), 24);
        prop_assert_eq!(UnixTime::parse_rfc3339(&shown), Some(time));
        prop_assert_eq!(slow_rfc3339(&shown), Some(millis));
    }

    #[test]
    fn any_text_is_a_date_or_is_not(text in any::<String>()) {
        prop_assert_eq!(
            UnixTime::parse_rfc3339(&text).map(UnixTime::as_millis),
            slow_rfc3339(&text)
        );
    }

    /// One zone is as good as another.
    #[test]
    fn an_offset_moves_the_clock_and_not_the_time(
        millis in 86_400_000..=LAST_MILLIS - 86_400_000,
        minutes in -1439..=1439_i64,
    ) {
        let local = UnixTime::from_millis(millis + minutes * 60_000).to_string();
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        let text = local.replace('Z', &format!("{sign}{hours:02}:{rest:02}"));
        prop_assert_eq!(UnixTime::parse_rfc3339(&text), Some(UnixTime::from_millis(millis)));
    }
}

/// The edges of the calendar, and the days that calendars get wrong.
#[test]
fn edges_of_the_calendar() {
    for text in [
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:59:59+01:00",
        "1970-01-01T01:00:00+01:00",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:59.999-00:00",
        "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-02-29T23:59:59Z",
        "2016-12-31T23:59:60Z",
        "2024-01-01T24:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-04-31T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-32T00:00:00Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+23:60",
        "2024-01-01T00:00:00+23:59",
    ] {
        let actual = UnixTime::parse_rfc3339(text).map(UnixTime::as_millis);
        assert_eq!(actual, slow_rfc3339(text), "{text}");
    }
}

/// Texts that are dates, nearly are, or once were.
fn date_like() -> impl Strategy<Value = String> {
    let number = |digits: usize, most: u32| {
        prop_oneof![
            6 => (0..=most).prop_map(move |n| format!("{n:0digits$}")),
            1 => (0..=99_u32).prop_map(move |n| format!("{n:0digits$}")),
        ]
    };
    let year =
        prop_oneof![8 => 1970..=2100_u32, 1 => 0..=9999_u32].prop_map(|year| format!("{year:04}"));
    let fraction =
        prop_oneof![2 => Just(String::new()), 3 => "\\.[0-9]{0,10}", 1 => "[.,][0-9 ]{1,3}"];
    let zone = prop_oneof![
        6 => Just("Z".to_owned()),
        4 => "[+-][0-2][0-9]:[0-6][0-9]",
        1 => Just(String::new()),
        1 => "[zZ+-]?[0-9:]{0,6}",
    ];
    let date = (year, number(2, 12), number(2, 31));
    let time = (number(2, 23), number(2, 59), number(2, 59), fraction);
    let separator = prop_oneof![9 => Just("T"), 1 => Just("t"), 1 => Just(" ")];
    let one_character = (any::<prop::sample::Index>(), any::<char>());
    let damage = prop_oneof![8 => Just(None), 1 => one_character.prop_map(Some)];
    (date, separator, time, zone, damage).prop_map(|(date, separator, time, zone, damage)| {
        let ((year, month, day), (hour, minute, second, fraction)) = (date, time);
        let text =
            format!("{year}-{month}-{day}{separator}{hour}:{minute}:{second}{fraction}{zone}");
        match damage {
            Some((at, char)) if !text.is_empty() => replace(&text, at.index(text.len()), char),
            _ => text,
        }
    })
}

fn replace(text: &str, at: usize, by: char) -> String {
    text.chars().enumerate().map(|(n, char)| if n == at { by } else { char }).collect()
}

/// Milliseconds since 1970, by the definition.
fn slow_rfc3339(text: &str) -> Option<i64> {
    let shape: String =
        text.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00")?;
    let digits = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (digits(0, 4), digits(5, 7), digits(8, 10));
    let (hour, minute, second) = (digits(11, 13), digits(14, 16), digits(17, 19));
    let in_range = (1970..=9999).contains(&year) && hour < 24 && minute < 60 && second < 60;
    if !in_range || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let days = (1970..year).map(|year| 337 + days_in(year, 2));
    let months = (1..month).map(|month| days_in(year, month));
    let days = days.sum::<i64>() + months.sum::<i64>() + day - 1;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;

    let fraction = rest.chars().take_while(|char| *char == '0' || *char == '.').count();
    let (fraction, zone) = text[19..].split_at(fraction);
    let millis = seconds * 1000 + slow_fraction(fraction)? - slow_offset(zone)?;
    (0..=LAST_MILLIS).contains(&millis).then_some(millis)
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
    let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    lengths[usize::try_from(month - 1).unwrap()]
}

fn slow_fraction(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let digits = text.strip_prefix('.')?;
    if !(1..=9).contains(&digits.len()) || digits.contains('.') {
        return None;
    }
    Some(format!("{digits:0<9}").parse::<i64>().unwrap() / 1_000_000)
}

fn slow_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('+') { 1 } else { -1 };
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    let number = |text: &str, most: i64| {
        let is_number = text.len() == 2 && text.chars().all(|char| char.is_ascii_digit());
        is_number.then(|| text.parse::<i64>().unwrap()).filter(|number| *number <= most)
    };
    Some(sign * (number(hours, 23)? * 60 + number(minutes, 59)?) * 60_000)
}

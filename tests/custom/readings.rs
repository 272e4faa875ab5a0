//! One signed string has one reading, whatever scheme somebody writes down: no two different
//! timestamps, ids and bodies have the same signed content.

use countersign::scheme::{Part, Scheme, TimestampFormat, parse};
use countersign::{Keyring, Secret, Strength, UnixTime, Verifier, VerifyError};
use hmac::{Hmac, KeyInit, Mac};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::Config;
use sha2::Sha256;

const SECRET: &[u8] = b"0123456789abcdef";

proptest! {
    #![proptest_config(cases(2000))]

    /// What was signed as something is read as that, and as nothing else.
    #[test]
    fn what_is_signed_has_one_reading(
        definition in definition(),
        digits in option::of(0..=9_u8),
        seconds in "[1-9][0-9]{0,11}",
        date in date(),
        zone in zone(),
        fraction in "[0-9]{9}",
        id in prop_oneof!["[A-Za-z0-9_-]{1,20}", date_like_id()],
        body in rich(),
    ) {
        // What the parser refuses is none of these.
        let Ok(scheme) = parse(&definition) else { return Ok(()) };
        let verifier = verifier(scheme, digits);
        let timestamp = match scheme.timestamp.map(|timestamp| timestamp.format) {
            Some(TimestampFormat::UnixSeconds) => seconds,
            _ => match digits {
                None => date + &zone,
                Some(0) => date[..19].to_owned(),
                Some(digits) => format!("{}.{}", &date[..19], &fraction[..usize::from(digits)]),
            },
        };
        let signed: Vec<u8> = scheme.signed.iter().flat_map(|part| match part {
            Part::Timestamp => timestamp.as_bytes(),
            Part::EventId => id.as_bytes(),
            Part::Text(text) => text.as_bytes(),
            _ => b".",
        }).chain(&body).copied().collect();
        prop_assert_eq!(readings(&verifier, &signed), 1, "{}", definition);
    }

    /// Strings that nobody has signed as anything.
    #[test]
    fn no_string_has_two_readings(
        definition in definition(),
        digits in option::of(0..=9_u8),
        has_lead in any::<bool>(),
        text in rich(),
    ) {
        let Ok(scheme) = parse(&definition) else { return Ok(()) };
        let lead = match scheme.signed.first() {
            Some(Part::Text(lead)) if has_lead => lead,
            _ => "",
        };
        let count = readings(&verifier(scheme, digits), &[lead.as_bytes(), &text].concat());
        prop_assert!(count <= 1, "{} readings: {}", count, definition);
    }
}

/// Of the definitions that are tried, enough pass, and enough do not.
#[test]
fn definitions_of_both_kinds_are_tried() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut passes = || {
        let definition = definition().new_tree(&mut runner).unwrap().current();
        parse(&definition).is_ok_and(|scheme| scheme.signed.len() > 1)
    };
    let passing = (0..1000).filter(|_| passes()).count();
    println!("{passing} of 1000 definitions pass");
    assert!((300..900).contains(&passing), "{passing}");
}

/// Every list of up to five entries, and what an attacker would try first.
#[test]
fn every_short_list_that_passes_has_one_reading() {
    let strings = [
        "1763740800.evt_1.evt_2.{}",
        "1763740800:1763740801.1763740802:1763740803",
        "1763740800.1763740801.1763740802.1763740803",
        "1763740800-evt-1-2-{}",
        "17637408001763740801",
        "v0:1763740800:evt_1.{}",
        "v0:v0:1763740800:v0:{}",
        "2025-11-21T16:00:00Z.2025-11-21T16:00:00Z.{}",
        "2025-11-21T16:00:00.123+02:00:00:00.5Z.{}",
        "2025-11-21T16:00:00+02:00:2025-11-21T16:00:00-02:00:30.x",
        "evt_1.2025-11-21T16:00:00.1Z.2025-11-21T16:00:00.12Z.{}",
        "evt_1:2025-11-21T16:00:00Z:evt_1:2025-11-21T16:00:00Z:",
    ];
    let (mut passing, mut read) = (0, 0);
    for entries in lists(5) {
        for format in [TimestampFormat::UnixSeconds, TimestampFormat::Rfc3339] {
            let Ok(scheme) = parse(&define(&entries, format)) else { continue };
            passing += 1;
            for string in strings {
                let count = readings(&verifier(scheme, None), string.as_bytes());
                assert!(count <= 1, "{entries:?} {format:?}: {string}: {count} readings");
                read += count;
            }
        }
    }
    println!("{passing} lists pass, {read} readings");
    // Twice: nothing, or one part, or two in either order, with each separator after each; all
    // that also after a version.
    assert_eq!(passing, 2 * 2 * (1 + 2 * 2 + 2 * 2 * 2));
    assert!(read > 30);
}

const ENTRIES: [&str; 8] = ["timestamp", "id", ".", ":", "v0:", "-", "0", ""];

fn lists(longest: usize) -> Vec<Vec<&'static str>> {
    let mut lists = vec![Vec::new()];
    let mut last = lists.clone();
    for _ in 0..longest {
        last = last
            .iter()
            .flat_map(|list| ENTRIES.map(|entry| [list.as_slice(), &[entry]].concat()))
            .collect();
        lists.extend(last.clone());
    }
    lists
}

/// In how many ways the verifier would take a signed string apart. It is signed once, as a whole;
/// every cut is tried with that signature.
fn readings(verifier: &Verifier, signed: &[u8]) -> usize {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(signed);
    let signature = hex::encode(mac.finalize().into_bytes());
    cuts(verifier.scheme().signed, signed)
        .into_iter()
        .filter(|(values, body)| is_reading(verifier, values, body, &signature))
        .count()
}

type Cut<'a> = (Vec<(Part, &'a [u8])>, &'a [u8]);

/// Every way to cut a string into what stands before the body, with its values, and the body.
fn cuts<'a>(parts: &[Part], text: &'a [u8]) -> Vec<Cut<'a>> {
    let Some((part, parts)) = parts.split_first() else { return vec![(Vec::new(), text)] };
    let fixed = match part {
        Part::EventId | Part::Timestamp => None,
        Part::Text(fixed) => Some(fixed.as_bytes()),
        _ => Some(b".".as_slice()),
    };
    if let Some(fixed) = fixed {
        return text.strip_prefix(fixed).map(|rest| cuts(parts, rest)).unwrap_or_default();
    }
    let ends = (1..=text.len()).map(|end| text.split_at(end));
    ends.flat_map(|(value, rest)| {
        let cuts = cuts(parts, rest);
        cuts.into_iter().map(move |(values, body)| ([vec![(*part, value)], values].concat(), body))
    })
    .collect()
}

/// Whether the verifier takes this cut for genuine at the time that it names itself.
fn is_reading(verifier: &Verifier, values: &[(Part, &[u8])], body: &[u8], signature: &str) -> bool {
    let scheme = verifier.scheme();
    let name = |part: &Part| match part {
        Part::EventId => scheme.event_id.unwrap(),
        _ => scheme.timestamp.unwrap().header,
    };
    let values = values.iter().map(|(part, value)| (name(part), *value));
    let headers: Vec<_> = values.chain([(scheme.signature.header, signature.as_bytes())]).collect();
    let guess = UnixTime::from_secs(1_763_740_800);
    match verifier.verify(&headers, body, guess) {
        Err(
            VerifyError::TimestampTooOld { skew_millis }
            | VerifyError::TimestampTooNew { skew_millis },
        ) => {
            let named = UnixTime::from_millis(guess.as_millis() - skew_millis);
            verifier.verify(&headers, body, named).is_ok()
        }
        verdict => verdict.is_ok(),
    }
}

fn verifier(scheme: &'static Scheme, digits: Option<u8>) -> Verifier {
    let secret = Secret::from_bytes(SECRET, Strength::Required).unwrap();
    let verifier = Verifier::new(scheme, Keyring::of(secret));
    let has_dates = scheme.timestamp.is_some_and(|it| it.format == TimestampFormat::Rfc3339);
    match digits.filter(|_| has_dates) {
        Some(digits) => verifier.without_zone(digits).unwrap(),
        None => verifier,
    }
}

/// A definition in which something is signed that makes sense, or not quite.
fn definition() -> impl Strategy<Value = String> {
    let format = select(vec![TimestampFormat::UnixSeconds, TimestampFormat::Rfc3339]);
    let edit = (any::<Index>(), 0..=1_usize, vec(select(ODD_ENTRIES.to_vec()), 0..=1));
    let edit = prop_oneof![1 => Just(None), 1 => edit.prop_map(Some)];
    (sensible(), edit, format).prop_map(|(mut entries, edit, format)| {
        if let Some((at, removed, added)) = edit {
            let at = at.index(entries.len() + 1);
            let end = entries.len().min(at + removed);
            entries.splice(at..end, added);
        }
        define(&entries, format)
    })
}

const ODD_ENTRIES: [&str; 9] = ["timestamp", "id", ".", ":", "v0:", "-", "0", "Z", ""];

fn sensible() -> impl Strategy<Value = Vec<&'static str>> {
    let separators = || select(vec![".", ":"]);
    let lead = select(vec![None, Some("v0:"), Some("1."), Some("2025-11-21T16:"), Some("-.")]);
    let order = select(vec![
        vec![],
        vec!["timestamp"],
        vec!["id"],
        vec!["timestamp", "id"],
        vec!["id", "timestamp"],
        vec!["timestamp", "id"],
        vec!["id", "timestamp"],
    ]);
    (lead, order, separators(), separators()).prop_map(|(lead, order, first, second)| {
        let parted = order.into_iter().zip([first, second]);
        lead.into_iter().chain(parted.flat_map(|(part, separator)| [part, separator])).collect()
    })
}

/// A definition that has what is signed.
fn define(entries: &[&str], format: TimestampFormat) -> String {
    let format = match format {
        TimestampFormat::UnixSeconds => "unix-seconds",
        _ => "rfc3339",
    };
    let timestamp = match entries.contains(&"timestamp") {
        true => format!(r#"{{"header":"T","format":"{format}"}}"#),
        false => "null".to_owned(),
    };
    let id = if entries.contains(&"id") { r#","id":"I""# } else { "" };
    format!(
        r#"{{"name":"readings","signature":{{"header":"S","syntax":"bare","encoding":"hex"}},
            "timestamp":{timestamp}{id},"signed":{entries:?},"secret":"utf8"}}"#
    )
}

/// Text that is full of what could be taken for a part, or for the end of one.
fn rich() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => select(vec![".", ":"]).prop_map(str::to_owned),
        1 => select(vec!["Z", "+02:00", "-00:00", ".Z", "..", "v0:", "-", "0", " ", "\0", "{}"])
            .prop_map(str::to_owned),
        1 => "[1-9][0-9]{0,12}",
        1 => "[0-9]{1,4}",
        1 => "[A-Za-z0-9_-]{1,8}",
        1 => date(),
        1 => (date(), zone()).prop_map(|(date, zone)| date + &zone),
    ];
    vec(piece, 0..9).prop_map(|pieces| pieces.concat().into_bytes())
}

fn date() -> impl Strategy<Value = String> {
    "(19[789]|20[0-9])[0-9]-0[1-9]-1[0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?"
}

fn zone() -> impl Strategy<Value = String> {
    "(Z|[+-](0[0-9]|1[0-4]):[03]0)"
}

fn date_like_id() -> impl Strategy<Value = String> {
    "20[0-9]{2}-0[1-9]-1[0-9]T1[0-9](Z|-0[0-9])?"
}

/// So many cases, or what `PROPTEST_CASES` says.
fn cases(count: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(count), failure_persistence: None, ..Config::default() }
}

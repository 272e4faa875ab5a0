//! Definitions that are made to do harm get an answer, and a short one.

use countersign::scheme::parse;
use proptest::prelude::*;

use crate::{FULL, mistake, scheme};

/// What stands in [`FULL`] as a value.
const VALUES: [&str; 13] = [
    r#""full""#,
    r#""X-Signature""#,
    r#""versioned""#,
    r#""v1""#,
    r#""=""#,
    r#"",""#,
    r#""hex""#,
    r#"{ "header": "X-Timestamp", "format": "unix-seconds" }"#,
    r#""unix-seconds""#,
    r#""X-Id""#,
    r#""X-Type""#,
    r#"["v0:", "timestamp", ".", "id", ":"]"#,
    r#"{ "base64": { "prefix": "whsec_" } }"#,
];

/// What is put in its place.
fn odd_values() -> Vec<String> {
    let nested = |open: &str, close: &str| open.repeat(100_000) + "1" + &close.repeat(100_000);
    let long = "x".repeat(1_000_000);
    vec![
        nested("[", "]"),
        nested(r#"{"header":"#, "}"),
        nested(r#"{"base64":"#, "}"),
        format!("{long:?}"),
        format!(r#""{}""#, r"\u0000".repeat(100_000)),
        format!(r#""{}""#, r#"\""#.repeat(100_000)),
        format!("[{}]", vec![r#""timestamp""#; 10_000].join(",")),
        format!("[{}]", vec!["0"; 10_000].join(",")),
        format!("{{{}}}", vec![r#""header":"X""#; 10_000].join(",")),
        format!(r#"{{"{long}":1}}"#),
        r#""\u0000""#.to_owned(),
        r#""\ud800""#.to_owned(),
        r#""\ud83d\ude00""#.to_owned(),
        "1e999".to_owned(),
        "-0".to_owned(),
        "99999999999999999999999999".to_owned(),
        "true".to_owned(),
    ]
}

#[test]
fn every_odd_value_in_every_place_is_a_mistake() {
    let odd_values = odd_values();
    for value in VALUES {
        assert_eq!(FULL.matches(value).count(), 1, "{value}");
        for odd in &odd_values {
            is_short(&mistake(&FULL.replace(value, odd)));
        }
    }
    println!("{} definitions", VALUES.len() * odd_values.len());
}

#[test]
fn odd_definitions_are_mistakes() {
    for odd in odd_values() {
        is_short(&mistake(&odd));
    }
    let unclosed =
        [r#"{"name":"#, "[", "{", "\"", r#"{"signature":{"#].map(|it| it.repeat(100_000));
    for text in unclosed {
        assert_eq!(mistake(&text), "definition: must be JSON");
    }
    for text in ["\0", "\0{}", "{\0}", "{}\0", "{\"name\":\"\0\"}", "{\"\0\":1}"] {
        assert_eq!(mistake(text), "definition: must be JSON", "{text:?}");
    }
}

/// A long name of a field is not repeated.
#[test]
fn an_unknown_field_is_named_only_if_that_is_short_and_visible() {
    let names = ["x".repeat(65), "x".repeat(1_000_000), "a b".to_owned(), "ä".to_owned()];
    for name in names {
        assert!(mistake(&format!(r#"{{"{name}":1}}"#)).starts_with("?: there is no such field"));
    }
    let name = "x".repeat(64);
    assert!(mistake(&format!(r#"{{"{name}":1}}"#)).starts_with(&name));
}

/// Cut anywhere, it is no JSON.
#[test]
fn a_cut_definition_is_a_mistake() {
    for end in 0..FULL.len() {
        assert_eq!(mistake(&FULL[..end]), "definition: must be JSON");
    }
}

/// White space is not counted, and not kept.
#[test]
fn a_megabyte_of_white_space_is_none() {
    let spaced = FULL.replace(", ", &format!(",{}", " \n\t\r".repeat(20_000)));
    assert!(spaced.len() > 1_000_000);
    assert!(std::ptr::eq(scheme(&spaced), scheme(FULL)));
}

#[test]
fn any_byte_may_be_another() {
    let mut accepted = 0;
    for position in 0..FULL.len() {
        for byte in (0..128).map(char::from) {
            let text = [&FULL[..position], &byte.to_string(), &FULL[position + 1..]].concat();
            match parse(&text) {
                Ok(_) => accepted += 1,
                Err(error) => is_short(&error.to_string()),
            }
        }
    }
    println!("{accepted} of {}", FULL.len() * 128);
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        let _: String = mistake(&text);
    }

    #[test]
    fn any_json_like_text_has_an_answer(text in r#"([{}\[\]:,"a-z.0-9 \\]|"name"|"signed"|null){0,60}"#) {
        let _: String = mistake(&text);
    }

    /// Pieces of a right definition in any order.
    #[test]
    fn shuffled_pieces_have_an_answer(
        pieces in Just(FULL.split_inclusive(',').collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let _: Result<_, _> = parse(&pieces.concat());
    }
}

#[track_caller]
fn is_short(message: &str) {
    assert!(message.len() < 200, "{} bytes", message.len());
}

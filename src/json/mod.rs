//! Reading JSON piece by piece, without a tree of what is in it. The grammar is RFC 8259's.

mod reader;

use std::ops::Range;

use serde::de::IgnoredAny;

use self::reader::{Bracket, read};

/// The names and the texts of the values of the object that `text` is, in the order in which they
/// stand. Unlike a map this shows a name that is given twice, and a value that can't be read does
/// not stand in the way of the others.
///
/// # Errors
/// If `text` is no JSON. If it is JSON and no object there are no fields.
pub(crate) fn fields(text: &str) -> Result<Vec<(String, &str)>, serde_json::Error> {
    let _is_json: IgnoredAny = serde_json::from_str(text)?;
    let members = object(text).unwrap_or_default();
    Ok(members.iter().filter_map(|[name, value]| Some((as_text(name)?, *value))).collect())
}

/// Whether `text` is JSON.
pub(crate) fn is_json(text: &str) -> bool {
    read(text.as_bytes(), usize::MAX, |_| {}).is_some()
}

/// Shows the bytes of each name and of each value of an object, in turn, as they are come upon.
/// `None` if these bytes are something else, or no JSON in UTF-8, or nested deeper than so many
/// levels: then whatever was shown means nothing.
pub(crate) fn visit_members<'t>(
    bytes: &'t [u8],
    max_depth: usize,
    mut visit: impl FnMut(&'t [u8]),
) -> Option<()> {
    let mut show = |part: Range<usize>| visit(bytes.get(part).unwrap_or_default());
    (read(bytes, max_depth, &mut show)? == Some(Bracket::Brace)).then_some(())
}

/// The texts of the names and of the values of an object, in pairs; `None` if `text` is something
/// else, or no JSON.
pub(crate) fn object(text: &str) -> Option<Vec<[&str; 2]>> {
    parts(text, Bracket::Brace).map(|parts| parts.as_chunks().0.to_vec())
}

/// The texts of the elements of a list; `None` if `text` is something else, or no JSON.
pub(crate) fn list(text: &str) -> Option<Vec<&str>> {
    parts(text, Bracket::Square)
}

/// What the outermost brackets hold, if they are of this kind.
fn parts(text: &str, wanted: Bracket) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let outermost = read(text.as_bytes(), usize::MAX, |part| parts.extend(text.get(part)))?;
    (outermost == Some(wanted)).then_some(parts)
}

/// The text that a value is, if it is one. `value` is known to be JSON.
fn as_text(value: &str) -> Option<String> {
    let mut chars = value.strip_prefix('"')?.strip_suffix('"')?.chars();
    // Escapes are in UTF-16, where two of them may make one character.
    let mut units = Vec::new();
    while let Some(char) = chars.next() {
        match char {
            '\\' => units.push(u16::try_from(unescape(&mut chars)?).ok()?),
            _ => units.extend(char.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    String::from_utf16(&units).ok()
}

/// What stands for a character after a backslash, in UTF-16.
fn unescape(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    Some(match chars.next()? {
        'b' => 0x08,
        'f' => 0x0c,
        'n' => 0x0a,
        'r' => 0x0d,
        't' => 0x09,
        'u' => {
            let mut unit = 0;
            for _ in 0..4 {
                unit = unit << 4 | chars.next()?.to_digit(16)?;
            }
            unit
        }
        char => u32::from(char),
    })
}

/// The text that a value is, if it is one of ASCII. `value` is known to be JSON.
pub(crate) fn as_ascii(value: &str) -> Option<String> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return inner.is_ascii().then(|| inner.to_owned());
    }
    let mut chars = inner.chars();
    let mut text = String::with_capacity(inner.len());
    while let Some(char) = chars.next() {
        let code = if char == '\\' { unescape(&mut chars)? } else { u32::from(char) };
        text.push(char::from(u8::try_from(code).ok().filter(u8::is_ascii)?));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Option<Vec<(String, &str)>> {
        fields(text).ok()
    }

    #[test]
    fn fields_keep_their_order_and_their_twins() {
        let text = r#" {"b" : 1e999, "a": [ {}, {"x":[]} ], "b":"\ud800", "\u0063{:,":{"a":1} } "#;
        let expected = [
            ("b", "1e999"),
            ("a", r#"[ {}, {"x":[]} ]"#),
            ("b", r#""\ud800""#),
            ("c{:,", r#"{"a":1}"#),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(pairs(text), Some(expected.to_vec()));
        assert_eq!(pairs("{}"), Some(vec![]));
        assert_eq!(pairs(r#"{"a":{}}"#), Some(vec![("a".to_owned(), "{}")]));
    }

    #[test]
    fn what_is_no_object_has_no_fields() {
        for text in ["[]", "1", "1.5", "-1", "null", "true", "\"x\"", r#"[{"a":1}]"#] {
            assert_eq!(pairs(text), Some(vec![]), "{text}");
        }
        for text in ["", "{", "{}{}", "{,}", "{'a':1}", r#"{"a":1,}"#, "\u{feff}{}"] {
            assert_eq!(pairs(text), None, "{text}");
        }
        assert_eq!(pairs(&format!(r#"{{"a":{}"#, "[".repeat(100_000))), None);
    }

    #[test]
    fn lists_have_elements() {
        let text = r#" [ "a,]" , [1,[2]],{"b":[3]}, 4 ] "#;
        assert_eq!(list(text), Some(vec![r#""a,]""#, "[1,[2]]", r#"{"b":[3]}"#, "4"]));
        assert_eq!(list("[]"), Some(vec![]));
        for other in ["{}", "1", r#""[]""#, "null"] {
            assert_eq!(list(other), None, "{other}");
        }
    }

    #[test]
    fn an_object_shows_names_that_are_no_text() {
        assert_eq!(
            object(r#"{"\ud800":[1,{"a":2}]}"#),
            Some(vec![[r#""\ud800""#, r#"[1,{"a":2}]"#]])
        );
        assert_eq!(object("[]"), None);
    }

    #[test]
    fn the_grammar_is_json_s() {
        for text in [
            "0",
            "-0.5e+7",
            "1E9",
            "true",
            "false",
            "null",
            "[ ]",
            "{ }",
            "[1,[2,{}]] ",
            r#""\u00fF\n\/""#,
        ] {
            assert!(is_json(text), "{text}");
        }
        for text in [
            "",
            " ",
            "01",
            "1.",
            ".5",
            "-",
            "+1",
            "1e",
            "tru",
            "nul",
            "True",
            "'a'",
            "[1,]",
            "[,1]",
            "[1 2]",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{a:1}"#,
            r#"{"a":1,}"#,
            r#""\x""#,
            r#""\u12""#,
            "\"\t\"",
            "\"",
            "[",
            "]",
            "{]",
            "1 2",
            "\u{a0}1",
            "\u{feff}1",
            "/**/1",
            "NaN",
        ] {
            assert!(!is_json(text), "{text}");
        }
    }

    #[test]
    fn nesting_is_counted_and_costs_no_stack() {
        let nested = |levels: usize| {
            format!("{}{}", r#"{"a":"#.repeat(levels - 1) + "{", "}".repeat(levels))
        };
        let visit = |text: &str| visit_members(text.as_bytes(), 128, |_| {});
        assert!(visit(&nested(128)).is_some());
        assert!(visit(&nested(129)).is_none());
        assert!(is_json(&nested(100_000)));
        assert!(!is_json(&"[".repeat(100_000)));
    }

    #[test]
    fn ascii_is_read_through_escapes() {
        assert_eq!(as_ascii(r#""\u0074ype\/""#).as_deref(), Some("type/"));
        for text in [r#""\u0080""#, r#""\ud800""#, "\"\u{e9}\"", "1", "null"] {
            assert_eq!(as_ascii(text), None, "{text}");
        }
    }

    /// serde_json is the other reader of the same grammar.
    #[test]
    fn agrees_with_serde_json() {
        let pieces = [
            "{", "}", "[", "]", ":", ",", "\"a\"", "\"", "\\", "1", "-", "0", ".", "e", "true",
            " ", "\n", "\u{1}",
        ];
        let mut seed = 1_u64;
        for _ in 0..200_000 {
            let mut text = String::new();
            for _ in 0..seed % 9 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let piece = usize::try_from(seed >> 33).unwrap() % pieces.len();
                text.push_str(pieces[piece]);
            }
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let expected = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            assert_eq!(is_json(&text), expected, "{text:?}");
        }
    }
}

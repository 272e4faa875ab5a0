//! Reading JSON piece by piece, without a tree of what is in it. The grammar is RFC 8259's.

use serde::de::IgnoredAny;

/// The names and the texts of the values of the object that `text` is, in the order in which they
/// stand. Unlike a map this shows a name that is given twice, and a value that can't be read does
/// not stand in the way of the others.
///
/// # Errors
/// If `text` is no JSON. If it is JSON and no object there are no fields.
pub(crate) fn fields(text: &str) -> Result<Vec<(String, &str)>, serde_json::Error> {
    let _is_json: IgnoredAny = serde_json::from_str(text)?;
    let members = members(text, usize::MAX).unwrap_or_default();
    let pairs = members.as_chunks().0.iter();
    Ok(pairs.filter_map(|[name, value]| Some((as_text(name)?, *value))).collect())
}

/// Whether `text` is JSON.
pub(crate) fn is_json(text: &str) -> bool {
    Reader::read(text).is_some()
}

/// The texts of the names and of the values of an object, in turn; `None` if `text` is something
/// else, or no JSON, or nested deeper than so many levels.
pub(crate) fn members(text: &str, max_depth: usize) -> Option<Vec<&str>> {
    let is_wanted = |reader: &Reader<'_>| reader.outermost == b'}' && reader.depth <= max_depth;
    Reader::read(text).filter(is_wanted).map(|reader| reader.parts)
}

/// The texts of the names and of the values of an object, in pairs; `None` as with [`members`].
pub(crate) fn object(text: &str) -> Option<Vec<[&str; 2]>> {
    members(text, usize::MAX).map(|members| members.as_chunks().0.to_vec())
}

/// The texts of the elements of a list; `None` if `text` is something else, or no JSON.
pub(crate) fn list(text: &str) -> Option<Vec<&str>> {
    Reader::read(text).filter(|reader| reader.outermost == b']').map(|reader| reader.parts)
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
    let mut chars = value.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut text = String::new();
    while let Some(char) = chars.next() {
        let code = if char == '\\' { unescape(&mut chars)? } else { u32::from(char) };
        text.push(char::from(u8::try_from(code).ok().filter(u8::is_ascii)?));
    }
    Some(text)
}

/// Reads through a text, without recursion: brackets may be nested as deep as they like.
struct Reader<'t> {
    text: &'t str,
    position: usize,
    /// The brackets that are open, by what closes them.
    open: Vec<u8>,
    /// What closes the outermost bracket; 0 if there is none.
    outermost: u8,
    /// How many brackets were open where most were.
    depth: usize,
    /// Whether there is a value before this place in the same brackets.
    has_value: bool,
    /// Where in the outermost brackets the value begins that is being read.
    start: usize,
    /// What the outermost brackets hold: elements, or names and values in turn.
    parts: Vec<&'t str>,
}

impl<'t> Reader<'t> {
    /// The reader at the end of `text`, if that is JSON.
    fn read(text: &'t str) -> Option<Self> {
        let mut reader = Self {
            text,
            position: 0,
            open: Vec::new(),
            outermost: 0,
            depth: 0,
            has_value: false,
            start: 0,
            parts: Vec::new(),
        };
        reader.values()?;
        (reader.position == text.len()).then_some(reader)
    }

    fn values(&mut self) -> Option<()> {
        loop {
            self.space();
            if self.open.len() == 1 {
                self.start = self.position;
            }
            match self.peek()? {
                b'{' => self.enter(b'}'),
                b'[' => self.enter(b']'),
                _ => {
                    self.scalar()?;
                    self.end_value()?;
                }
            }
            if self.is_at_end()? {
                return Some(());
            }
        }
    }

    /// Goes on to the next value. Says whether there is none, as no bracket is open.
    fn is_at_end(&mut self) -> Option<bool> {
        loop {
            self.space();
            let Some(close) = self.open.last().copied() else { return Some(true) };
            if !self.takes(close) {
                self.next_member(close)?;
                return Some(false);
            }
            self.open.pop();
            self.end_value()?;
        }
    }

    fn enter(&mut self, close: u8) {
        if self.open.is_empty() {
            self.outermost = close;
        }
        self.skip();
        self.open.push(close);
        self.depth = self.depth.max(self.open.len());
        self.has_value = false;
    }

    /// The comma after another value, and the name if values have names.
    fn next_member(&mut self, close: u8) -> Option<()> {
        if self.has_value {
            self.takes(b',').then_some(())?;
            self.space();
        }
        if close == b'}' {
            let start = self.position;
            self.string()?;
            self.end_part(start)?;
            self.space();
            self.takes(b':').then_some(())?;
        }
        Some(())
    }

    fn end_value(&mut self) -> Option<()> {
        self.has_value = true;
        self.end_part(self.start)
    }

    fn end_part(&mut self, start: usize) -> Option<()> {
        if self.open.len() == 1 {
            self.parts.push(self.text.get(start..self.position)?);
        }
        Some(())
    }

    fn scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            _ => self.word("null"),
        }
    }

    fn string(&mut self) -> Option<()> {
        self.takes(b'"').then_some(())?;
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                0..b' ' => return None,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                (0..4).all(|_| self.next().is_some_and(|c| c.is_ascii_hexdigit())).then_some(())
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<()> {
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _sign = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.skip();
        }
        (self.position > start).then_some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        word.bytes().all(|byte| self.takes(byte)).then_some(())
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.skip();
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        if is_there {
            self.skip();
        }
        is_there
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.skip();
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn skip(&mut self) {
        self.position = self.position.saturating_add(1);
    }
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
            members(r#"{"\ud800":[1,{"a":2}]}"#, 9),
            Some(vec![r#""\ud800""#, r#"[1,{"a":2}]"#])
        );
        assert_eq!(members("[]", 9), None);
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
        assert!(members(&nested(128), 128).is_some());
        assert!(members(&nested(129), 128).is_none());
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

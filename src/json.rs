//! Reading a JSON object field by field, without a tree of what is in it.

use serde::de::IgnoredAny;

/// The names and the texts of the values of the object that `text` is, in the order in which they
/// stand. Unlike a map this shows a name that is given twice, and a value that can't be read does
/// not stand in the way of the others.
///
/// # Errors
/// If `text` is no JSON. If it is JSON and no object there are no fields.
pub(crate) fn fields(text: &str) -> Result<Vec<(String, &str)>, serde_json::Error> {
    let _is_json: IgnoredAny = serde_json::from_str(text)?;
    let parts = parts(text);
    // Name, value, name, value.
    let pairs = parts.as_chunks().0.iter().copied();
    Ok(pairs.filter_map(|[name, value]: [&str; 2]| Some((as_text(name)?, value))).collect())
}

/// The text that a value is.
pub(crate) fn as_text(value: &str) -> Option<String> {
    match serde_json::from_str(value) {
        Ok(serde_json::Value::String(text)) => Some(text),
        _ => None,
    }
}

/// How many brackets are open at once where most are: the depth of the value, if `text` is JSON.
pub(crate) fn depth(text: &str) -> usize {
    Structure::of(text).map(|(_, _, depth)| depth).max().unwrap_or(0)
}

/// What stands between the brackets, colons and commas of an object, if `text` is one.
fn parts(text: &str) -> Vec<&str> {
    if !text.trim_start().starts_with('{') {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut start = None;
    for (position, byte, depth) in Structure::of(text) {
        let is_separator = match byte {
            b'{' | b'}' => depth <= 1 && (byte == b'{' || depth == 0),
            b':' | b',' => depth == 1,
            _ => false,
        };
        if is_separator {
            parts.extend(start.and_then(|start| text.get(start..position)));
            start = position.checked_add(1);
        }
    }
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The characters outside strings that give JSON its structure: where each stands, which it is, and
/// how many brackets are open after it.
struct Structure<'t> {
    bytes: std::iter::Enumerate<std::str::Bytes<'t>>,
    depth: usize,
}

impl<'t> Structure<'t> {
    fn of(text: &'t str) -> Self {
        Self { bytes: text.bytes().enumerate(), depth: 0 }
    }

    fn skip_string(&mut self) {
        while let Some((_, byte)) = self.bytes.next() {
            match byte {
                b'"' => return,
                b'\\' => drop(self.bytes.next()),
                _ => {}
            }
        }
    }
}

impl Iterator for Structure<'_> {
    type Item = (usize, u8, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (position, byte) = self.bytes.next()?;
            match byte {
                b'"' => self.skip_string(),
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if matches!(byte, b'{' | b'[' | b'}' | b']' | b':' | b',') {
                return Some((position, byte, self.depth));
            }
        }
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
    fn depth_counts_brackets_outside_strings() {
        for (text, expected) in
            [("1", 0), ("{}", 1), (r#"{"a":[{}],"b":[]}"#, 3), (r#"["[{\"[", "\\"]"#, 1)]
        {
            assert_eq!(depth(text), expected, "{text}");
        }
    }
}

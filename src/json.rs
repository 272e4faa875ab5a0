//! Reading a JSON object field by field, without a tree of what is in it.
//!
//! It is serde with all answers given explicitly: where a visitor leaves one out, serde says what
//! it found instead, and that brings code that prints floating-point numbers, a tenth of the Worker.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Takes the fields of an object, one after another.
pub(crate) trait Collect {
    /// A field in the order in which it stands; its value has to be taken out of `map`.
    fn field<'de, A: MapAccess<'de>>(&mut self, name: String, map: &mut A) -> Result<(), A::Error>;
}

/// Hands the fields of the object that `text` is to `collector`, a name that is given twice too.
pub(crate) fn read_object(
    text: &str,
    collector: &mut impl Collect,
) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_any(Object(collector))?;
    json.end()
}

struct Object<'c, C>(&'c mut C);

impl<'de, C: Collect> Visitor<'de> for Object<'_, C> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key()? {
            self.0.field(name, &mut map)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("not an object"))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(E::custom("not an object"))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Err(E::custom("not an object"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Err(E::custom("not an object"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Err(E::custom("not an object"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(E::custom("not an object"))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::custom("not an object"))
    }
}

/// A value that is a text, or is not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        value.deserialize_any(Any).map(Self)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// How many brackets are open at once where most are: the depth of the value, if `text` is JSON.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_in_string, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            b'{' | b'[' if !is_in_string => {
                depth = depth.saturating_add(1);
                deepest = depth.max(deepest);
            }
            b'}' | b']' if !is_in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Pairs(Vec<(String, Option<String>)>);

    impl Collect for Pairs {
        fn field<'de, A: MapAccess<'de>>(
            &mut self,
            name: String,
            map: &mut A,
        ) -> Result<(), A::Error> {
            let Text(value) = map.next_value()?;
            self.0.push((name, value));
            Ok(())
        }
    }

    #[test]
    fn fields_keep_their_order_and_their_twins() {
        let pairs = |text| {
            let mut pairs = Pairs::default();
            read_object(text, &mut pairs).ok().map(|()| pairs.0)
        };
        let expected = [("b", None), ("a", None), ("b", Some("x"))];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(
            pairs(r#" {"b":1e9, "a": [ {}, {"x":[]} ], "b":"x"} "#),
            Some(expected.to_vec())
        );
        for odd in
            ["", "[]", "1", "1.5", "-1", "null", "true", "\"x\"", "{", "{}{}", "{,}", "{'a':1}"]
        {
            assert_eq!(pairs(odd), None, "{odd}");
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

//! Reads the fields of one configuration object, and notes everything that is wrong with them.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Map, Value};

use super::mistake::Mistakes;
use crate::gateway::filter::nearest;

/// One object, where it stands, and the mistakes found so far.
pub(super) struct Fields<'c> {
    path: &'c str,
    object: &'c Map<String, Value>,
    pub(super) mistakes: &'c mut Mistakes,
}

impl<'c> Fields<'c> {
    /// The fields of `value` if it is an object; every name outside `known` is a mistake.
    pub(super) fn of(
        path: &'c str,
        value: &'c Value,
        known: &[&str],
        mistakes: &'c mut Mistakes,
    ) -> Option<Self> {
        let Value::Object(object) = value else {
            mistakes.error(path, format_args!("must be a table, not {}", kind(value)));
            return None;
        };
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let hint = nearest(name, known.iter().copied()).map_or_else(
                || format!("known are {}", known.join(", ")),
                |near| format!("did you mean {near}?"),
            );
            mistakes.error(&join(path, name), format_args!("there is no such setting; {hint}"));
        }
        Some(Self { path, object, mistakes })
    }

    /// Where a field stands.
    pub(super) fn path(&self, name: &str) -> String {
        join(self.path, name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'c Value> {
        self.object.get(name)
    }

    /// Notes a mistake in a field.
    pub(super) fn error(&mut self, name: &str, message: impl std::fmt::Display) {
        let path = self.path(name);
        self.mistakes.error(&path, message);
    }

    /// Notes something about a field that is probably not meant.
    pub(super) fn warning(&mut self, name: &str, message: impl std::fmt::Display) {
        let path = self.path(name);
        self.mistakes.warning(&path, message);
    }

    /// A text; `None` if it is absent or, which is noted, something else.
    pub(super) fn text(&mut self, name: &str) -> Option<&'c str> {
        let value = self.value(name)?;
        let text = value.as_str();
        if text.is_none() {
            self.error(name, format_args!("must be a text, not {}", kind(value)));
        }
        text
    }

    /// A text that has to be there.
    pub(super) fn required_text(&mut self, name: &str, example: &str) -> Option<&'c str> {
        if self.value(name).is_none() {
            self.error(name, format_args!("is missing; for example {name} = \"{example}\""));
        }
        self.text(name)
    }

    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.value(name)?;
        let boolean = value.as_bool();
        if boolean.is_none() {
            self.error(name, format_args!("must be true or false, not {}", kind(value)));
        }
        boolean
    }

    /// A whole number in a range.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(name)?;
        let number = value.as_u64().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            self.error(name, format_args!("must be a whole number from {least} to {most}"));
        }
        number
    }

    /// A whole number from 1 on.
    pub(super) fn count(&mut self, name: &str, most: u32) -> Option<u32> {
        u32::try_from(self.number(name, 1..=most.into())?).ok()
    }

    /// So many seconds, from 1 on.
    pub(super) fn seconds(&mut self, name: &str, most: u32) -> Option<Duration> {
        self.number(name, 1..=most.into()).map(Duration::from_secs)
    }

    /// The elements of a list with their paths; a text or a table alone counts as a list of one.
    pub(super) fn list(&mut self, name: &str) -> Option<Vec<(String, &'c Value)>> {
        let path = self.path(name);
        match self.value(name)? {
            Value::Array(values) => Some(
                values
                    .iter()
                    .enumerate()
                    .map(|(position, value)| (format!("{path}[{position}]"), value))
                    .collect(),
            ),
            value @ (Value::String(_) | Value::Object(_)) => Some(vec![(path, value)]),
            value => {
                self.mistakes.error(&path, format_args!("must be a list, not {}", kind(value)));
                None
            }
        }
    }
}

/// What `read` makes of the elements of a list, if it finds nothing wrong with any of them.
pub(super) fn all<T>(
    entries: &[(String, &Value)],
    mistakes: &mut Mistakes,
    read: impl Fn(&str, &Value, &mut Mistakes) -> Option<T>,
) -> Option<Vec<T>> {
    let mut found = Vec::new();
    for (path, value) in entries {
        if let Some(item) = read(path, value, mistakes) {
            found.push(item);
        }
    }
    (found.len() == entries.len()).then_some(found)
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// What a value is, without showing it: it may be a secret in the wrong place.
pub(super) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

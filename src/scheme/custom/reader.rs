//! Reads a definition value by value, and notes the first mistake.

use super::rules::{HEADER, Rule};
use crate::error::ConfigError;
use crate::json;

/// A definition that is being read. Reading goes on after a mistake, because returning at each takes
/// nearly twice the code in WebAssembly.
pub(super) struct Reader<'d> {
    values: Vec<(&'static str, &'d str)>,
    mistake: Option<ConfigError>,
}

/// Whether there has to be a value.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Need {
    May,
    Must,
    MustNot,
}

/// Where a value may stand. All but these are unknown.
const PATHS: [&str; 17] = [
    "name",
    "signature",
    "signature.header",
    "signature.syntax",
    "signature.version",
    "signature.assign",
    "signature.separator",
    "signature.encoding",
    "timestamp",
    "timestamp.header",
    "timestamp.format",
    "id",
    "type",
    "signed",
    "secret",
    "secret.base64",
    "secret.base64.prefix",
];
/// The path of the whole. A value's path has nothing of it.
const ROOT: &str = "";

impl<'d> Reader<'d> {
    pub(super) fn new(definition: &'d str) -> Self {
        let mut reader = Self { values: Vec::new(), mistake: None };
        if json::is_json(definition) {
            reader.enter(ROOT, definition);
        } else {
            reader.note(ROOT, "must be JSON");
        }
        reader
    }

    /// Goes on to the members of an object.
    pub(super) fn object(&mut self, path: &'static str) {
        match self.get(path) {
            Some(value) => self.enter(path, value),
            None => self.note(path, MISSING),
        }
    }

    fn enter(&mut self, path: &str, value: &'d str) {
        let Some(members) = json::object(value) else {
            return self.note(path, "must be an object");
        };
        for [name, value] in members {
            let name = json::as_ascii(name).unwrap_or_default();
            match PATHS.iter().find(|known| name_in(path, known) == Some(&name)) {
                None => self.note_unknown(path, &name),
                Some(known) if self.has(known) => self.note(known, "stands twice"),
                Some(known) => self.values.push((known, value)),
            }
        }
    }

    /// The text of a value; empty if there is none, or a mistake.
    pub(super) fn text(&mut self, path: &str, rule: &Rule, need: Need) -> String {
        let value = self.get(path);
        let text = value.and_then(json::as_ascii).filter(|text| (rule.permits)(text));
        match (need, value, &text) {
            (Need::Must, None, _) => self.note(path, MISSING),
            (Need::MustNot, Some(_), _) => {
                self.note(path, "goes with the syntax \"versioned\" only")
            }
            (_, Some(_), None) => self.note(path, rule.message),
            _ => {}
        }
        text.unwrap_or_default()
    }

    /// The text of a value in JSON.
    pub(super) fn get(&self, path: &str) -> Option<&'d str> {
        self.values.iter().find(|(other, _)| *other == path).map(|(_, value)| *value)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    pub(super) fn refuse_if(&mut self, is_wrong: bool, path: &str, message: &str) {
        if is_wrong {
            self.note(path, message);
        }
    }

    /// Notes a mistake, if it is the first.
    pub(super) fn note(&mut self, path: &str, message: &str) {
        if self.mistake.is_none() {
            let path = if path == ROOT { "definition" } else { path };
            let (path, message) = (path.to_owned(), message.to_owned());
            self.mistake = Some(ConfigError::InvalidScheme { path, message });
        }
    }

    fn note_unknown(&mut self, parent: &str, name: &str) {
        let mut path = parent.to_owned();
        path.push_str(if parent == ROOT { "" } else { "." });
        path.push_str(if (HEADER.permits)(name) { name } else { "?" });
        let mut message = String::new();
        for name in PATHS.iter().filter_map(|path| name_in(parent, path)) {
            message.push_str(if message.is_empty() { UNKNOWN } else { ", " });
            message.push_str(name);
        }
        self.note(&path, &message);
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, ConfigError> {
        self.mistake.map_or(Ok(value), Err)
    }
}

/// What a path goes on with after this one, if that is a single name.
fn name_in<'p>(parent: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(parent)?;
    let name = if parent == ROOT { rest } else { rest.strip_prefix('.')? };
    (!name.contains('.')).then_some(name)
}

const MISSING: &str = "is missing";
const UNKNOWN: &str = "there is no such field; known are ";

//! The gateway's configuration, read from the Worker's variables and secrets.
//!
//! All mistakes are reported at once, each with its path. A source with a mistake does not serve;
//! the others do.

mod destination;
mod fields;
mod keys;
mod mistake;
mod source;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

pub use self::destination::Destination;
use self::mistake::Mistakes;
pub use self::mistake::{Mistake, Severity};
pub use self::source::Source;
use super::filter::nearest;

/// The variables and secrets of a deployment.
pub trait Environment {
    /// The names of all of them.
    fn names(&self) -> Vec<String>;

    /// The text of one; of a variable that is no text, the JSON.
    fn text(&self, name: &str) -> Option<String>;
}

impl Environment for BTreeMap<String, String> {
    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

/// What the gateway was told to do.
#[derive(Debug)]
pub struct Config {
    sources: BTreeMap<String, Option<Source>>,
    mistakes: Vec<Mistake>,
    explain: bool,
}

impl Config {
    /// Reads the configuration. It always succeeds: what is wrong stands in
    /// [`mistakes`](Self::mistakes), and a source at fault does not serve.
    pub fn read(environment: &impl Environment) -> Self {
        let mut reader = Reader::new(environment);
        reader.read();
        Self {
            sources: reader.sources,
            mistakes: reader.mistakes.into_vec(),
            explain: reader.explain,
        }
    }

    /// The source of this name: `None` if there is no such source, `Some(None)` if it has a
    /// mistake.
    pub fn source(&self, name: &str) -> Option<Option<&Source>> {
        self.sources.get(name).map(Option::as_ref)
    }

    /// Every source by name, with `None` for one that has a mistake.
    pub fn sources(&self) -> impl Iterator<Item = (&str, Option<&Source>)> {
        self.sources.iter().map(|(name, source)| (name.as_str(), source.as_ref()))
    }

    /// Everything that is wrong.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// Whether a refusal says why, for development.
    pub const fn explain(&self) -> bool {
        self.explain
    }
}

/// The name of the KV binding that holds what was delivered.
pub const STORE_BINDING: &str = "SEEN";

/// Prefix of the variables that hold one source each.
const SOURCE_PREFIX: &str = "SOURCE_";

/// Reads an environment, source by source.
struct Reader<'e, E> {
    environment: &'e E,
    sources: BTreeMap<String, Option<Source>>,
    mistakes: Mistakes,
    explain: bool,
    allow_insecure: bool,
}

impl<'e, E: Environment> Reader<'e, E> {
    fn new(environment: &'e E) -> Self {
        let (sources, mistakes) = (BTreeMap::new(), Mistakes::default());
        Self { environment, sources, mistakes, explain: false, allow_insecure: false }
    }

    fn read(&mut self) {
        self.explain = self.switch("EXPLAIN");
        self.allow_insecure = self.switch("ALLOW_INSECURE_DESTINATIONS");
        self.read_sources();
        self.read_single_sources();
        if self.sources.is_empty() && !self.mistakes.has_errors() {
            self.mistakes.error("SOURCES", "there is no source; see wrangler.toml for an example");
        }
        self.check_store();
    }

    /// Without a store events are still forwarded, every copy of them.
    fn check_store(&mut self) {
        let is_needed = self.sources.values().flatten().any(|source| source.dedupe().is_some());
        let is_bound = self.environment.names().iter().any(|name| name == STORE_BINDING);
        if is_needed && !is_bound {
            let message = "no KV namespace is bound under this name, so that duplicates are not \
                           recognised; add [[kv_namespaces]] to wrangler.toml";
            self.mistakes.warning(STORE_BINDING, message);
        }
    }

    fn switch(&mut self, name: &str) -> bool {
        match self.environment.text(name).as_deref() {
            None | Some("" | "false") => false,
            Some("true") => {
                let message = "is on; this is for development only";
                self.mistakes.warning(name, message);
                true
            }
            Some(_) => {
                self.mistakes.warning(name, "must be \"true\" or \"false\"; it is taken as false");
                false
            }
        }
    }

    /// `SOURCES`, which holds any number of sources.
    fn read_sources(&mut self) {
        let Some(text) = self.environment.text("SOURCES").filter(|text| !text.trim().is_empty())
        else {
            return;
        };
        match serde_json::from_str::<Named>(&text) {
            Ok(Named(sources)) => {
                for (name, value) in sources {
                    self.read_source(&format!("SOURCES.{name}"), &name, &value);
                }
            }
            Err(error) => self.mistakes.error("SOURCES", NotATable(&error)),
        }
    }

    /// `SOURCE_MY_APP`, which holds the source `my-app`.
    fn read_single_sources(&mut self) {
        let mut variables = self.environment.names();
        variables.sort();
        for variable in variables {
            let Some(name) = variable.strip_prefix(SOURCE_PREFIX) else { continue };
            let name = name.to_ascii_lowercase().replace('_', "-");
            let text = self.environment.text(&variable).unwrap_or_default();
            match serde_json::from_str::<Value>(&text) {
                Ok(value) => self.read_source(&variable, &name, &value),
                Err(error) => {
                    self.mistakes.error(&variable, NotATable(&error));
                    self.sources.insert(name, None);
                }
            }
        }
    }

    fn read_source(&mut self, path: &str, name: &str, value: &Value) {
        let mut mistakes = Mistakes::default();
        if !is_source_name(name) {
            mistakes.error(path, "a source's name is 1 to 63 of a-z, 0-9 and inner hyphens");
        }
        if self.sources.contains_key(name) {
            mistakes.error(path, format_args!("the source {name} is configured twice"));
        }
        let source = source::read(self, path, name, value, &mut mistakes);
        if let Some(other) = source.as_ref().and_then(|source| self.with_same_secret(source)) {
            let message = format!(
                "shares a secret with the source {other}; \
                 take one secret for each, or a request for one could be used for the other"
            );
            mistakes.error(&fields::join(path, "secrets"), message);
        }
        let source = source.filter(|_| !mistakes.has_errors());
        self.mistakes.append(mistakes);
        self.sources.insert(name.to_owned(), source);
    }

    fn with_same_secret(&self, source: &Source) -> Option<String> {
        let keyring = source.verifier().keyring();
        let mut ready =
            self.sources.iter().filter_map(|(name, other)| Some((name, other.as_ref()?)));
        ready
            .find(|(_, other)| other.verifier().keyring().shares_secret_with(keyring))
            .map(|(name, _)| name.clone())
    }

    /// A secret, by the name of its binding.
    fn secret(&self, path: &str, binding: &str, mistakes: &mut Mistakes) -> Option<String> {
        let text = self.environment.text(binding);
        if text.is_none() {
            let hint = nearest(binding, self.environment.names().iter().map(String::as_str))
                .map_or_else(String::new, |near| format!(" (there is a {near})"));
            mistakes.error(
                path,
                format_args!(
                    "the secret {binding} is not set{hint}; npx wrangler secret put {binding}"
                ),
            );
        }
        text
    }
}

/// A source's name stands in URLs, KV keys and headers.
fn is_source_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// A JSON object as pairs, in the order in which they were written.
struct Named(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of sources")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Named(pairs))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// Why a variable is no table. The text of serde's error is left out: it may quote the value.
struct NotATable<'e>(&'e serde_json::Error);

impl fmt::Display for NotATable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = (self.0.line(), self.0.column());
        write!(
            f,
            "must be a table, or one as JSON; it can't be read at line {line}, column {column}"
        )
    }
}

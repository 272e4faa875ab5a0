//! The gateway's configuration, read from the Worker's variables and secrets.
//!
//! All mistakes are reported at once, each with its path. A source with a mistake does not serve;
//! the others do.

mod destination;
mod destinations;
mod fields;
mod inbox;
mod keys;
mod mistake;
mod source;

use std::collections::BTreeMap;
use std::fmt;

pub use self::destination::Destination;
pub use self::inbox::{BODIES_BINDING, INBOX_BINDING, InboxSettings, Mode};
use self::mistake::Mistakes;
pub use self::mistake::{Mistake, Severity};
pub use self::source::{LONGEST_WINDOW, SHORTEST_WINDOW, Source};
use super::filter::nearest;
use crate::json;

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
    sources: Vec<Configured>,
    mistakes: Vec<Mistake>,
    explain: bool,
    is_incomplete: bool,
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
            is_incomplete: reader.is_incomplete,
        }
    }

    /// The source of this name: `None` if there is no such source, `Some(None)` if it has a
    /// mistake.
    pub fn source(&self, name: &str) -> Option<Option<&Source>> {
        let found = self.sources.iter().find(|configured| configured.name == name);
        found.map(|configured| configured.source.as_ref())
    }

    /// Every source by name, with `None` for one that has a mistake.
    pub fn sources(&self) -> impl Iterator<Item = (&str, Option<&Source>)> {
        self.sources.iter().map(|configured| (configured.name.as_str(), configured.source.as_ref()))
    }

    /// Everything that is wrong.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// Whether anything is so wrong that a source can't serve.
    pub fn has_errors(&self) -> bool {
        self.mistakes.iter().any(|mistake| mistake.severity == Severity::Error)
    }

    /// Whether there may be more sources than could be read.
    pub const fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Whether a refusal says why, for development.
    pub const fn explain(&self) -> bool {
        self.explain
    }
}

/// A source by name, if it can serve.
#[derive(Debug)]
struct Configured {
    name: String,
    source: Option<Source>,
}

/// The name of the KV binding that holds what was delivered.
pub const STORE_BINDING: &str = "SEEN";

/// Prefix of the variables that hold one source each.
pub(in crate::gateway) const SOURCE_PREFIX: &str = "SOURCE_";
const EXPLAIN: &str = "EXPLAIN";
const ALLOW_INSECURE: &str = "ALLOW_INSECURE_DESTINATIONS";

/// Cloudflare takes so many bytes of a variable, 5 KB; `wrangler dev` takes more.
/// <https://developers.cloudflare.com/workers/platform/limits/#environment-variables>
pub(in crate::gateway) const VARIABLE_LIMIT: usize = 5120;

/// Reads an environment, source by source.
struct Reader<'e, E> {
    environment: &'e E,
    sources: Vec<Configured>,
    mistakes: Mistakes,
    explain: bool,
    allow_insecure: bool,
    is_incomplete: bool,
}

impl<'e, E: Environment> Reader<'e, E> {
    fn new(environment: &'e E) -> Self {
        let (sources, mistakes) = (Vec::new(), Mistakes::default());
        Self {
            environment,
            sources,
            mistakes,
            explain: false,
            allow_insecure: false,
            is_incomplete: false,
        }
    }

    fn read(&mut self) {
        self.explain = self.switch(EXPLAIN);
        self.allow_insecure = self.switch(ALLOW_INSECURE);
        self.read_sources();
        self.read_single_sources();
        self.check_variables();
        self.is_incomplete |= self.sources.is_empty();
        if self.sources.is_empty() && !self.mistakes.has_errors() {
            self.mistakes.error("SOURCES", "there is no source; see wrangler.toml for an example");
        }
        self.check_store();
    }

    /// Without a store a relay forwards all the same, every copy. An inbox keeps its own records.
    fn check_store(&mut self) {
        let is_relay = |source: &Source| matches!(source.mode(), Mode::Relay);
        let is_needed = self.ready().any(|it| it.dedupe().is_some() && is_relay(it));
        if is_needed && !self.is_bound(STORE_BINDING) {
            let message = "no KV namespace is bound under this name, so that duplicates are not \
                           recognised; add [[kv_namespaces]] to wrangler.toml";
            self.mistakes.warning(STORE_BINDING, message);
        }
    }

    fn is_bound(&self, binding: &str) -> bool {
        self.environment.names().iter().any(|name| name == binding)
    }

    fn switch(&mut self, name: &str) -> bool {
        match self.environment.text(name).as_deref() {
            None | Some("" | "false") => false,
            Some("true") => {
                let message =
                    "is on; this is for development only: take it out, or put it into .dev.vars";
                self.mistakes.warning(name, message);
                true
            }
            Some(_) => {
                self.mistakes.warning(name, "must be \"true\" or \"false\"; it is taken as false");
                false
            }
        }
    }

    /// What is too long to be deployed, and what was meant to be a source.
    fn check_variables(&mut self) {
        let is_like = |name: &&String| {
            name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("SOURCE"))
        };
        for name in self.environment.names().iter().filter(is_like) {
            let Some(text) = self.environment.text(name) else { continue };
            if !is_ours(name) && text.trim_start().starts_with('{') {
                self.is_incomplete = true;
                let message = "is no setting; sources stand in SOURCES, or each in a SOURCE_<NAME>";
                self.mistakes.error(name, message);
            } else if text.len() > VARIABLE_LIMIT {
                self.mistakes.warning(name, too_long(text.len()));
            }
        }
    }

    /// `SOURCES`, which holds any number of sources.
    fn read_sources(&mut self) {
        let Some(text) = self.environment.text("SOURCES").filter(|text| !text.trim().is_empty())
        else {
            return;
        };
        match json::fields(&text) {
            Ok(sources) if sources.is_empty() && !text.trim_start().starts_with('{') => {
                self.is_incomplete = true;
                self.mistakes.error("SOURCES", "must be a table of sources");
            }
            Ok(sources) => {
                for (name, value) in sources {
                    self.read_source(&format!("SOURCES.{name}"), &name, value);
                }
            }
            Err(error) => {
                self.is_incomplete = true;
                self.mistakes.error("SOURCES", NotATable(&error));
            }
        }
    }

    /// `SOURCE_MY_APP`, which holds the source `my-app`.
    fn read_single_sources(&mut self) {
        for variable in self.environment.names() {
            let Some(name) = variable.strip_prefix(SOURCE_PREFIX) else { continue };
            let name = source_name(name);
            let text = self.environment.text(&variable).unwrap_or_default();
            self.read_source(&variable, &name, &text);
        }
    }

    fn read_source(&mut self, path: &str, name: &str, text: &str) {
        let mut mistakes = Mistakes::default();
        if !is_source_name(name) {
            mistakes.error(path, "a source's name is 1 to 63 of a-z, 0-9 and inner hyphens");
        }
        let source = match serde_json::from_str(text) {
            Ok(value) => source::read(self, path, name, &value, &mut mistakes),
            Err(error) => {
                mistakes.error(path, NotATable(&error));
                None
            }
        };
        if let Some(other) = source.as_ref().and_then(|source| self.with_same_secret(source)) {
            let other = other.name();
            let message = format!(
                "shares a secret with the source {other}; \
                 take one secret for each, or a request for one could be used for the other"
            );
            mistakes.error(&fields::join(path, "secrets"), message);
        }
        if source.as_ref().is_some_and(|source| self.signs_with_inbound_secret(source)) {
            let message = "a destination's signingSecret and a source's secret are the same; \
                           take another, or what is sent to the destination passes here";
            mistakes.error(&fields::join(path, "destinations"), message);
        }
        let source = source.filter(|_| !mistakes.has_errors());
        self.mistakes.append(mistakes);
        self.place(path, name, source);
    }

    /// Adds a source. Of two with one name nobody knows which is meant.
    fn place(&mut self, path: &str, name: &str, source: Option<Source>) {
        if let Some(twin) = self.sources.iter_mut().find(|other| other.name == name) {
            self.mistakes.error(path, format_args!("the source {name} is configured twice"));
            twin.source = None;
        } else {
            self.sources.push(Configured { name: name.to_owned(), source });
        }
    }

    fn with_same_secret(&self, source: &Source) -> Option<&Source> {
        let keyring = source.verifier().keyring();
        self.ready().find(|other| other.verifier().keyring().shares_secret_with(keyring))
    }

    fn signs_with_inbound_secret(&self, source: &Source) -> bool {
        signs_with(source, source)
            || self.ready().any(|other| signs_with(source, other) || signs_with(other, source))
    }

    fn ready(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter_map(|configured| configured.source.as_ref())
    }

    /// A secret, by the name of its binding.
    fn secret(&self, path: &str, binding: &str, mistakes: &mut Mistakes) -> Option<String> {
        if is_ours(binding) {
            mistakes
                .error(path, format_args!("{binding} is a setting of the gateway, not a secret"));
            return None;
        }
        let text = self.environment.text(binding);
        if text.is_none() && is_binding_name(binding) {
            let hint = self
                .nearest_binding(binding)
                .map_or_else(String::new, |near| format!(" (there is a {near})"));
            let message = format_args!(
                "the secret {binding} is not set{hint}; npx wrangler secret put {binding}"
            );
            mistakes.error(path, message);
        } else if text.is_none() {
            mistakes.error(
                path,
                "no secret has this name, which is not shown here because it looks like a secret; \
                 write the secret's name, such as \"PEEKER_SECRET\"",
            );
        }
        text
    }

    fn nearest_binding(&self, binding: &str) -> Option<String> {
        let names = self.environment.names();
        let others = names.iter().map(String::as_str);
        nearest(binding, others.filter(|name| !is_ours(name) && is_binding_name(name)))
            .map(str::to_owned)
    }
}

/// Whether a secret that `signing` signs with passes at `inbound`.
fn signs_with(signing: &Source, inbound: &Source) -> bool {
    let keyring = inbound.verifier().keyring();
    signing.destinations().any(|it| it.signing_secrets.iter().any(|secret| keyring.has(secret)))
}

/// Of a variable that Cloudflare does not take.
pub(in crate::gateway) fn too_long(length: usize) -> String {
    format!(
        "has {length} bytes, and Cloudflare takes {VARIABLE_LIMIT} of a variable; put each source \
         into one of its own, such as SOURCE_PEEKER"
    )
}

/// Whether a variable is a setting, whatever it holds.
pub(in crate::gateway) fn is_ours(name: &str) -> bool {
    [STORE_BINDING, INBOX_BINDING, BODIES_BINDING, "SOURCES", EXPLAIN, ALLOW_INSECURE]
        .contains(&name)
        || name.starts_with(SOURCE_PREFIX)
}

/// Whether a name may be shown: words in capitals, and numbers of at most three digits, joined by
/// underscores. What is pasted here by mistake is a secret.
pub(in crate::gateway) fn is_binding_name(name: &str) -> bool {
    let is_word = |part: &str| {
        (1..=12).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    let is_number = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.len() <= 64 && name.split('_').all(|part| is_word(part) || is_number(part))
}

/// The source that `SOURCE_{variable}` holds.
pub(in crate::gateway) fn source_name(variable: &str) -> String {
    variable.chars().map(|char| if char == '_' { '-' } else { char.to_ascii_lowercase() }).collect()
}

/// A source's name stands in URLs, KV keys and headers.
fn is_source_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !name.starts_with('-')
        && !name.ends_with('-')
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

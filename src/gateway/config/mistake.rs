use std::fmt;

use serde::Serialize;

/// Something that is wrong with the configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mistake {
    /// Where: `SOURCES.peeker.destinations[0].url`.
    pub path: String,
    /// What, and what to do about it.
    pub message: String,
    /// Whether the source can serve in spite of it.
    pub severity: Severity,
}

/// Whether a source can serve in spite of a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// It can't.
    Error,
    /// It can, but probably not as meant.
    Warning,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        write!(f, "{prefix}{}: {}", self.path, self.message)
    }
}

/// Collects the mistakes of one configuration.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(super) fn error(&mut self, path: &str, message: impl fmt::Display) {
        self.push(path, message, Severity::Error);
    }

    pub(super) fn warning(&mut self, path: &str, message: impl fmt::Display) {
        self.push(path, message, Severity::Warning);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(super) fn has_errors(&self) -> bool {
        self.0.iter().any(|mistake| mistake.severity == Severity::Error)
    }

    pub(super) fn into_vec(self) -> Vec<Mistake> {
        self.0
    }

    fn push(&mut self, path: &str, message: impl fmt::Display, severity: Severity) {
        self.0.push(Mistake { path: path.to_owned(), message: message.to_string(), severity });
    }
}

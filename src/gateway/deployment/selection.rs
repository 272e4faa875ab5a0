//! What one `wrangler deploy` takes from the file, and the findings about it.

use super::document::Node;
use super::report::Finding;
use crate::gateway::{Mistake, Severity};

/// The top level, or an environment on top of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection<'d> {
    /// The environment's name.
    pub(super) environment: Option<&'d str>,
    top: &'d Node,
    table: &'d Node,
}

impl<'d> Selection<'d> {
    pub(super) const fn top(top: &'d Node) -> Self {
        Self { environment: None, top, table: top }
    }

    pub(super) const fn environment(top: &'d Node, name: &'d str, table: &'d Node) -> Self {
        Self { environment: Some(name), top, table }
    }

    /// A setting that environments do not inherit.
    pub(super) fn own(&self, name: &str) -> Option<&'d Node> {
        self.table.get(name)
    }

    /// A setting that they do.
    pub(super) fn inherited(&self, name: &str) -> Option<&'d Node> {
        self.table.get(name).or_else(|| self.top.get(name))
    }

    /// The same setting of the top level, for an environment.
    pub(super) fn of_top(&self, name: &str) -> Option<&'d Node> {
        self.environment.and_then(|_| self.top.get(name))
    }

    pub(super) const fn top_level(&self) -> &'d Node {
        self.top
    }

    pub(super) const fn table(&self) -> &'d Node {
        self.table
    }

    /// What the Worker is called: an environment's name is put behind that of the top level.
    pub(super) fn worker(&self) -> Option<String> {
        let own = self.table.text_of("name").filter(|name| !name.is_empty());
        let top = || {
            let name = self.top.text_of("name").filter(|name| !name.is_empty())?;
            Some(self.environment.map_or_else(|| name.to_owned(), |it| format!("{name}-{it}")))
        };
        own.map(str::to_owned).or_else(top)
    }

    /// What stands in front of a name in a table's header: `[env.staging.vars]`.
    pub(super) fn header(&self, name: &str) -> String {
        match self.environment {
            Some(environment) => format!("env.{environment}.{name}"),
            None => name.to_owned(),
        }
    }
}

/// Collects what is wrong with one selection.
#[derive(Debug)]
pub(super) struct Findings<'d> {
    selection: Selection<'d>,
    found: Vec<Finding>,
}

impl<'d> Findings<'d> {
    pub(super) const fn about(selection: Selection<'d>) -> Self {
        Self { selection, found: Vec::new() }
    }

    pub(super) fn error(&mut self, path: &str, message: impl ToString) {
        self.push(path, message, Severity::Error);
    }

    pub(super) fn warning(&mut self, path: &str, message: impl ToString) {
        self.push(path, message, Severity::Warning);
    }

    /// A mistake in the settings: its path begins below `vars`.
    pub(super) fn settings(&mut self, mistake: Mistake) {
        let variables = self.selection.own("vars");
        let line = variables.and_then(|vars| vars.line_of(&mistake.path));
        self.add(line.or_else(|| self.fallback()), mistake);
    }

    /// Whether anything is wrong at this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.found.iter().any(|finding| finding.mistake.path == path)
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.found
    }

    fn push(&mut self, path: &str, message: impl ToString, severity: Severity) {
        let own = self.selection.table().line_of(path);
        // What is inherited stands at the top level.
        let other = || {
            if is_inherited(path) { self.selection.top.line_of(path) } else { self.fallback() }
        };
        let line = own.or_else(other);
        // The Worker's paths begin at its variables.
        let path = path.strip_prefix("vars.").filter(|it| it.starts_with("SOURCE")).unwrap_or(path);
        let mistake = Mistake { path: path.to_owned(), message: message.to_string(), severity };
        self.add(line, mistake);
    }

    /// The header of the environment, if it is one.
    fn fallback(&self) -> Option<usize> {
        self.selection.environment.map(|_| self.selection.table().line)
    }

    fn add(&mut self, line: Option<usize>, mistake: Mistake) {
        let environment = self.selection.environment.map(str::to_owned);
        self.found.push(Finding { line, column: None, environment, mistake });
    }
}

/// What environments do not inherit.
const NOT_INHERITED: [&str; 5] =
    ["durable_objects", "kv_namespaces", "r2_buckets", "secrets", "vars"];

fn is_inherited(path: &str) -> bool {
    let name = path.split(['.', '[']).next().unwrap_or_default();
    !NOT_INHERITED.contains(&name)
}

//! What is wrong with a `wrangler.toml`, before it is deployed.
//!
//! The settings are judged by [`Config::read`], which the Worker itself runs. What only the file
//! shows is judged here: what environments do not inherit, the Durable Object's migration, dates
//! without quotes, secrets among the variables.

mod basics;
mod bindings;
mod dev_vars;
mod document;
mod inheritance;
mod known;
mod report;
mod secrets;
mod selection;
mod storage;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use self::bindings::Bindings;
use self::document::{Node, SyntaxError};
pub use self::report::{DeployedSource, Deployment, Finding, NeededSecret, Report};
use self::selection::{Findings, Selection};
use super::config::{SOURCE_PREFIX, VARIABLE_LIMIT, source_name, too_long};
use super::{Config, Mistake, Mode, STORE_BINDING, Severity};
use crate::time::UnixTime;

/// A folder with a `wrangler.toml`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "whoever reads the folder fills it in")]
#[derive(Default)]
pub struct Folder {
    /// The text of `wrangler.toml`.
    pub wrangler_toml: String,
    /// The texts of `.dev.vars` (under the empty name) and of `.dev.vars.NAME`.
    pub dev_vars: BTreeMap<String, String>,
    /// Which of the [`Report::scripts`] of an earlier check are not there.
    pub missing: Vec<String>,
    /// Files of JSON beside it that wrangler reads first.
    pub instead: Vec<String>,
    /// Checks this environment alone.
    pub environment: Option<String>,
    /// The time, in milliseconds since 1970.
    pub now: i64,
}

/// Without any text: secrets stand in there.
impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder").finish_non_exhaustive()
    }
}

/// Checks a `wrangler.toml`.
pub fn check(folder: &Folder) -> Report {
    let text = folder.wrangler_toml.strip_prefix('\u{feff}').unwrap_or(&folder.wrangler_toml);
    let mut report = Report::default();
    report.findings.extend(folder.instead.iter().map(|file| read_first(file)));
    match document::read(text) {
        Ok(top) => check_document(folder, &top, &mut report),
        Err(error) => report.findings.push(no_toml(&error)),
    }
    report.findings.sort_by_key(|finding| finding.line);
    without_repetitions(&mut report.findings);
    report
}

fn check_document(folder: &Folder, top: &Node, report: &mut Report) {
    let environments = top.get("env").map(Node::entries).unwrap_or_default();
    report.environments = environments.iter().map(|entry| entry.name.clone()).collect();
    let named = environments
        .iter()
        .map(|entry| Selection::environment(top, &entry.name, &entry.node))
        .collect::<Vec<_>>();
    let has_sources = |it: &Selection<'_>| it.own("vars").is_some_and(inheritance::has_sources);
    // A top level without sources that no environment lacks is there to be inherited from.
    let is_base = !has_sources(&Selection::top(top)) && named.iter().any(has_sources);
    let selections = std::iter::once(Selection::top(top)).filter(|_| !is_base).chain(named);
    let wanted = folder.environment.as_deref();
    for selection in selections.filter(|it| wanted.is_none() || it.environment == wanted) {
        check_selection(folder, &selection, report);
    }
    let mut findings = Findings::about(Selection::top(top));
    basics::check_misplaced(top, &mut findings);
    report.findings.append(&mut findings.into_vec());
}

fn check_selection(folder: &Folder, selection: &Selection<'_>, report: &mut Report) {
    let mut findings = Findings::about(*selection);
    let none = BTreeMap::new();
    let bindings = Bindings::of(selection, &none);
    let config = Config::read(&bindings);
    let (names, in_file) = bindings.asked();
    let known = local_secrets(folder, selection);
    let has_inbox = config
        .sources()
        .any(|(_, source)| source.is_some_and(|source| matches!(source.mode(), Mode::Inbox(_))))
        || wants_inbox(selection);

    basics::check(selection, &folder.missing, UnixTime::from_millis(folder.now), &mut findings);
    inheritance::check(selection, &config, has_inbox, &mut findings);
    storage::check(selection, has_inbox, &mut findings);
    secrets::check_variables(selection, &in_file, &mut findings);
    secrets::check_names(selection, &names, &known, &mut findings);
    secrets::check_required(selection, &names, &mut findings);
    check_settings(selection, &config, &known, &mut findings);
    check_loops(selection, &config, &mut findings);

    report.scripts.extend(basics::script(selection));
    report.deployments.push(Deployment {
        environment: selection.environment.map(str::to_owned),
        worker: selection.worker(),
        sources: sources(selection, &config),
        secrets: secrets::needed(selection, &names, &known),
    });
    report.findings.append(&mut findings.into_vec());
}

/// What the Worker says, and what it will say with the secrets of `.dev.vars`.
fn check_settings(
    selection: &Selection<'_>,
    config: &Config,
    known: &BTreeMap<String, String>,
    findings: &mut Findings<'_>,
) {
    // Why there is none has been said.
    let told = [("vars", "SOURCES"), ("kv_namespaces", STORE_BINDING)];
    let told = told.map(|(setting, path)| (findings.has(setting), path));
    for mistake in config.mistakes().iter().filter(|it| !told.contains(&(true, it.path.as_str()))) {
        findings.settings(as_deployed(selection, mistake));
    }
    let local = Config::read(&Bindings::of(selection, known));
    let is_new = |mistake: &&Mistake| !config.mistakes().contains(mistake);
    for mistake in local.mistakes().iter().filter(is_new) {
        let message = format!("with the values of .dev.vars: {}", mistake.message);
        findings.settings(Mistake { message, ..mistake.clone() });
    }
}

/// A variable that is too long works with `wrangler dev`, and can't be deployed.
fn as_deployed(selection: &Selection<'_>, mistake: &Mistake) -> Mistake {
    let variable = selection.own("vars").and_then(|vars| vars.get(&mistake.path));
    let is_refused = variable.is_some_and(|node| {
        let length = bindings::variable(node).len();
        length > VARIABLE_LIMIT && mistake.message == too_long(length)
    });
    let severity = if is_refused { Severity::Error } else { mistake.severity };
    Mistake { severity, ..mistake.clone() }
}

/// A destination at an address of the Worker itself.
fn check_loops(selection: &Selection<'_>, config: &Config, findings: &mut Findings<'_>) {
    let hosts = hosts(selection);
    for (name, source) in config.sources() {
        let destinations = source.into_iter().flat_map(|source| source.destinations());
        for (position, destination) in destinations.enumerate() {
            let is_here = |host: &String| destination.url.is_gateway(host);
            let workers_dev = selection.worker().filter(|_| is_workers_dev(destination.url.host()));
            let is_named = workers_dev
                .is_some_and(|worker| destination.url.host().starts_with(&format!("{worker}.")));
            let own = destination.url.host().to_owned();
            if hosts.iter().any(is_here) || (is_named && destination.url.is_gateway(&own)) {
                let path = source_path(selection, name);
                findings.error(
                    &format!("{path}.destinations[{position}].url"),
                    "is this Worker's own address: events would come back to it; write that of \
                     your application",
                );
            }
        }
    }
}

/// Where a source stands.
fn source_path(selection: &Selection<'_>, name: &str) -> String {
    let variables = selection.own("vars").map(Node::entries).unwrap_or_default();
    let is_it = |variable: &str| {
        variable.strip_prefix(SOURCE_PREFIX).is_some_and(|rest| source_name(rest) == name)
    };
    match variables.iter().find(|entry| is_it(&entry.name)) {
        Some(entry) => format!("vars.{}", entry.name),
        None => format!("vars.SOURCES.{name}"),
    }
}

fn is_workers_dev(host: &str) -> bool {
    host.ends_with(".workers.dev")
}

/// The hosts of the routes.
fn hosts(selection: &Selection<'_>) -> Vec<String> {
    let host = |pattern: &str| {
        let pattern = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
        pattern.split('/').next().unwrap_or_default().to_ascii_lowercase()
    };
    basics::routes(selection).into_iter().map(host).collect()
}

fn sources(selection: &Selection<'_>, config: &Config) -> Vec<DeployedSource> {
    let plain = |host: &String| !host.contains('*') && !host.is_empty();
    let host = hosts(selection).into_iter().find(plain).unwrap_or_else(|| {
        let worker = selection.worker().unwrap_or_else(|| "<name>".to_owned());
        format!("{worker}.<your-subdomain>.workers.dev")
    });
    let source = |(name, source): (&str, Option<&super::Source>)| {
        let path = format!("{}{name}", super::request::HOOKS);
        DeployedSource {
            name: name.to_owned(),
            url: format!("https://{host}{path}"),
            path,
            mode: source.map(|source| source.mode().name()),
            ready: source.is_some(),
        }
    };
    config.sources().map(source).collect()
}

/// Whether any source says so, be it right or wrong in other ways.
fn wants_inbox(selection: &Selection<'_>) -> bool {
    let mut found = false;
    if let Some(variables) = selection.own("vars") {
        variables.walk("", &mut |path, node| {
            found |= path.ends_with(".mode") && node.text() == Some("inbox");
        });
    }
    found
}

/// The secrets of `.dev.vars.NAME`, else of `.dev.vars`: wrangler reads one of the two.
fn local_secrets(folder: &Folder, selection: &Selection<'_>) -> BTreeMap<String, String> {
    let own = selection.environment.and_then(|name| folder.dev_vars.get(name));
    own.or_else(|| folder.dev_vars.get("")).map(|text| dev_vars::read(text)).unwrap_or_default()
}

fn no_toml(error: &SyntaxError) -> Finding {
    let message = format!("{}; nothing else was checked", error.message);
    let mistake = Mistake { path: "TOML".to_owned(), message, severity: Severity::Error };
    let (line, column) = (Some(error.line), Some(error.column));
    Finding { line, column, environment: None, mistake }
}

fn read_first(file: &str) -> Finding {
    let message = "stands beside wrangler.toml, and wrangler reads it instead; keep one of the two";
    let mistake =
        Mistake { path: file.to_owned(), message: message.to_owned(), severity: Severity::Error };
    Finding { line: None, column: None, environment: None, mistake }
}

/// What is inherited is said once.
fn without_repetitions(findings: &mut Vec<Finding>) {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings.drain(..) {
        let is_known = |it: &Finding| it.line == finding.line && it.mistake == finding.mistake;
        if !kept.iter().any(is_known) {
            kept.push(finding);
        }
    }
    *findings = kept;
}

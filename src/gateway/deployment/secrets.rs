//! Secrets: which have to be set, and those that stand where everybody can read them.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Kind, Node, join};
use super::report::NeededSecret;
use super::selection::{Findings, Selection};
use crate::gateway::filter::nearest;

/// The secrets that a deployment needs, and how each is set.
pub(super) fn needed(
    selection: &Selection<'_>,
    names: &BTreeSet<String>,
    known: &BTreeMap<String, String>,
) -> Vec<NeededSecret> {
    let option = selection.environment.map_or_else(String::new, |name| format!(" --env {name}"));
    let secret = |name: &String| NeededSecret {
        name: name.clone(),
        command: format!("npx wrangler secret put {name}{option}"),
        in_dev_vars: known.contains_key(name),
    };
    names.iter().map(secret).collect()
}

/// A secret that `.dev.vars` has under a name that is nearly this one.
pub(super) fn check_names(
    selection: &Selection<'_>,
    names: &BTreeSet<String>,
    known: &BTreeMap<String, String>,
    findings: &mut Findings<'_>,
) {
    for name in names.iter().filter(|name| !known.contains_key(*name)) {
        let others = known.keys().map(String::as_str).filter(|other| !names.contains(*other));
        let Some(near) = nearest(name, others) else { continue };
        for path in uses(selection, name) {
            let message = format!(".dev.vars has no {name}, but a {near}; is that the one?");
            findings.warning(&path, message);
        }
    }
}

/// `[secrets] required`: what is not in there, `wrangler dev` does not hand over.
pub(super) fn check_required(
    selection: &Selection<'_>,
    names: &BTreeSet<String>,
    findings: &mut Findings<'_>,
) {
    let Some(required) = selection.own("secrets").and_then(|node| node.get("required")) else {
        return;
    };
    let is_there = |name: &str| required.items().iter().any(|item| item.text() == Some(name));
    for name in names.iter().filter(|name| !is_there(name)) {
        let message = format!("lacks {name}, which `wrangler dev` then does not hand over; add it");
        findings.warning("secrets.required", message);
    }
}

/// Variables that are secrets, and values that wrangler can't take.
/// `named` are those that a source names as its secrets.
pub(super) fn check_variables(
    selection: &Selection<'_>,
    named: &BTreeSet<String>,
    findings: &mut Findings<'_>,
) {
    let Some(variables) = selection.own("vars") else { return };
    if !matches!(variables.kind, Kind::Table(_)) {
        let header = selection.header("vars");
        return findings.error("vars", format!("must be a table: [{header}]"));
    }
    for entry in variables.entries() {
        let path = join("vars", &entry.name);
        let option =
            selection.environment.map_or_else(String::new, |name| format!(" --env {name}"));
        // Sources in a variable of the wrong name are asked for too.
        let is_secret = entry.node.text().is_some_and(|text| !text.trim_start().starts_with('{'));
        if is_secret && named.contains(&entry.name) {
            let message = format!(
                "is a secret in plain text; remove it, set it with npx wrangler secret put {}{option}, \
                 and take a new one if others can read this file",
                entry.name
            );
            findings.error(&path, message);
        } else if looks_secret(&entry.name, &entry.node) {
            let message = "looks like a secret, and variables can be read by everybody who sees \
                           the file or the dashboard; take npx wrangler secret put instead";
            findings.warning(&path, message);
        }
    }
    check_values(variables, findings);
}

/// Dates and numbers that do not get from TOML to the Worker.
fn check_values(variables: &Node, findings: &mut Findings<'_>) {
    variables.walk("vars", &mut |path, node| match &node.kind {
        Kind::Date(date) => {
            let message =
                format!("is a date without quotes, which wrangler can't take; write \"{date}\"");
            findings.error(path, message);
        }
        Kind::TooLarge => {
            findings.error(path, "is too large a number for JavaScript; write a smaller one");
        }
        _ => {}
    });
}

/// Where a source names this secret.
fn uses(selection: &Selection<'_>, name: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let variables = selection.own("vars").map(Node::entries).unwrap_or_default();
    for entry in
        variables.iter().filter(|it| it.name == "SOURCES" || it.name.starts_with("SOURCE_"))
    {
        entry.node.walk(&join("vars", &entry.name), &mut |path, node| {
            let is_one = path.contains(".secrets") || path.contains(".signingSecret");
            if is_one && !path.ends_with(".id") && node.text() == Some(name) {
                paths.push(path.to_owned());
            }
        });
    }
    paths
}

/// How well-known secrets begin.
const BEGINNINGS: [&str; 4] = ["whsec_", "sk_", "rk_", "-----BEGIN"];
/// What variables that hold secrets are called.
const NAMES: [&str; 4] = ["SECRET", "TOKEN", "PASSWORD", "PRIVATE_KEY"];

fn looks_secret(name: &str, node: &Node) -> bool {
    let Some(text) = node.text().filter(|text| text.len() >= 8) else { return false };
    let begins = BEGINNINGS.iter().any(|beginning| text.starts_with(beginning));
    begins || NAMES.iter().any(|part| name.to_ascii_uppercase().contains(part))
}

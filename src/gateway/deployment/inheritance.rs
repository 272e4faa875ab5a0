//! What an environment does not inherit from the top level.

use super::document::Node;
use super::selection::{Findings, Selection};
use crate::gateway::Config;
use crate::gateway::STORE_BINDING;

/// The settings that the gateway needs, and what to write in an environment.
const NOT_INHERITED: [(&str, &str); 4] = [
    ("vars", "a table below [{}] for each source"),
    ("kv_namespaces", "[[{}]] with binding = \"SEEN\""),
    ("durable_objects", "[[{}.bindings]] with name = \"INBOX\" and class_name = \"Inbox\""),
    ("r2_buckets", "[[{}]] with binding = \"BODIES\""),
];

/// Names what the top level has and the environment does not.
pub(super) fn check(
    selection: &Selection<'_>,
    config: &Config,
    has_inbox: bool,
    findings: &mut Findings<'_>,
) {
    for (name, example) in NOT_INHERITED {
        let is_wanted = match name {
            "vars" => true,
            "kv_namespaces" => config.mistakes().iter().any(|it| it.path == STORE_BINDING),
            _ => has_inbox,
        };
        if is_wanted && selection.own(name).is_none() && selection.of_top(name).is_some() {
            let example = example.replace("{}", &selection.header(name));
            findings.error(name, format!("an environment does not inherit it; write {example}"));
        }
    }
    check_variables(selection, findings);
}

/// An environment with variables, but without sources.
fn check_variables(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    let (Some(own), Some(top)) = (selection.own("vars"), selection.of_top("vars")) else { return };
    if has_sources(top) && !has_sources(own) {
        let header = selection.header("vars.SOURCES");
        let message = format!(
            "an environment does not inherit the top level's sources; write a table below \
             [{header}] for each"
        );
        findings.error("vars", message);
    }
}

/// Whether there is any variable that holds sources.
pub(super) fn has_sources(variables: &Node) -> bool {
    let mut names = variables.entries().iter().map(|entry| entry.name.as_str());
    names.any(|name| name == "SOURCES" || name.starts_with("SOURCE_"))
}

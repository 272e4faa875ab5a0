//! Where the gateway keeps what it has to remember: KV, the Durable Object, R2; and the timer.

use super::bindings::{Bound, bound};
use super::document::Node;
use super::selection::{Findings, Selection};
use crate::gateway::filter::nearest;
use crate::gateway::{BODIES_BINDING, INBOX_BINDING, STORE_BINDING};

/// The class that the Worker exports.
const CLASS: &str = "Inbox";

/// The bindings by the lists that they belong in.
const BINDINGS: [(&str, &str); 3] = [
    (STORE_BINDING, "kv_namespaces"),
    (INBOX_BINDING, "durable_objects"),
    (BODIES_BINDING, "r2_buckets"),
];

/// Judges everything in here.
pub(super) fn check(selection: &Selection<'_>, has_inbox: bool, findings: &mut Findings<'_>) {
    let bound = bound(selection);
    check_shapes(selection, findings);
    check_kinds(&bound, findings);
    check_variables(selection, findings);
    check_names(&bound, findings);
    check_namespaces(selection, findings);
    check_object(selection, findings);
    if has_inbox {
        check_timer(selection, findings);
    }
}

/// The lists are lists of tables, each with a name.
fn check_shapes(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    for (binding, list) in BINDINGS {
        let Some(node) = selection.own(list) else { continue };
        let (node, path, field) = match list {
            "durable_objects" => (node.get("bindings"), "durable_objects.bindings", "name"),
            _ => (Some(node), list, "binding"),
        };
        let Some(items) = node.map(Node::items).filter(|items| !items.is_empty()) else {
            let header = selection.header(path);
            findings.error(path, format!("must be a list; write [[{header}]], in double brackets"));
            continue;
        };
        for (position, item) in items.iter().enumerate() {
            if item.text_of(field).is_none() {
                let message = format!("has no {field}; for example {field} = \"{binding}\"");
                findings.error(&format!("{path}[{position}]"), message);
            }
        }
    }
}

/// A name of ours that stands for something else.
fn check_kinds(bound: &[Bound], findings: &mut Findings<'_>) {
    for (binding, list) in BINDINGS {
        for other in bound.iter().filter(|other| other.name == binding && other.list != list) {
            let message = format!("{binding} must be bound in {list}; take another name here");
            findings.error(&other.path, message);
        }
    }
}

fn check_variables(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    for (binding, list) in BINDINGS {
        let path = format!("vars.{binding}");
        if selection.own("vars").is_some_and(|vars| vars.get(binding).is_some()) {
            findings.error(&path, format!("is no variable; bind {binding} in {list} instead"));
        }
    }
}

/// A binding that is nearly ours, where ours is not there.
fn check_names(bound: &[Bound], findings: &mut Findings<'_>) {
    for (binding, list) in BINDINGS {
        let mut others = bound.iter().filter(|it| it.list == list);
        if others.clone().any(|it| it.name == binding) {
            continue;
        }
        let is_near = |name: &str| nearest(&name.to_ascii_uppercase(), [binding]).is_some();
        if let Some(other) = others.find(|it| is_near(&it.name)) {
            findings.error(&other.path, format!("the gateway knows it as {binding}; write that"));
        }
    }
}

/// The ids of KV namespaces.
fn check_namespaces(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    let of_top = selection.of_top("kv_namespaces").map(Node::items).unwrap_or_default();
    let items = selection.own("kv_namespaces").map(Node::items).unwrap_or_default();
    for (position, item) in items.iter().enumerate() {
        let Some(id) = item.text_of("id") else { continue };
        let path = format!("kv_namespaces[{position}].id");
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let message = "must be 32 hex digits, as `npx wrangler kv namespace list` shows them; \
                           without the line wrangler makes a namespace";
            findings.error(&path, message);
        } else if of_top.iter().any(|other| other.text_of("id") == Some(id)) {
            let message = "is the top level's too: what one Worker has delivered is a duplicate \
                           for the other; take another namespace";
            findings.warning(&path, message);
        }
    }
}

/// The binding of the inbox, and the migration that makes its class.
fn check_object(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    let objects = selection.own("durable_objects").and_then(|node| node.get("bindings"));
    let mut items = objects.map(Node::items).unwrap_or_default().iter().enumerate();
    let inbox = items.find(|(_, item)| item.text_of("name") == Some(INBOX_BINDING));
    let Some((position, item)) = inbox else { return };
    let path = format!("durable_objects.bindings[{position}]");
    if item.text_of("class_name") != Some(CLASS) {
        let message =
            format!("must be class_name = \"{CLASS}\", the class that the Worker exports");
        findings.error(&format!("{path}.class_name"), message);
    }
    if item.get("script_name").is_some() {
        let message = "names another Worker, but the class is this one's; remove the line";
        findings.error(&format!("{path}.script_name"), message);
        return;
    }
    check_migrations(selection, findings);
}

fn check_migrations(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    let migrations = selection.inherited("migrations").map(Node::items).unwrap_or_default();
    for (position, migration) in migrations.iter().enumerate() {
        let path = format!("migrations[{position}]");
        if migration.text_of("tag").is_none() {
            findings.error(&path, "has no tag; for example tag = \"v1\"");
        }
        if has_class(migration, "new_classes") {
            let message =
                format!("must be new_sqlite_classes = [\"{CLASS}\"]: the inbox needs SQLite");
            findings.error(&format!("{path}.new_classes"), message);
            return;
        }
    }
    let is_made = migrations.iter().any(|migration| has_class(migration, "new_sqlite_classes"));
    let is_exported = selection.inherited("exports").is_some_and(|node| node.get(CLASS).is_some());
    if !is_made && !is_exported {
        let message = format!(
            "none makes the class of {INBOX_BINDING}; add [[migrations]] with tag = \"v1\" and \
             new_sqlite_classes = [\"{CLASS}\"]"
        );
        findings.error("migrations", message);
    }
}

fn has_class(migration: &Node, field: &str) -> bool {
    let classes = migration.get(field).map(Node::items).unwrap_or_default();
    classes.iter().any(|class| class.text() == Some(CLASS))
}

/// The second net under the alarms.
fn check_timer(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    let crons = selection.inherited("triggers").and_then(|triggers| triggers.get("crons"));
    if crons.is_none_or(|crons| crons.items().is_empty()) {
        let header = selection.header("triggers");
        let message = format!(
            "there is no timer, which inbox mode has as a second net; add [{header}] with \
             crons = [\"*/5 * * * *\"]"
        );
        findings.warning("triggers.crons", message);
    }
}

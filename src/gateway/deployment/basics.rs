//! The Worker's own settings: its name, script, date and routes, and names of settings that do not
//! exist.

use super::document::{Kind, Node, join};
use super::known::{OURS, SETTINGS};
use super::selection::{Findings, Selection};
use crate::gateway::filter::nearest;
use crate::time::UnixTime;

/// Judges everything in here.
pub(super) fn check(
    selection: &Selection<'_>,
    missing: &[String],
    today: UnixTime,
    findings: &mut Findings<'_>,
) {
    check_name(selection, findings);
    check_script(selection, missing, findings);
    check_date(selection, today, findings);
    check_reachable(selection, findings);
    check_settings(selection, findings);
}

fn check_name(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    let Some(name) = selection.worker() else {
        let message = format!("is missing; for example name = \"countersign\"{}", above(selection));
        return findings.error("name", message);
    };
    let is_first = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let is_good = |byte: u8| is_first(byte) || byte == b'-';
    if !name.bytes().all(is_good) || !name.bytes().next().is_some_and(is_first) {
        let message = "must be of a-z, 0-9, - and _, and not begin with -; for example \
                       name = \"countersign\"";
        findings.error("name", message);
    } else if name.len() > 63 {
        let message = format!(
            "makes {} characters, the environment's name included; a part of an address has at \
             most 63, so take a shorter one",
            name.len()
        );
        findings.error("name", message);
    } else if selection.environment.is_some()
        && selection.of_top("name").is_some_and(|top| top.text() == Some(&name))
    {
        let message = "is the top level's name too: each deployment would replace the other; \
                       leave it out here, and the environment's name is put behind it";
        findings.error("name", message);
    }
}

fn check_script(selection: &Selection<'_>, missing: &[String], findings: &mut Findings<'_>) {
    match selection.inherited("main").map(Node::text) {
        None => {
            let example = "is missing; write main = \"worker.js\", the script that exports the \
                           gateway";
            findings.error("main", format!("{example}{}", above(selection)));
        }
        Some(None | Some("")) => {
            findings.error("main", "must be the path of a script, such as \"worker.js\"");
        }
        Some(Some(main)) if !is_built(selection) && missing.iter().any(|file| file == main) => {
            let message = "there is no such file beside this one; write the path of the script \
                           that exports the gateway, or a [build] command that makes it";
            findings.error("main", message);
        }
        Some(Some(_)) => {}
    }
}

/// The script that has to be there before wrangler runs.
pub(super) fn script(selection: &Selection<'_>) -> Option<String> {
    let main = selection.inherited("main")?.text()?;
    (!main.is_empty() && !is_built(selection)).then(|| main.to_owned())
}

fn is_built(selection: &Selection<'_>) -> bool {
    selection.inherited("build").is_some_and(|build| build.get("command").is_some())
}

/// The oldest date that the tests run on.
const OLDEST: &str = "2025-06-01";

fn check_date(selection: &Selection<'_>, today: UnixTime, findings: &mut Findings<'_>) {
    const DATE: &str = "compatibility_date";
    let text = match selection.inherited(DATE).map(|node| &node.kind) {
        None => {
            let today = day(today);
            let message = format!("is missing; write {DATE} = \"{today}\"{}", above(selection));
            return findings.error(DATE, message);
        }
        Some(Kind::Date(date)) => {
            return findings.error(DATE, format!("must be in quotes: {DATE} = \"{date}\""));
        }
        Some(Kind::Text(text)) => text,
        Some(_) => "",
    };
    match UnixTime::parse_rfc3339(&format!("{text}T00:00:00Z")) {
        None => {
            let message = format!("must be a day, year first, such as \"{}\"", day(today));
            findings.error(DATE, message);
        }
        Some(date) if date > today => {
            let message =
                format!("is in the future, which Cloudflare refuses; today is \"{}\"", day(today));
            findings.error(DATE, message);
        }
        Some(_) if text < OLDEST => {
            let message =
                format!("is older than what this is tested on; write \"{OLDEST}\" or later");
            findings.warning(DATE, message);
        }
        Some(_) => {}
    }
}

/// `2026-11-21`
fn day(time: UnixTime) -> String {
    time.to_string().chars().take(10).collect()
}

/// A Worker without any address receives nothing.
fn check_reachable(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    let is_off = selection.inherited("workers_dev").is_some_and(|node| node.to_json() == "false");
    if is_off && routes(selection).is_empty() {
        let message = "is false, and there is no route: nobody can reach the Worker; take it out, \
                       or add routes = [{ pattern = \"hooks.example.com\", custom_domain = true }]";
        findings.error("workers_dev", message);
    }
}

/// The patterns of all routes.
pub(super) fn routes<'d>(selection: &Selection<'d>) -> Vec<&'d str> {
    let one = selection.inherited("route").into_iter();
    let many = selection.inherited("routes").map(Node::items).unwrap_or_default();
    let pattern = |node: &'d Node| node.text().or_else(|| node.text_of("pattern"));
    one.chain(many).filter_map(pattern).collect()
}

/// Names at the place of a setting that are none.
fn check_settings(selection: &Selection<'_>, findings: &mut Findings<'_>) {
    for entry in selection.table().entries() {
        let name = entry.name.as_str();
        if SETTINGS.contains(&name) {
            continue;
        }
        if name == "SOURCES" || name.starts_with("SOURCE_") {
            let header = selection.header(&format!("vars.{name}"));
            findings.error(name, format!("stands outside of the variables; write [{header}]"));
        } else if name == "crons" {
            let header = selection.header("triggers");
            findings.error(name, format!("stands outside of [{header}]; write that line above it"));
        } else if let Some(near) = nearest(name, OURS) {
            let message = format!("wrangler has no such setting; did you mean {near}?");
            findings.error(name, message);
        } else {
            findings.warning(name, "wrangler has no such setting, and ignores it; remove it");
        }
    }
}

/// Settings of the top level that stand below a table's header, and so belong to that table.
pub(super) fn check_misplaced(top: &Node, findings: &mut Findings<'_>) {
    for entry in top.entries() {
        for (name, _) in misplaced(entry.name.as_str(), &entry.node) {
            let path = join(&entry.name, name);
            let message = format!(
                "stands below [{}] and belongs to it; move it to the beginning of the file, above \
                 the first table",
                entry.name
            );
            findings.warning(&path, message);
        }
    }
}

/// Settings that are no tables, and so are easily written below one.
const LINES: [&str; 4] = ["compatibility_date", "main", "name", "workers_dev"];

fn misplaced<'d>(table: &str, node: &'d Node) -> Vec<(&'static str, &'d Node)> {
    let is_free = matches!(table, "vars" | "observability" | "triggers" | "build");
    let found = LINES.into_iter().filter_map(|name| Some((name, node.get(name)?)));
    found.filter(|_| is_free).collect()
}

/// Where a setting that is missing stands instead.
fn above(selection: &Selection<'_>) -> &'static str {
    let mut tables = selection.top_level().entries().iter();
    let is_there = tables.any(|entry| !misplaced(&entry.name, &entry.node).is_empty());
    if is_there { ", above the first table" } else { "" }
}

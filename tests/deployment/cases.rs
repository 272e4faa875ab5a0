//! The cases in `mistakes.txt`, which says how they are written.

use std::collections::BTreeMap;

use countersign::gateway::deployment::Folder;

use crate::folder;

pub(crate) const BASE: &str = include_str!("wrangler.toml");
const TEXT: &str = include_str!("mistakes.txt");

/// What is wrong, and what is said about it.
pub(crate) struct Case {
    pub(crate) title: String,
    /// Whether the Worker sees it too.
    pub(crate) is_in_settings: bool,
    edits: Vec<String>,
    pub(crate) findings: Vec<String>,
}

pub(crate) fn cases() -> Vec<Case> {
    let (settings, file) = TEXT.split_once("\n# In the file.\n").unwrap();
    let read = |text: &str, is_in_settings| {
        let cases = text.split("\n## ").skip(1);
        cases.map(move |case| read_case(case, is_in_settings)).collect::<Vec<_>>()
    };
    let mut cases = read(settings, true);
    cases.append(&mut read(file, false));
    cases
}

fn read_case(case: &str, is_in_settings: bool) -> Case {
    let (title, rest) = case.split_once('\n').unwrap();
    let lines = rest.lines().filter(|line| !line.is_empty());
    let (findings, edits): (Vec<&str>, Vec<&str>) = lines.partition(|it| it.starts_with("    "));
    Case {
        title: title.to_owned(),
        is_in_settings,
        edits: edits.into_iter().map(str::to_owned).collect(),
        findings: findings.into_iter().map(|it| it.trim_start().to_owned()).collect(),
    }
}

impl Case {
    pub(crate) fn folder(&self) -> Folder {
        let dev_vars = self.edits.iter().filter_map(|edit| edit.strip_prefix(".dev.vars: "));
        let dev_vars = dev_vars.collect::<Vec<_>>().join("\n");
        let dev_vars = BTreeMap::from([(String::new(), dev_vars)]);
        let missing = vec!["wroker.js".to_owned()];
        Folder { dev_vars, missing, ..folder(&self.text()) }
    }

    /// The file with the mistake in it.
    pub(crate) fn text(&self) -> String {
        let mut lines: Vec<String> = BASE.lines().map(str::to_owned).collect();
        let mut at = lines.iter().position(|line| line.starts_with('[')).unwrap();
        for edit in &self.edits {
            if let Some(line) = edit.strip_prefix("- ") {
                at = take_out(&mut lines, line, 1);
            } else if let Some(line) = edit.strip_prefix("-4 ") {
                at = take_out(&mut lines, line, 5);
            } else if let Some(line) = edit.strip_prefix("-2 ") {
                at = take_out(&mut lines, line, 3);
            } else if let Some(line) = edit.strip_prefix("+ ") {
                lines.insert(at, line.replace("BIG", &["\"order.completed\""; 500].join(", ")));
                at += 1;
            } else if let Some(line) = edit.strip_prefix("> ") {
                lines.push(line.to_owned());
            }
        }
        lines.join("\n") + "\n"
    }
}

fn take_out(lines: &mut Vec<String>, line: &str, count: usize) -> usize {
    let found = lines.iter().position(|other| other == line);
    let at = found.unwrap_or_else(|| panic!("there is no line {line}"));
    lines.drain(at..at + count);
    at
}

/// The text of `mistakes.txt` with other findings.
pub(crate) fn written_anew(findings: &[Vec<String>]) -> String {
    let mut parts = TEXT.split("\n## ");
    let mut text = parts.next().unwrap().to_owned();
    for (part, findings) in parts.zip(findings) {
        let is_edit = |line: &&str| !line.starts_with("    ");
        let (edits, after) = part.split_once("\n\n").unwrap_or_else(|| (part.trim_end(), ""));
        text += "\n## ";
        text += &edits.lines().filter(is_edit).collect::<Vec<_>>().join("\n");
        text.extend(findings.iter().map(|finding| format!("\n    {finding}")));
        text += "\n";
        text += &if after.is_empty() { String::new() } else { format!("\n{after}") };
    }
    text
}

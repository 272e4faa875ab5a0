//! What `npx wrangler deploy` would do: with wrangler.toml as it stands, and with what stands in it as comments.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use countersign::gateway::Config;
use serde_json::Value;

use crate::{setup, step, tools};

/// Dry runs of both.
pub(crate) fn rehearse() -> Result<()> {
    step::heading("deployment");
    setup::node_modules()?;
    let standing = tools::root().join("wrangler.toml");
    relay_alone(&Rehearsal::of(&standing, "wrangler.toml")?)?;
    let text = fs::read_to_string(&standing)?;
    let complete = tools::root().join("build/wrangler.toml");
    fs::write(&complete, beside_the_worker(&switched_on(&text)))?;
    with_inbox(&Rehearsal::of(&complete, "wrangler.toml, inbox included")?)
}

fn relay_alone(rehearsal: &Rehearsal) -> Result<()> {
    if rehearsal.bindings().iter().any(|name| name == "INBOX") {
        bail!("wrangler.toml has a Durable Object, which relay mode does without");
    }
    rehearsal.judge_sources()
}

fn with_inbox(rehearsal: &Rehearsal) -> Result<()> {
    let bindings = rehearsal.bindings();
    for name in ["INBOX", "BODIES"] {
        if !bindings.iter().any(|bound| bound == name) {
            bail!("wrangler.toml does not show in a comment how {name} is bound");
        }
    }
    if rehearsal.config["triggers"]["crons"][0].is_null() {
        bail!("wrangler.toml does not show in a comment how the timer is set");
    }
    rehearsal.judge_sources()
}

/// A configuration that `wrangler deploy --dry-run` has taken.
struct Rehearsal {
    title: String,
    /// As wrangler reads it.
    config: Value,
}

impl Rehearsal {
    fn of(path: &Path, title: &str) -> Result<Self> {
        let mut wrangler = tools::node_bin("wrangler")?;
        wrangler.env("WRANGLER_SEND_METRICS", "false").env("CI", "1");
        wrangler.args(["deploy", "--dry-run", "--config"]).arg(path);
        wrangler.arg("--outdir").arg(tools::target_dir().join("dry-run"));
        let output = step::run(&format!("wrangler deploy --dry-run, {title}"), &mut wrangler)?;
        for line in
            output.lines().filter(|line| line.contains("Total Upload") || line.contains("WARNING"))
        {
            println!("      {}", line.trim());
        }
        Ok(Self { title: title.to_owned(), config: read(path)? })
    }

    fn bindings(&self) -> Vec<String> {
        let lists = [
            (&self.config["kv_namespaces"], "binding"),
            (&self.config["durable_objects"]["bindings"], "name"),
            (&self.config["r2_buckets"], "binding"),
        ];
        let names = lists.into_iter().flat_map(|(list, name)| {
            list.as_array().into_iter().flatten().map(move |entry| &entry[name])
        });
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The gateway finds nothing to complain of.
    fn judge_sources(&self) -> Result<()> {
        let mut environment = self.secrets();
        environment.extend(self.bindings().into_iter().map(|name| (name, String::new())));
        environment.insert("SOURCES".to_owned(), self.config["vars"]["SOURCES"].to_string());
        let config = Config::read(&environment);
        let mistakes = config.mistakes().iter().map(|mistake| format!("\n   {mistake}"));
        let mistakes = mistakes.collect::<String>();
        if !mistakes.is_empty() || config.sources().next().is_none() {
            bail!("{}: the gateway would not be content:{mistakes}", self.title);
        }
        Ok(())
    }

    /// Something for every secret that is mentioned.
    fn secrets(&self) -> BTreeMap<String, String> {
        let mut names = Vec::new();
        secret_names(&self.config["vars"]["SOURCES"], false, &mut names);
        names.into_iter().map(|name| (name.to_owned(), stand_in(name))).collect()
    }
}

/// What stands under `secrets` and `signingSecret`.
fn secret_names<'v>(value: &'v Value, is_secret: bool, names: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if is_secret => names.push(text),
        Value::Array(entries) => {
            entries.iter().for_each(|entry| secret_names(entry, is_secret, names));
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_named = matches!(name.as_str(), "secrets" | "signingSecret" | "binding");
                secret_names(value, is_named, names);
            }
        }
        _ => {}
    }
}

/// Another secret for each name, good as text and as base64.
fn stand_in(name: &str) -> String {
    let text = format!("standInFor{}", name.replace('_', ""));
    let width = text.len().next_multiple_of(4).max(40);
    format!("{text:A<width$}")
}

/// wrangler's own reading of its file.
fn read(path: &Path) -> Result<Value> {
    let mut node = tools::node_bin("node")?;
    node.args(["--input-type=module", "--eval", READ]).arg(path);
    let output = node.output()?;
    if !output.status.success() {
        bail!("{}: {}", path.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).with_context(|| path.display().to_string())
}

const READ: &str = "\
import { unstable_readConfig } from 'wrangler';
console.log(JSON.stringify(unstable_readConfig({ config: process.argv[1] }, { hideWarnings: true })));";

/// The text with every table that stands in it as a comment: from a line such as `# [[migrations]]` to the end of the
/// comment, but for lines that are prose.
fn switched_on(text: &str) -> String {
    let mut is_in_table = false;
    let mut result = String::new();
    for line in text.lines() {
        let comment = line.strip_prefix('#').map(str::trim);
        is_in_table = comment.is_some_and(|comment| is_in_table || comment.starts_with('['));
        let hidden = comment.filter(|comment| is_in_table && is_toml(comment));
        result.push_str(hidden.unwrap_or(line));
        result.push('\n');
    }
    result
}

/// A table's head, or a key and its value.
fn is_toml(text: &str) -> bool {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let key = text.split_once(" = ").map(|(key, _)| key);
    text.starts_with('[') || key.is_some_and(|key| !key.is_empty() && key.chars().all(is_key))
}

/// Paths are relative to the file, which is in another directory now.
fn beside_the_worker(text: &str) -> String {
    text.replace("\"build/worker/", "\"worker/").replace("\"src\"", "\"../src\"")
}

#[cfg(test)]
mod tests {
    use super::switched_on;

    #[test]
    fn only_tables_in_comments_are_switched_on() {
        let text = "a = 1\n# b = 2\n\n# Needs this:\n# [[c]]\n# d = 3   # why\n# And prose, or a = b.\n#\n# [e]\n# f = 4\n\n# g = 5\n";
        let expected = "a = 1\n# b = 2\n\n# Needs this:\n[[c]]\nd = 3   # why\n# And prose, or a = b.\n#\n[e]\nf = 4\n\n# g = 5\n";
        assert_eq!(switched_on(text), expected);
    }
}

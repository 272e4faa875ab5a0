//! `cargo xtask docs`: what is written from the table of schemes that the code uses. `docs/schemes.md` is made here.

use std::fs;
use std::time::Duration;

use anyhow::{Result, bail};
use countersign::scheme::{
    ALL, DedupeKey, Encoding, Part, Replays, Scheme, SecretFormat, SignatureSyntax, TimestampFormat,
};

use crate::args::Args;
use crate::{step, tools, typescript};

pub(crate) const HELP: &str = "\
usage: cargo xtask docs [--check]

Writes docs/schemes.md, and for the npm package pkg/src/generated.ts and pkg/src/cli/generated.ts, from src/scheme, the
error codes, and the compatibility date in wrangler.toml.

  --check   write nothing; fail if a file is out of date";

/// A file that is made, and what it holds.
type Made = (&'static str, fn() -> Result<String>);

const FILES: [Made; 3] = [
    ("docs/schemes.md", || Ok(page())),
    ("pkg/src/generated.ts", typescript::page),
    ("pkg/src/cli/generated.ts", typescript::details),
];

pub(crate) fn command(mut args: Args) -> Result<()> {
    let check = args.flag("--check");
    args.finish()?;
    if check { verify() } else { write() }
}

/// Writes the files.
pub(crate) fn write() -> Result<()> {
    for (file, text) in FILES {
        step::call(file, || {
            let text = text()?;
            let path = tools::root().join(file);
            // Written only when it changes: what was made from it stays valid.
            if fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
                fs::write(path, text)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Fails if a file isn't what would be written.
pub(crate) fn verify() -> Result<()> {
    for (file, text) in FILES {
        step::call(&format!("{file} is in step with src"), || {
            let found = fs::read_to_string(tools::root().join(file)).ok();
            if found == Some(text()?) {
                return Ok(());
            }
            bail!("out of date: run `cargo xtask docs` and commit {file}")
        })?;
    }
    Ok(())
}

fn page() -> String {
    let names = ALL.iter().map(|scheme| format!("- [{}](#{})\n", scheme.title, anchor(scheme)));
    let sections = ALL.iter().map(|scheme| section(scheme));
    format!(
        "<!-- Made from src/scheme by `cargo xtask docs`. Change it there. -->\n\
         # Schemes\n\n\
         How each provider signs and delivers, exactly as the code has it.\n\n{}{}",
        names.collect::<String>(),
        sections.collect::<String>()
    )
}

fn anchor(scheme: &Scheme) -> String {
    scheme.title.to_lowercase().replace(' ', "-")
}

fn section(scheme: &Scheme) -> String {
    let rows = rows(scheme).into_iter().map(|(name, value)| format!("| {name} | {value} |\n"));
    format!(
        "\n## {}\n\n`scheme = \"{}\"`\n\n| | |\n|---|---|\n{}{}",
        scheme.title,
        scheme.name,
        rows.collect::<String>(),
        catalogue(scheme)
    )
}

fn rows(scheme: &Scheme) -> Vec<(&'static str, String)> {
    let mut rows = signing(scheme);
    rows.extend(delivering(scheme));
    rows
}

/// How it signs, in words.
pub(crate) fn signing(scheme: &Scheme) -> Vec<(&'static str, String)> {
    vec![
        ("signature", signature(scheme)),
        ("signature's algorithm", "HMAC-SHA-256".to_owned()),
        ("signed content", signed_content(scheme)),
        ("timestamp", timestamp(scheme)),
        ("event id", header_or(scheme.event_id, "none", "signed")),
        ("event type", event_type(scheme)),
        ("secret", secret(scheme.secret)),
    ]
}

fn delivering(scheme: &Scheme) -> Vec<(&'static str, String)> {
    let delivery = &scheme.delivery;
    vec![
        ("acknowledge within", duration(delivery.acknowledge_within)),
        ("retries", delivery.retries.to_string()),
        ("retry schedule", delivery.schedule.to_owned()),
        ("retried for", duration(delivery.retried_for)),
        ("dedupe key", dedupe_key(scheme.dedupe.key).to_owned()),
        ("dedupe window", duration(scheme.dedupe.window)),
        ("a copy after delivery", replays(scheme.dedupe.replays)),
    ]
}

fn signature(scheme: &Scheme) -> String {
    let header = scheme.signature.header;
    let tag = match scheme.signature.encoding {
        Encoding::Base64 => "<base64>",
        Encoding::Hex => "<hex>",
        _ => "<tag>",
    };
    match scheme.signature.syntax {
        SignatureSyntax::Versioned { version, assign, separator } => format!(
            "`{header}: {version}{assign}{tag}`, several separated by {}",
            if separator == ' ' { "a space".to_owned() } else { format!("`{separator}`") }
        ),
        _ => format!("`{header}: {tag}`"),
    }
}

fn signed_content(scheme: &Scheme) -> String {
    let part = |part: &Part| match part {
        Part::Dot => ".",
        Part::EventId => "<event id>",
        Part::Timestamp => "<timestamp>",
        _ => "<?>",
    };
    format!("`{}<body>`", scheme.signed.iter().map(part).collect::<String>())
}

fn timestamp(scheme: &Scheme) -> String {
    let Some(timestamp) = scheme.timestamp else { return "none".to_owned() };
    let format = match timestamp.format {
        TimestampFormat::Rfc3339 => "RFC 3339 with a zone",
        TimestampFormat::UnixSeconds => "Unix seconds",
        _ => "RFC 3339 without a zone",
    };
    format!("`{}`, {format}", timestamp.header)
}

fn event_type(scheme: &Scheme) -> String {
    let body = "the body's `type`, else `event` (signed)";
    match scheme.event_type {
        Some(header) => format!("{body}; else `{header}` (not signed)"),
        None => body.to_owned(),
    }
}

fn header_or(header: Option<&str>, none: &str, remark: &str) -> String {
    header.map_or_else(|| none.to_owned(), |header| format!("`{header}` ({remark})"))
}

fn secret(format: SecretFormat) -> String {
    match format {
        SecretFormat::Base64 { prefix } => format!("base64, with or without `{prefix}` before it"),
        SecretFormat::Utf8 => "text, used as it is".to_owned(),
        _ => "see the code".to_owned(),
    }
}

fn dedupe_key(key: DedupeKey) -> &'static str {
    match key {
        DedupeKey::EventId => "the event id",
        DedupeKey::TypeAndBody => {
            "the event type if it is in the catalogue, and SHA-256 of the body"
        }
        _ => "see the code",
    }
}

fn replays(replays: Replays) -> String {
    match replays {
        Replays::Deliver { after } => format!(
            "dropped; from {} after delivery on it counts as a replay, and is delivered, marked",
            duration(after)
        ),
        _ => "dropped".to_owned(),
    }
}

/// `106 h 36 min`, `15 s`, `5 days`.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds > 0 && seconds.is_multiple_of(86_400) && seconds > 86_400 {
        return format!("{} days", seconds / 86_400);
    }
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let shown = parts.iter().filter(|(count, _)| *count > 0);
    shown.map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" ")
}

fn catalogue(scheme: &Scheme) -> String {
    if scheme.catalogue.is_empty() {
        return "\nIt has no catalogue of event types.\n".to_owned();
    }
    let names = scheme.catalogue.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    format!("\nEvent types that are documented; others are delivered too:\n{}.\n", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{duration, page};
    use std::time::Duration;

    #[test]
    fn durations_are_shown_as_people_say_them() {
        assert_eq!(duration(Duration::from_secs(15)), "15 s");
        assert_eq!(duration(Duration::from_secs(106 * 3600 + 36 * 60)), "106 h 36 min");
        assert_eq!(duration(Duration::from_secs(5 * 86_400)), "5 days");
    }

    #[test]
    fn every_scheme_has_its_section() {
        let page = page();
        assert!(page.contains("## Peeker\n\n`scheme = \"peeker\"`"));
        assert!(page.contains("`<timestamp>.<event id>.<body>`"));
    }
}

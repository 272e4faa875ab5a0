//! What was counted, and how it differs from what was counted before.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

/// By what was measured, and what of it: `verify, wasm, 1 KiB` and `instructions`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Figures(BTreeMap<String, BTreeMap<String, u64>>);

impl Figures {
    /// From what replay.py says, and sizes in bytes.
    pub(super) fn new(requests: &Value, sizes: &[(&'static str, u64)]) -> Result<Self> {
        let mut figures = Self::of_value(requests)?;
        for (name, bytes) in sizes {
            figures.0.insert((*name).to_owned(), BTreeMap::from([(BYTES.to_owned(), *bytes)]));
        }
        Ok(figures)
    }

    pub(super) fn of_json(text: &str) -> Result<Self> {
        Self::of_value(&serde_json::from_str(text)?)
    }

    pub(super) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(&self.0)? + "\n")
    }

    pub(super) fn count(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Everything that is not what it was, with some tolerance.
    pub(super) fn changes_since(&self, baseline: &Self) -> Vec<Change> {
        let (now, before) = (self.flat(), baseline.flat());
        let names = before.keys().chain(now.keys().filter(|key| !before.contains_key(*key)));
        let change = |key: &(String, String)| Change {
            subject: key.0.clone(),
            what: key.1.clone(),
            before: before.get(key).copied(),
            now: now.get(key).copied(),
        };
        names.map(change).filter(Change::matters).collect()
    }

    fn flat(&self) -> BTreeMap<(String, String), u64> {
        let entries = self.0.iter().flat_map(|(subject, counts)| {
            counts.iter().map(|(what, count)| ((subject.clone(), what.clone()), *count))
        });
        entries.collect()
    }

    fn of_value(value: &Value) -> Result<Self> {
        let subjects = value.as_object().context("no figures")?;
        let counts = |(name, counts): (&String, &Value)| {
            let counts = counts.as_object().with_context(|| format!("{name}: no counts"))?;
            Ok((name.clone(), self::counts(counts)?))
        };
        subjects.iter().map(counts).collect::<Result<_>>().map(Self)
    }
}

fn counts(counts: &Map<String, Value>) -> Result<BTreeMap<String, u64>> {
    let count = |(what, count): (&String, &Value)| {
        Ok((what.clone(), count.as_u64().with_context(|| format!("{what}: {count}"))?))
    };
    counts.iter().map(count).collect()
}

/// A table.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<42}{:>14}{:>8}{:>14}", "", COLUMNS[0], COLUMNS[1], COLUMNS[2])?;
        for (subject, counts) in &self.0 {
            let cell = |what: &str| counts.get(what).map(u64::to_string).unwrap_or_default();
            match counts.get(BYTES) {
                Some(bytes) => writeln!(f, "{subject:<42}{bytes:>14} bytes")?,
                None => writeln!(
                    f,
                    "{subject:<42}{:>14}{:>8}{:>14}",
                    cell(COLUMNS[0]),
                    cell(COLUMNS[1]),
                    cell(COLUMNS[2])
                )?,
            }
        }
        Ok(())
    }
}

const COLUMNS: [&str; 3] = ["instructions", "calls", "allocations"];
const BYTES: &str = "bytes";

/// A figure then and now, if it was and is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    subject: String,
    what: String,
    before: Option<u64>,
    now: Option<u64>,
}

impl Change {
    /// Whether it costs more now. A figure that is new, or gone, is no gain either.
    pub(super) fn is_loss(&self) -> bool {
        match (self.before, self.now) {
            (Some(before), Some(now)) => now > before,
            _ => true,
        }
    }

    fn matters(&self) -> bool {
        let percent = if EXACT.contains(&self.what.as_str()) { 0 } else { TOLERANCE_PERCENT };
        match (self.before, self.now) {
            (Some(before), Some(now)) => before.abs_diff(now) * 100 > before * percent,
            _ => true,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, what, .. } = self;
        match (self.before, self.now) {
            (Some(0), Some(now)) => write!(f, "{subject}: {what} from 0 to {now}"),
            (Some(before), Some(now)) => {
                let percent = (now as f64 / before as f64 - 1.0) * 100.0;
                write!(f, "{subject}: {what} from {before} to {now} ({percent:+.1} %)")
            }
            (None, Some(now)) => write!(f, "{subject}: {what} {now}, and the baseline has none"),
            (_, None) => write!(f, "{subject}: {what} in the baseline only"),
        }
    }
}

/// What nobody but us decides.
const EXACT: [&str; 2] = ["allocations", "calls"];

/// A new compiler moves a few instructions, another home directory a few bytes.
const TOLERANCE_PERCENT: u64 = 3;

#[cfg(test)]
mod tests {
    use super::Figures;

    fn changes(before: &str, now: &str) -> Vec<String> {
        let figures =
            |counts: &str| Figures::of_json(&format!(r#"{{"verify":{counts}}}"#)).unwrap();
        let changes = figures(now).changes_since(&figures(before));
        changes.iter().map(|change| format!("{} {change}", change.is_loss())).collect()
    }

    #[test]
    fn three_percent_are_tolerated_in_both_directions() {
        let before = r#"{"instructions":1000}"#;
        assert!(changes(before, r#"{"instructions":1030}"#).is_empty());
        assert!(changes(before, r#"{"instructions":970}"#).is_empty());
        assert_eq!(
            changes(before, r#"{"instructions":1031}"#),
            ["true verify: instructions from 1000 to 1031 (+3.1 %)"]
        );
        assert_eq!(
            changes(before, r#"{"instructions":969}"#),
            ["false verify: instructions from 1000 to 969 (-3.1 %)"]
        );
    }

    #[test]
    fn one_call_more_is_told() {
        assert_eq!(
            changes(r#"{"calls":5}"#, r#"{"calls":6}"#),
            ["true verify: calls from 5 to 6 (+20.0 %)"]
        );
        assert_eq!(
            changes(r#"{"calls":100}"#, r#"{"calls":99}"#),
            ["false verify: calls from 100 to 99 (-1.0 %)"]
        );
        assert_eq!(
            changes(r#"{"allocations":0}"#, r#"{"allocations":1}"#),
            ["true verify: allocations from 0 to 1"]
        );
    }

    #[test]
    fn what_is_new_or_gone_is_told() {
        assert_eq!(changes(r#"{"calls":5}"#, "{}"), ["true verify: calls in the baseline only"]);
        assert_eq!(
            changes("{}", r#"{"calls":5}"#),
            ["true verify: calls 5, and the baseline has none"]
        );
    }
}

//! Tables for people, and JSON.

use serde_json::{Value, json};

use crate::machine::Machine;
use crate::slices::{Figure, Measured, RUNS};
use crate::statistics::Spread;

/// Prints a table for each group, and whether the targets are reached.
pub(crate) fn print(groups: &[Measured]) {
    for group in groups {
        let first = group.candidates.first().copied().unwrap_or_default();
        println!(
            "\n{}: time over that of `{first}`, in the same round. Median of {RUNS} runs (10 % - 90 % of all rounds)",
            group.group
        );
        println!("{}", row("", group.sizes.iter().map(|(size, _)| (*size).to_owned())));
        let nanos =
            group.sizes.iter().map(|(_, figures)| format!("{:.0} ns", figures[0].nanos.median));
        println!("{}", row(first, nanos));
        for (at, name) in group.candidates.iter().enumerate().skip(1) {
            let ratios = group.sizes.iter().map(|(_, figures)| shown(&figures[at].ratio));
            println!("{}", row(name, ratios));
        }
    }
    println!();
    targets(groups).iter().for_each(|target| println!("{target}"));
}

/// All figures.
pub(crate) fn json(groups: &[Measured], rounds: usize) -> Value {
    let machine = Machine::here();
    let crates = machine.crates.iter().map(|(name, version)| ((*name).to_owned(), json!(version)));
    json!({
        "processor": machine.processor,
        "cores": machine.cores,
        "shaInstructions": machine.has_sha_instructions,
        "rustc": machine.rustc,
        "crates": crates.collect::<serde_json::Map<_, _>>(),
        "runs": RUNS,
        "roundsPerRun": rounds,
        "groups": groups.iter().map(group).collect::<Vec<_>>(),
        "targets": targets(groups),
    })
}

fn group(group: &Measured) -> Value {
    let figures = |(size, figures): &(&str, Vec<Figure>)| {
        let entries = group.candidates.iter().zip(figures).map(|(name, figure)| {
            json!({ "candidate": name, "nanos": spread(&figure.nanos), "ratio": spread(&figure.ratio) })
        });
        json!({ "size": size, "candidates": entries.collect::<Vec<_>>() })
    };
    json!({ "group": group.group, "sizes": group.sizes.iter().map(figures).collect::<Vec<_>>() })
}

fn spread(spread: &Spread) -> Value {
    json!({ "median": spread.median, "p10": spread.p10, "p90": spread.p90 })
}

/// What the core is to reach, and whether it does: at least so much of the speed of ring by hand.
fn targets(groups: &[Measured]) -> Vec<String> {
    let reached = |(size, least): &(&str, f64)| {
        let group = groups.iter().find(|group| group.group == "verify")?;
        let at = group.candidates.iter().position(|name| *name == "ring by hand")?;
        let (_, figures) = group.sizes.iter().find(|(name, _)| name == size)?;
        let ratio = figures.get(at)?.ratio.median;
        let verdict = if ratio >= *least { "reached" } else { "not reached" };
        Some(format!("target at {size}: {least:.2} of ring's speed. It is {ratio:.2}: {verdict}"))
    };
    TARGETS.iter().filter_map(reached).collect()
}

const TARGETS: [(&str, f64); 5] =
    [("256 B", 0.85), ("4 KiB", 0.97), ("16 KiB", 0.97), ("64 KiB", 0.97), ("1 MiB", 0.97)];

fn row(name: &str, cells: impl Iterator<Item = String>) -> String {
    let cells = cells.map(|cell| format!("{cell:>18}")).collect::<String>();
    format!("{name:<20}{cells}")
}

fn shown(ratio: &Spread) -> String {
    format!("{:.2} ({:.2}-{:.2})", ratio.median, ratio.p10, ratio.p90)
}

//! `cargo xtask cost`: what a verification by the npm package costs, in numbers that no other load on the machine can
//! change.

mod figures;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::figures::{Change, Figures};
use crate::args::Args;
use crate::package::Package;
use crate::{package, setup, step, tools, wasm};

pub(crate) const HELP: &str = "\
usage: cargo xtask cost [--bless]

Counts what requests cost that the built npm package verifies, accepted and refused, from 0 bytes to 64 KiB, and compares
that with tests/cost/baseline.json:

  instructions  in verifier.wasm as it is shipped
  calls         between JavaScript and WebAssembly, in both directions
  allocations   in WebAssembly
  bytes         of verifier.wasm, and of an application's `import { Verifier }`

Node.js runs the package, and everything that crosses the boundary is recorded; wasmtime does the same again, returns the
same, and counts. No time is measured, so the figures are the same on every machine. Fails if instructions or bytes are
more than 3 % more than in the baseline, or calls or allocations more at all. Also if they are that much less: as long as
the baseline has the old figure, what was won can be lost again, and nobody would see it.

  --bless   writes the figures into the baseline, and says what has changed";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let is_blessed = args.flag("--bless");
    args.finish()?;
    let figures = measure()?;
    println!("\n{figures}");
    if is_blessed { bless(&figures) } else { compare(&figures) }
}

/// For `cargo xtask ci`.
pub(crate) fn guard() -> Result<()> {
    step::heading("cost");
    compare(&measure()?)
}

fn measure() -> Result<Figures> {
    let package = package::build()?;
    let python = setup::wasmtime()?;
    let place = tools::root().join("build/cost");
    fs::create_dir_all(&place)?;
    let trace = record(&package.dist, &place)?;
    let requests = replay(&python, &trace, &package.dist, &place)?;
    Figures::new(&requests, &sizes(&package)?)
}

/// Lets the package verify, and writes down all that crosses the boundary.
fn record(dist: &Path, place: &Path) -> Result<PathBuf> {
    let trace = place.join("trace.json");
    let mut node = tools::node_bin("node")?;
    node.arg("tests/cost/record.mjs").arg(dist).arg(&trace);
    step::run("node tests/cost/record.mjs", &mut node)?;
    Ok(trace)
}

/// Does it again, and counts.
fn replay(python: &Path, trace: &Path, dist: &Path, place: &Path) -> Result<Value> {
    let counting = package::counting_verifier(&place.join("counting"), "allocations")?;
    let output = place.join("figures.json");
    let mut replay = Command::new("python3");
    replay.current_dir(tools::root()).env("PYTHONPATH", python).arg("-B");
    replay.arg("tests/cost/replay.py").arg(trace).arg(dist.join("verifier.wasm"));
    step::run("python3 tests/cost/replay.py", replay.arg(counting).arg(&output))?;
    Ok(serde_json::from_str(&fs::read_to_string(output)?)?)
}

fn sizes(package: &Package) -> Result<Vec<(&'static str, u64)>> {
    let size = wasm::sizes(&[package.dist.join("verifier.wasm")])?;
    let size = size.first().context("verifier.wasm has no size")?;
    Ok(vec![
        ("verifier.wasm", size.raw),
        ("verifier.wasm, gzip", size.gzip),
        ("import { Verifier }, gzip", package.gzip),
    ])
}

fn compare(figures: &Figures) -> Result<()> {
    let changes = figures.changes_since(&baseline()?);
    if changes.is_empty() {
        println!("   {} figures are as in the baseline", figures.count());
        return Ok(());
    }
    let (larger, smaller): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.is_loss());
    println!();
    show("costs more than the baseline allows", &larger);
    show("costs less than in the baseline", &smaller);
    let advice = if larger.is_empty() {
        "That is good. `cargo xtask cost --bless` keeps it; commit tests/cost/baseline.json"
    } else {
        "Find out why. If it is worth it, `cargo xtask cost --bless`, commit tests/cost/baseline.json, and say in the \
         commit what is gained"
    };
    bail!("{} of {} figures are not as in the baseline. {advice}", changes.len(), figures.count())
}

fn bless(figures: &Figures) -> Result<()> {
    let changes = baseline().map(|baseline| figures.changes_since(&baseline)).unwrap_or_default();
    show("has changed", &changes.iter().collect::<Vec<_>>());
    fs::write(path(), figures.to_json()?)?;
    println!("tests/cost/baseline.json has {} figures", figures.count());
    Ok(())
}

fn show(title: &str, changes: &[&Change]) {
    if !changes.is_empty() {
        println!("{title}:");
        changes.iter().for_each(|change| println!("  {change}"));
    }
}

fn baseline() -> Result<Figures> {
    let text = fs::read_to_string(path())
        .context("tests/cost/baseline.json: `cargo xtask cost --bless` writes it")?;
    Figures::of_json(&text)
}

fn path() -> PathBuf {
    tools::root().join("tests/cost/baseline.json")
}

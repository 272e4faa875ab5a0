//! `cargo xtask faults`: do the tests have teeth? Known mistakes are put into a copy of the source, one at a time, and
//! the tests have to fail.

mod boundary;
mod json;
mod mutant;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

pub(crate) use self::mutant::Mutant;
use self::table::{Check, Fault};
use crate::args::Args;
use crate::step::Outcome;
use crate::worker::Recipe;
use crate::{counts, package, setup, step, test, tools, tree};

pub(crate) const HELP: &str = "\
usage: cargo xtask faults [NAME…] [--list]

Puts known mistakes into a copy of the source in target/faults, one at a time, and runs the tests, which have to fail.
Prints which test caught which fault. Without names: all of them.

  --list   only say what there is";

pub(crate) fn command(mut args: Args) -> Result<()> {
    if args.flag("--list") {
        args.finish()?;
        every().for_each(|fault| println!("{:<24} {}", fault.name, fault.what));
        return Ok(());
    }
    let names = std::iter::from_fn(|| args.word()).collect::<Vec<_>>();
    args.finish()?;
    let chosen = names.iter().map(|name| find(name)).collect::<Result<Vec<_>>>()?;
    if chosen.is_empty() { all() } else { run(&chosen) }
}

/// Every fault in the table.
pub(crate) fn all() -> Result<()> {
    run(&every().collect::<Vec<_>>())
}

fn every() -> impl Iterator<Item = &'static Fault> {
    [table::FAULTS, json::FAULTS, boundary::FAULTS].into_iter().flatten()
}

fn find(name: &str) -> Result<&'static Fault> {
    let names = || every().map(|fault| fault.name).collect::<Vec<_>>().join(", ");
    let found = every().find(|fault| fault.name == name);
    found.with_context(|| format!("there is no fault `{name}`: {}", names()))
}

fn run(faults: &[&'static Fault]) -> Result<()> {
    step::heading("faults");
    setup::wasm_target()?;
    setup::node_modules()?;
    let mut mutant = Mutant::unchanged()?;
    if !tree::has_passed() {
        baseline(&mutant, faults)?;
    }
    let mut rows = Vec::new();
    for fault in faults {
        mutant.become_faulty(fault)?;
        rows.push((fault, caught_by(&mutant, fault)?));
        mutant.recover()?;
    }
    println!();
    for (fault, tests) in &rows {
        println!("   {:<24} {}", fault.name, summary(tests));
    }
    let missed = rows.iter().filter(|(_, tests)| tests.is_empty()).count();
    if missed > 0 { bail!("{missed} of {} faults caught by no test", rows.len()) } else { Ok(()) }
}

/// A test that fails without any fault would seem to catch them all.
fn baseline(mutant: &Mutant, faults: &[&Fault]) -> Result<()> {
    let mut checks = faults.iter().map(|fault| fault.check).collect::<Vec<_>>();
    checks.sort();
    checks.dedup();
    for check in checks {
        let outcome = perform(mutant, check, "without a fault")?;
        if !outcome.status.success() {
            step::show(&outcome.output)?;
            bail!(
                "the tests fail without any fault: {}",
                counts::failed(&outcome.output).join(", ")
            );
        }
    }
    Ok(())
}

fn caught_by(mutant: &Mutant, fault: &Fault) -> Result<Vec<String>> {
    let outcome = perform(mutant, fault.check, fault.name)?;
    let failed = counts::failed(&outcome.output);
    if !outcome.status.success() && failed.is_empty() {
        step::show(&outcome.output)?;
        bail!("{}: the tests did not run to their end", fault.name);
    }
    Ok(failed)
}

fn perform(mutant: &Mutant, check: Check, what: &str) -> Result<Outcome> {
    match check {
        Check::Native => cargo_test(mutant, what, "testing", &["--lib", "--tests"], ""),
        Check::Unit(module) => cargo_test(mutant, what, "testing", &["--lib"], module),
        Check::Only(file, filter) => {
            cargo_test(mutant, what, "sabotage", &["--test", file], filter)
        }
        Check::Worker(files) => in_workerd(mutant, what, files),
        Check::Package(files) => of_package(mutant, what, files, &[]),
        Check::Suite(sections) => of_package(mutant, what, &[SECTIONS], sections),
    }
}

fn cargo_test(
    mutant: &Mutant,
    what: &str,
    features: &str,
    targets: &[&str],
    filter: &str,
) -> Result<Outcome> {
    let cargo = || {
        let mut cargo = tools::cargo();
        cargo.current_dir(mutant.tree()).env("CARGO_TARGET_DIR", target_dir());
        cargo.args(["test", "--package", "countersign", "--features", features]).args(targets);
        cargo
    };
    step::run(&format!("{what}: compile"), cargo().arg("--no-run"))?;
    let mut tests = cargo();
    tests.args(["--no-fail-fast", "--", filter, "--skip", COUNTS_ALLOCATIONS]);
    step::observe(&format!("{what}: cargo test"), &mut tests)
}

fn in_workerd(mutant: &Mutant, what: &str, files: &[&str]) -> Result<Outcome> {
    let output = mutant.tree().join("build/worker");
    let recipe = Recipe {
        tree: mutant.tree().to_path_buf(),
        target_dir: target_dir(),
        stage: mutant.tree().join("build/stage"),
        output: output.clone(),
        profile: "dev".to_owned(),
        features: None,
    };
    recipe.run()?;
    let files = files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>();
    let mut node = test::node_test(&files, None)?;
    node.current_dir(mutant.tree()).env("COUNTERSIGN_WORKER_DIR", output);
    step::observe(&format!("{what}: node --test {}", files.join(" ")), &mut node)
}

fn of_package(mutant: &Mutant, what: &str, files: &[&str], sections: &[&str]) -> Result<Outcome> {
    let project = package::quick(mutant.tree(), &target_dir())?;
    let files = files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>();
    let mut node = test::node_test(&files, None)?;
    node.current_dir(mutant.tree()).env("COUNTERSIGN_PROJECT", project);
    node.env("COUNTERSIGN_SECTIONS", sections.join(","));
    let label = format!("{what}: node --test {} {}", files.join(" "), sections.join(" "));
    step::observe(label.trim_end(), &mut node)
}

/// Runs the sections of the package's suite that the environment names.
const SECTIONS: &str = "pkg/test/node/sections.mjs";

/// A test that fails when an allocation is saved or added, which says nothing about the fault.
const COUNTS_ALLOCATIONS: &str = "a_request_takes_so_many_allocations";

/// Shared by all mutants, so that only what they change is compiled again.
fn target_dir() -> PathBuf {
    tools::target_dir().join("faults/target")
}

fn summary(tests: &[String]) -> String {
    match tests {
        [] => "NOT CAUGHT".to_owned(),
        [first] => format!("caught by {first}"),
        [first, second] => format!("caught by {first}; {second}"),
        [first, second, rest @ ..] => format!("caught by {first}; {second}; {} more", rest.len()),
    }
}

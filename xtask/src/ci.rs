//! `cargo xtask ci`: everything that has to hold before a change is merged.

use anyhow::{Result, bail};

use crate::args::Args;
use crate::{bench, chaos, cost, demo, deployment, faults, fuzz, lint, step, test, tools, tree};

pub(crate) const HELP: &str = "\
usage: cargo xtask ci

Everything: lint, the tests (unless `cargo xtask test` has passed since any file changed), what a verification costs
compared with the baseline, licences and sources of dependencies, a short kill test, faults put into the code to see the tests catch them, a short fuzz, the demo, a
deployment's dry run without and with the inbox, and what would be published of the crate.";

pub(crate) fn command(args: Args) -> Result<()> {
    args.finish()?;
    lint::lint()?;
    tests()?;
    cost::guard()?;
    dependencies()?;
    deployment::rehearse()?;
    published()?;
    demo::play()?;
    chaos::smoke()?;
    fuzz::smoke()?;
    faults::all()?;
    println!("\nci: all passed");
    Ok(())
}

fn tests() -> Result<()> {
    if tree::has_passed() {
        step::heading("tests: passed before, and no file has changed since");
        return Ok(());
    }
    println!("\n{}", test::run(None, None)?);
    Ok(())
}

fn dependencies() -> Result<()> {
    step::heading("dependencies");
    let has_deny = || {
        tools::cargo()
            .args(["deny", "--version"])
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !has_deny() {
        let arguments = ["install", "cargo-deny", "--locked"];
        step::run("cargo install cargo-deny (once, some minutes)", tools::cargo().args(arguments))?;
    }
    let arguments = ["deny", "--all-features", "check", "bans", "licenses", "sources"];
    step::run("cargo deny check bans licenses sources", tools::cargo().args(arguments))?;
    bench::core::dependencies()
}

/// What `cargo publish` would upload: the sources and nothing else.
fn published() -> Result<()> {
    step::heading("crate");
    let arguments = ["package", "--package", "countersign", "--list", "--allow-dirty"];
    let listed = step::run("cargo package --list", tools::cargo().args(arguments))?;
    let files = listed.lines().collect::<Vec<_>>();
    for needed in ["Cargo.toml", "README.md", "LICENSE-APACHE", "LICENSE-MIT", "src/lib.rs"] {
        if !files.contains(&needed) {
            bail!("the crate lacks {needed}");
        }
    }
    let stray = files.iter().find(|file| {
        ["xtask/", "benches/", "fuzz/", "node_modules/", "pkg/", "build/", ".ci/"]
            .iter()
            .any(|part| file.starts_with(part))
    });
    match stray {
        Some(file) => bail!("the crate contains {file}"),
        None => Ok(()),
    }
}

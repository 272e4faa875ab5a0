//! `cargo xtask test`: what a contributor runs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::counts::Counts;
use crate::{docs, package, setup, step, tools, tree, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask test [native|worker|package] [--filter TEXT]

Runs the tests, and prints how many there were. Without a word, all of them:

  native   the core and the pure part of the gateway; properties and the vectors; doctests
  worker   the built Worker in local workerd, with its storage on disk and a real origin
  package  the packed npm package: the vectors and what else must hold on every runtime, in fresh projects; what is in
           it; its types; its examples; countersign/dedupe in real databases; the gateway in `wrangler dev`, without Rust

  --filter TEXT   only tests whose name contains this; the package's suite runs on one Node.js alone";

const PARTS: [&str; 3] = ["native", "worker", "package"];

pub(crate) fn command(mut args: Args) -> Result<()> {
    let part = args.word();
    let filter = args.option::<String>("--filter")?;
    args.finish()?;
    if let Some(unknown) = part.as_deref().filter(|part| !PARTS.contains(part)) {
        bail!("there is no part `{unknown}`: native, worker or package");
    }
    let counts = run(part.as_deref(), filter.as_deref())?;
    println!("\n{counts}");
    Ok(())
}

/// Runs one part, or all.
pub(crate) fn run(part: Option<&str>, filter: Option<&str>) -> Result<Counts> {
    let wanted = |name: &str| part.is_none_or(|part| part == name);
    let mut counts = Counts::default();
    if wanted("native") {
        counts.add("native", native(filter)?);
    }
    if wanted("worker") {
        counts.add("worker", in_workerd(filter)?);
    }
    if wanted("package") {
        counts.add("package", package(filter)?);
    }
    if part.is_none() && filter.is_none() {
        tree::remember_passed()?;
    }
    Ok(counts)
}

fn native(filter: Option<&str>) -> Result<String> {
    step::heading("native");
    if std::env::var_os("CI").is_some() { docs::verify() } else { docs::write() }?;
    let mut cargo = tools::cargo();
    cargo.args([
        "test",
        "--package",
        "countersign",
        "--features",
        "deployment,testing,sabotage",
        "--no-fail-fast",
        "--",
    ]);
    cargo.args(filter).arg("--show-output");
    let output = step::run("cargo test", &mut cargo)?;
    let own = step::run("cargo test, xtask", tools::cargo().args(["test", "--package", "xtask"]))?;
    Ok(output + &own)
}

/// The npm package as it would be published: the suite on every runtime, its types, the examples in its documents, what
/// is in it, and what needs Node.js. The suite's projects are where the rest finds the package installed.
fn package(filter: Option<&str>) -> Result<String> {
    step::heading("package");
    let tarball = package::build()?.tarball;
    let node = |script: &str| -> Result<Command> {
        let mut node = tools::node_bin("node")?;
        node.arg(script).env("COUNTERSIGN_TARBALL", &tarball);
        Ok(node)
    };
    let mut suite = node("pkg/test/runtimes/run.mjs")?;
    let suite = match filter {
        None => suite.env("COUNTERSIGN_CHROMIUM", setup::chromium()?),
        Some(_) => suite.args(["--only", "node-24-esm"]),
    };
    let mut output = step::run("node pkg/test/runtimes/run.mjs", suite)?;
    let table = output.lines().skip_while(|line| !line.starts_with("runtime "));
    table.take_while(|line| !line.is_empty()).for_each(|line| println!("      {line}"));
    if filter.is_none() {
        for script in ["pkg/test-d/check.mjs", "pkg/test/docs/check.mjs"] {
            output += &step::run(&format!("node {script}"), &mut node(script)?)?;
        }
    }
    let mut tests = node_test(&test_files(&["pkg/test"])?, filter)?;
    tests.env("COUNTERSIGN_TARBALL", &tarball);
    tests.envs(databases(filter.is_none())?);
    output += &step::run("node --test pkg/test", &mut tests)?;
    Ok(output)
}

/// The databases that tests start, installed if all tests run. Of a few tests, those that need one say so.
fn databases(all: bool) -> Result<Vec<(&'static str, PathBuf)>> {
    if all {
        return Ok(vec![
            ("COUNTERSIGN_REDIS", setup::redis()?),
            ("COUNTERSIGN_POSTGRES", setup::postgres()?),
        ]);
    }
    let found =
        [("COUNTERSIGN_REDIS", tools::redis()), ("COUNTERSIGN_POSTGRES", tools::postgres())];
    Ok(found.into_iter().filter_map(|(name, path)| Some((name, path?))).collect())
}

fn in_workerd(filter: Option<&str>) -> Result<String> {
    step::heading("worker");
    let directory = worker::build("worker")?;
    let mut node = node_test(&test_files(&["src/cloudflare", "tests/worker"])?, filter)?;
    node.env("COUNTERSIGN_WORKER_DIR", directory);
    // examples/origin-node is installed as anybody would install it.
    node.env("COUNTERSIGN_TARBALL", package::build()?.tarball);
    step::run("node --test tests/worker", &mut node)
}

/// node's test runner. A test that hangs fails after four minutes. Most of them wait for workerd, so that several files at
/// once pay also on a small machine.
pub(crate) fn node_test(files: &[String], filter: Option<&str>) -> Result<Command> {
    let mut node = tools::node_bin("node")?;
    node.args(["--test", "--test-reporter=spec", "--test-timeout=240000", "--test-force-exit"]);
    node.arg("--test-concurrency=3");
    match filter {
        // What stands behind the files is not for node.
        Some(text) => node.arg(format!("--test-name-pattern={text}")).args(with_text(files, text)?),
        None => node.args(files),
    };
    Ok(node)
}

/// The files that have this text: others would be set up for nothing. All of them if none has it, because a test's name may
/// be put together.
fn with_text(files: &[String], text: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in files {
        let content = fs::read_to_string(tools::root().join(file)).with_context(|| file.clone())?;
        if content.contains(text) {
            found.push(file.clone());
        }
    }
    Ok(if found.is_empty() { files.to_vec() } else { found })
}

/// Every `.test.mjs` in these directories and below.
fn test_files(directories: &[&str]) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for directory in directories {
        files.extend(tree::files_under(&tools::root().join(directory))?);
    }
    let shown = |file: &PathBuf| {
        let file = file.strip_prefix(tools::root()).ok()?.to_str()?;
        file.ends_with(".test.mjs").then(|| file.to_owned())
    };
    let mut files: Vec<_> = files.iter().filter_map(shown).collect();
    // The one that takes longest begins at once.
    files.sort_by_key(|file| !file.ends_with("inbox-poison.test.mjs"));
    Ok(files)
}

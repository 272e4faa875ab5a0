//! `cargo xtask test`: what a contributor runs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::bindgen::{Bindings, Glue};
use crate::counts::Counts;
use crate::{docs, setup, step, tools, tree, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask test [native|wasm|worker] [--filter TEXT]

Runs the tests, and prints how many there were. Without a word, all of them:

  native   the core and the pure part of the gateway; properties and the vectors; doctests
  wasm     the vectors again, compiled to wasm, by both digest paths
  worker   the built Worker in local workerd, with its storage on disk and a real origin

  --filter TEXT   only tests whose name contains this (native and worker)";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let part = args.word();
    let filter = args.option::<String>("--filter")?;
    args.finish()?;
    if let Some(unknown) =
        part.as_deref().filter(|part| !["native", "wasm", "worker"].contains(part))
    {
        bail!("there is no part `{unknown}`: native, wasm or worker");
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
    if wanted("wasm") {
        counts.add("wasm", wasm()?);
    }
    if wanted("worker") {
        counts.add("worker", in_workerd(filter)?);
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
        "testing",
        "--no-fail-fast",
        "--",
    ]);
    cargo.args(filter).arg("--show-output");
    let output = step::run("cargo test", &mut cargo)?;
    let own = step::run("cargo test, xtask", tools::cargo().args(["test", "--package", "xtask"]))?;
    Ok(output + &own)
}

/// The vectors, through the same code compiled to wasm.
fn wasm() -> Result<String> {
    step::heading("wasm");
    setup::wasm_target()?;
    setup::node_modules()?;
    let mut cargo = tools::cargo();
    cargo.args(["build", "--package", "countersign", "--lib", "--release"]);
    cargo.args(["--features", "js,testing", "--target", "wasm32-unknown-unknown"]);
    step::run("cargo build, wasm32, features js and testing", &mut cargo)?;
    let built = tools::target_dir().join("wasm32-unknown-unknown/release/countersign.wasm");
    let output = tools::root().join("build/corpus");
    step::call("wasm-bindgen", || Bindings::generate(&built, Glue::Node, &output))?;
    // The repository's package.json says that a .js file is an ES module; this one is CommonJS.
    fs::write(output.join("package.json"), "{ \"type\": \"commonjs\" }\n")?;
    step::run("node tests/wasm/corpus.mjs", tools::node_bin("node")?.arg("tests/wasm/corpus.mjs"))
}

fn in_workerd(filter: Option<&str>) -> Result<String> {
    step::heading("worker");
    let directory = worker::build("worker")?;
    let mut node = node_test(&test_files()?)?;
    node.env("COUNTERSIGN_WORKER_DIR", directory);
    node.args(filter.map(|filter| format!("--test-name-pattern={filter}")));
    step::run("node --test tests/worker", &mut node)
}

/// node's test runner. A test that hangs fails after four minutes. Most of them wait for workerd, so that several files at
/// once pay also on a small machine.
pub(crate) fn node_test(files: &[String]) -> Result<Command> {
    let mut node = tools::node_bin("node")?;
    node.args(["--test", "--test-reporter=spec", "--test-timeout=240000", "--test-force-exit"]);
    node.arg("--test-concurrency=3").args(files);
    Ok(node)
}

/// Every `.test.mjs` in `tests/worker`, and the entry's own.
fn test_files() -> Result<Vec<String>> {
    let mut files = vec!["src/cloudflare/entry.test.mjs".to_owned()];
    let mut directories = vec![PathBuf::from("tests/worker")];
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(tools::root().join(&directory));
        for entry in entries.with_context(|| directory.display().to_string())? {
            let path = directory.join(entry?.file_name());
            if tools::root().join(&path).is_dir() {
                directories.push(path);
            } else if path.to_string_lossy().ends_with(".test.mjs") {
                files.push(path.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

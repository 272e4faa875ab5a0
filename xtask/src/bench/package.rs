//! `cargo xtask bench package`: the npm package beside what people would use instead.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::args::Args;
use crate::{package, setup, step, tools};

const WORDS: [&str; 6] = ["node24", "node20", "deno", "bun", "workerd", "docs"];
const NUMBERS: [&str; 2] = ["--runs", "--rounds"];
const FLAGS: [&str; 2] = ["--quick", "--write-docs"];

pub(super) fn command(mut args: Args) -> Result<()> {
    let mut words = Vec::new();
    for name in NUMBERS {
        words.extend(args.count(name)?.map(|number| format!("{name}={number}")));
    }
    for name in ["--sizes", "--json"] {
        words.extend(args.option::<String>(name)?.map(|text| format!("{name}={text}")));
    }
    words.extend(FLAGS.into_iter().filter(|name| args.flag(name)).map(str::to_owned));
    while let Some(word) = args.word() {
        if !WORDS.contains(&word.as_str()) {
            bail!("there is no `{word}`: {}", WORDS.join(", "));
        }
        words.push(word);
    }
    args.finish()?;
    run(&words)
}

/// Runs benches/package/main.mjs. What it prints is seen as it comes.
fn run(words: &[String]) -> Result<()> {
    let project = if words.iter().any(|word| word == "docs") {
        setup::node_modules()?;
        PathBuf::new()
    } else {
        let tarball = package::build()?.tarball;
        setup::peers()?;
        install(&tarball)?
    };
    let mut node = tools::node_bin("node")?;
    node.arg("benches/package/main.mjs").args(words).env("COUNTERSIGN_PROJECT", project);
    let status = node.status()?;
    if status.success() { Ok(()) } else { bail!("benches/package/main.mjs: {status}") }
}

/// A project with the package in it, as anybody would install it, and nothing else.
fn install(tarball: &Path) -> Result<PathBuf> {
    let project = tools::root().join("build/bench-package/project");
    if project.exists() {
        fs::remove_dir_all(&project)?;
    }
    fs::create_dir_all(&project)?;
    fs::write(project.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    let mut npm = tools::npm()?;
    npm.current_dir(&project).args(["install", "--offline", "--ignore-scripts", "--no-audit"]);
    npm.args(["--no-fund", "--loglevel=error"]).arg(tarball);
    step::run("npm install countersign", &mut npm)?;
    Ok(project)
}

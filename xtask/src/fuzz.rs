//! `cargo xtask fuzz`: libFuzzer, with the pinned stable Rust.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::faults::Mutant;
use crate::{step, tools};

pub(crate) const HELP: &str = "\
usage: cargo xtask fuzz [--seconds N] [--target NAME] [--with-fault NAME]

Runs each fuzz target for 5 minutes, as many at once as there are cores. What they find is in
target/fuzz/artifacts; what they learn, in target/fuzz/corpus, is where the next run goes on.

  --seconds N         how long each target runs; default: 300
  --target NAME       only this one: config, destination_url, event_type, split_uniqueness, timestamp, verify_total
  --with-fault NAME   in a copy of the source with this fault put in (see `cargo xtask faults --list`); then
                      a finding is what is expected, and finding nothing fails";

const TARGETS: [&str; 6] =
    ["config", "destination_url", "event_type", "split_uniqueness", "timestamp", "verify_total"];

/// What cargo-fuzz passes, but for the sanitizer, which would need a nightly Rust. There is no unsafe code to look at.
const RUSTFLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let seconds = args.option::<u64>("--seconds")?.unwrap_or(300);
    let target = args.option::<String>("--target")?;
    let fault = args.option::<String>("--with-fault")?;
    args.finish()?;
    let targets = match target.as_deref() {
        Some(name) => vec![known(name)?],
        None => TARGETS.to_vec(),
    };
    match fault {
        Some(fault) => find_fault(&fault, &targets, seconds),
        None => find_nothing(&targets, seconds),
    }
}

/// Each target for a short time, and the two faults that fuzzing has to find within a minute.
pub(crate) fn smoke() -> Result<()> {
    find_nothing(&TARGETS, 20)?;
    find_fault("dot-in-ids", &["split_uniqueness"], 60)?;
    find_fault("zone-optional", &["split_uniqueness"], 60)
}

fn known(name: &str) -> Result<&'static str> {
    let found = TARGETS.iter().find(|target| **target == name);
    found.copied().with_context(|| format!("there is no target `{name}`: {}", TARGETS.join(", ")))
}

fn find_nothing(targets: &[&'static str], seconds: u64) -> Result<()> {
    step::heading("fuzz");
    let home = tools::target_dir().join("fuzz");
    build(tools::root())?;
    let findings =
        run_all(&Place { tree: tools::root(), home: &home, seconds, fresh: false }, targets);
    match findings?.as_slice() {
        [] => Ok(()),
        found => bail!("fuzzing found something in {}", found.join(", ")),
    }
}

fn find_fault(fault: &str, targets: &[&'static str], seconds: u64) -> Result<()> {
    step::heading(&format!("fuzz, with the fault {fault} put in"));
    let mutant = Mutant::new(fault)?;
    let home = tools::target_dir().join("faults/fuzz");
    build(mutant.tree())?;
    let findings =
        run_all(&Place { tree: mutant.tree(), home: &home, seconds, fresh: true }, targets);
    match findings?.as_slice() {
        [] => bail!("fuzzing did not find the fault {fault} in {seconds} s"),
        found => {
            println!("   found by {}, as it should be", found.join(", "));
            Ok(())
        }
    }
}

/// Where to fuzz, and for how long.
struct Place<'a> {
    tree: &'a Path,
    home: &'a Path,
    seconds: u64,
    /// Whether to forget what earlier runs have learnt.
    fresh: bool,
}

/// Shared, so that dependencies are compiled once.
fn target_dir() -> PathBuf {
    tools::target_dir().join("fuzz/build")
}

fn build(tree: &Path) -> Result<()> {
    if !["c++", "g++", "clang++"].iter().any(|name| starts(name))
        && std::env::var_os("CXX").is_none()
    {
        bail!(
            "libFuzzer needs a C++ compiler: `apt install g++`, or on macOS `xcode-select --install`"
        );
    }
    let mut cargo = tools::cargo();
    cargo
        .current_dir(tree.join("fuzz"))
        .env("RUSTFLAGS", RUSTFLAGS)
        .env("CARGO_TARGET_DIR", target_dir());
    // With a target, the flags don't go to build scripts.
    cargo.args(["build", "--release", "--locked", "--bins", "--target", &host()?]);
    step::run("cargo build, fuzz targets", &mut cargo).map(drop)
}

fn starts(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn host() -> Result<String> {
    let output = Command::new("rustc").current_dir(tools::root()).arg("-vV").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc -vV names no host")?.to_owned())
}

/// Runs the targets, as many at once as there are cores. Returns those that found something.
fn run_all(place: &Place<'_>, targets: &[&'static str]) -> Result<Vec<&'static str>> {
    let queue = Mutex::new(targets.iter().copied().collect::<VecDeque<_>>());
    let next = || queue.lock().ok()?.pop_front();
    let cores = thread::available_parallelism().map_or(1, usize::from).min(targets.len());
    let work = || {
        let mut found = Vec::new();
        while let Some(target) = next() {
            if run(place, target)? {
                found.push(target);
            }
        }
        Ok(found)
    };
    let found = thread::scope(|scope| {
        let workers = (0..cores).map(|_| scope.spawn(work)).collect::<Vec<_>>();
        let results = workers.into_iter().map(|worker| match worker.join() {
            Ok(result) => result,
            Err(_) => bail!("a thread failed"),
        });
        results.collect::<Result<Vec<_>>>()
    })?;
    Ok(found.concat())
}

/// Runs one target. Returns whether it found something.
fn run(place: &Place<'_>, target: &'static str) -> Result<bool> {
    let (corpus, artifacts) =
        (place.home.join("corpus").join(target), place.home.join("artifacts").join(target));
    if place.fresh && corpus.exists() {
        fs::remove_dir_all(&corpus)?;
    }
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&artifacts)?;
    let log = artifacts.join("log.txt");
    let started = Instant::now();
    println!("   fuzz {target}: up to {} s …", place.seconds);
    let mut child = fuzzer(place, target, &corpus, &artifacts)?
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log)?)
        .spawn()?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(100));
        report_each_minute(target, started, &log);
    };
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    println!(
        "   fuzz {target}: {:.0} s, {}",
        started.elapsed().as_secs_f32(),
        result(&text, status.success())
    );
    Ok(!status.success())
}

fn fuzzer(place: &Place<'_>, target: &str, corpus: &Path, artifacts: &Path) -> Result<Command> {
    let mut command = Command::new(target_dir().join(host()?).join("release").join(target));
    command.env("RUST_BACKTRACE", "0");
    let seeds = place.tree.join("fuzz/seeds").join(target);
    command.arg(corpus).args(seeds.is_dir().then_some(seeds));
    command.arg(format!("-max_total_time={}", place.seconds));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048", "-max_len=2048"]);
    let words = dictionary(place.tree, target);
    command.args(words.is_file().then(|| format!("-dict={}", words.display())));
    Ok(command)
}

fn dictionary(tree: &Path, target: &str) -> PathBuf {
    tree.join("fuzz/seeds").join(format!("{target}.dict"))
}

fn report_each_minute(target: &str, started: Instant, log: &Path) {
    let elapsed = started.elapsed();
    if elapsed.as_millis() % 60_000 < 100 && elapsed.as_secs() >= 60 {
        let text = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
        let last = text.lines().rev().find(|line| line.starts_with('#')).unwrap_or_default();
        println!("   fuzz {target}: {} s, {last}", elapsed.as_secs());
    }
}

fn result(log: &str, nothing_found: bool) -> String {
    let executions =
        log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let executions = executions.map_or("?", str::trim);
    if nothing_found {
        return format!("{executions} executions, nothing found");
    }
    let told = |line: &&str| {
        line.contains("panicked at")
            || line.contains("Test unit written")
            || line.contains("ERROR:")
    };
    let reason = log.lines().skip_while(|line| !told(line)).take(3).collect::<Vec<_>>().join(" | ");
    let artifact =
        log.lines().find_map(|line| line.split("Test unit written to ").nth(1)).unwrap_or("?");
    format!("FOUND after {executions} executions: {reason}; {artifact}")
}

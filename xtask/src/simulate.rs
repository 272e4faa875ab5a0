//! `cargo xtask simulate`: the deterministic simulation of the inbox, with many seeds or one.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::{step, tools};

pub(crate) const HELP: &str = "\
usage: cargo xtask simulate [--seeds N] [--seed N] [--sabotage NAME]

Plays the inbox against a model of the provider, the platform and the destinations, with crashes at every step, lost
answers, clock jumps, duplicates, replays and outages. An observer holds every run against what the gateway promises.
A run that breaks a promise is named by its seed. The tests play the first 2,000 seeds.

  --seeds N         how many; default: 100,000
  --seed N          only this one, and say what happens in it; without --seeds
  --sabotage NAME   with a bug switched on: acknowledge-before-store, mark-before-send, mark-before-verify, alarm-throws,
                    replay-resets-dedupe; then a broken promise is what is expected, and none fails";

const SABOTAGE: [&str; 5] = [
    "acknowledge-before-store",
    "alarm-throws",
    "mark-before-send",
    "mark-before-verify",
    "replay-resets-dedupe",
];

/// What the simulation says in a line of its own when it has seen that.
const BROKEN: &str = "verdict: a promise was broken";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let seeds = args.count("--seeds")?;
    let seed = args.option::<u64>("--seed")?;
    let sabotage = args.option::<String>("--sabotage")?;
    args.finish()?;
    if let Some(unknown) = sabotage.as_deref().filter(|name| !SABOTAGE.contains(name)) {
        bail!("there is no sabotage `{unknown}`: {}", SABOTAGE.join(", "));
    }
    if seed.is_some() && seeds.is_some() {
        bail!("--seed plays one run and --seeds plays many: leave one of them out");
    }
    build()?;
    let mut cargo = simulation();
    cargo.env("RUST_BACKTRACE", "0");
    cargo.args(["--", "--exact", "by_order", "--ignored", "--nocapture"]);
    cargo.env("SIMULATE_SEEDS", seeds.unwrap_or(100_000).to_string());
    cargo.envs(seed.map(|seed| ("SIMULATE_SEED", seed.to_string())));
    cargo.envs(sabotage.as_ref().map(|name| ("SIMULATE_SABOTAGE", name)));
    match (is_broken(&mut cargo)?, sabotage) {
        (false, None) => Ok(()),
        (true, None) => bail!("a promise was broken"),
        (false, Some(name)) => bail!("nobody has noticed {name}"),
        (true, Some(name)) => {
            println!("\n{name} was noticed, as it should be");
            Ok(())
        }
    }
}

/// Whether a run broke a promise. Runs that come to no verdict are an error. What it prints is seen as it comes.
fn is_broken(cargo: &mut std::process::Command) -> Result<bool> {
    let mut child = cargo.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("no output")?;
    let mut is_broken = false;
    for line in BufReader::new(output).lines() {
        let line = line?;
        is_broken |= line == BROKEN;
        println!("{line}");
    }
    let status = child.wait()?;
    match (status.success(), is_broken) {
        (true, false) => Ok(false),
        (false, true) => Ok(true),
        _ => bail!("the simulation came to no verdict: {status}"),
    }
}

fn build() -> Result<()> {
    step::run("cargo build, simulation", simulation().arg("--no-run")).map(drop)
}

fn simulation() -> std::process::Command {
    let mut cargo = tools::cargo();
    cargo.args(["test", "--quiet", "--package", "countersign", "--profile", "simulation"]);
    cargo.args(["--features", "sabotage", "--test", "simulation"]);
    cargo
}

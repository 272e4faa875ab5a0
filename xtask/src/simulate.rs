//! `cargo xtask simulate`: the deterministic simulation of the inbox, with many seeds or one.

use anyhow::{Result, bail};

use crate::args::Args;
use crate::{step, tools};

pub(crate) const HELP: &str = "\
usage: cargo xtask simulate [--seeds N] [--seed N] [--sabotage NAME]

Plays the inbox against a model of the provider, the platform and the destinations, with crashes at every step, lost
answers, clock jumps, duplicates, replays and outages. An observer holds every run against what the gateway promises.
A run that breaks a promise is named by its seed. The tests play the first 2,000 seeds.

  --seeds N         how many; default: 100,000
  --seed N          only this one, and say what happens in it
  --sabotage NAME   with a bug switched on: acknowledge-before-store, mark-before-send, mark-before-verify, alarm-throws,
                    replay-resets-dedupe; then a broken promise is what is expected, and none fails";

const SABOTAGE: [&str; 5] = [
    "acknowledge-before-store",
    "alarm-throws",
    "mark-before-send",
    "mark-before-verify",
    "replay-resets-dedupe",
];

pub(crate) fn command(mut args: Args) -> Result<()> {
    let seeds = args.option::<u64>("--seeds")?;
    let seed = args.option::<u64>("--seed")?;
    let sabotage = args.option::<String>("--sabotage")?;
    args.finish()?;
    if let Some(unknown) = sabotage.as_deref().filter(|name| !SABOTAGE.contains(name)) {
        bail!("there is no sabotage `{unknown}`: {}", SABOTAGE.join(", "));
    }
    build()?;
    let mut cargo = simulation();
    cargo.env("RUST_BACKTRACE", "0");
    cargo.args(["--", "--exact", "by_order", "--ignored", "--nocapture"]);
    cargo.env("SIMULATE_SEEDS", seeds.unwrap_or(100_000).to_string());
    cargo.envs(seed.map(|seed| ("SIMULATE_SEED", seed.to_string())));
    cargo.envs(sabotage.as_ref().map(|name| ("SIMULATE_SABOTAGE", name)));
    let is_clean = cargo.status()?.success();
    match (is_clean, sabotage) {
        (true, None) => Ok(()),
        (false, None) => bail!("a promise was broken"),
        (true, Some(name)) => bail!("nobody has noticed {name}"),
        (false, Some(name)) => {
            println!("\n{name} was noticed, as it should be");
            Ok(())
        }
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

//! `cargo xtask bench core`: how fast the native core is, beside ring and aws-lc-rs.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::{step, tools};

/// A workspace of its own, so that only who measures compiles the peers.
const MANIFEST: &str = "benches/core/Cargo.toml";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let json = args.option::<PathBuf>("--json")?;
    let flags = ["--quick", "--table-only"].into_iter().filter(|name| args.flag(name));
    let flags = flags.collect::<Vec<_>>();
    args.finish()?;
    // As an application builds it: cargo's own release profile.
    step::run("cargo build, benches/core", cargo().args(["build", "--release"]).args(LOCATION))?;
    let mut run = cargo();
    run.args(["run", "--quiet", "--release"]).args(LOCATION).arg("--").args(flags);
    if let Some(file) = json {
        run.arg("--json").arg(std::env::current_dir()?.join(file));
    }
    run.env("CRITERION_HOME", tools::target_dir().join("criterion"));
    let status = run.status()?;
    if status.success() { Ok(()) } else { bail!("benches/core: {status}") }
}

/// Whether the peers' licences and sources are what its own deny.toml allows.
pub(crate) fn dependencies() -> Result<()> {
    let mut deny = tools::cargo();
    deny.args(["deny", "--all-features", "--locked", "--manifest-path", MANIFEST]);
    deny.args(["check", "bans", "licenses", "sources"]);
    step::run("cargo deny check bans licenses sources, benches/core", &mut deny).map(drop)
}

pub(crate) fn is_formatted() -> Result<()> {
    let mut fmt = tools::cargo();
    fmt.args(["fmt", "--manifest-path", MANIFEST, "--check"]);
    step::run("cargo fmt --check, benches/core", &mut fmt).map(drop)
}

const LOCATION: [&str; 3] = ["--locked", "--manifest-path", MANIFEST];

fn cargo() -> std::process::Command {
    let mut cargo = tools::cargo();
    cargo.env("CARGO_TARGET_DIR", tools::target_dir().join("bench-core"));
    cargo
}

//! `cargo xtask bench inbox`: how fast the built Worker is, in real workerd.

use std::process::Command;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::{tools, worker};

const PARTS: [&str; 6] = ["accepts", "end-to-end", "latency", "deliveries", "drain", "platform"];
const OPTIONS: [&str; 4] = ["--rounds", "--seconds", "--backlog", "--events"];

pub(super) fn command(mut args: Args) -> Result<()> {
    let part = args.word();
    if let Some(unknown) = part.as_deref().filter(|part| !PARTS.contains(part)) {
        bail!("there is no part `{unknown}`: {}", PARTS.join(", "));
    }
    let mut words = Vec::from_iter(part);
    for name in OPTIONS {
        words.extend(args.option::<u32>(name)?.map(|number| format!("{name}={number}")));
    }
    args.finish()?;
    run(&words)
}

/// Builds the Worker and runs benches/inbox/main.mjs. What it prints is seen as it comes.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let directory = worker::build("worker")?;
    let status = main(words)?.env("COUNTERSIGN_WORKER_DIR", directory).status()?;
    if status.success() { Ok(()) } else { bail!("benches/inbox/main.mjs: {status}") }
}

fn main(words: &[String]) -> Result<Command> {
    let mut node = tools::node_bin("node")?;
    node.arg("benches/inbox/main.mjs").args(words);
    Ok(node)
}

//! `cargo xtask bench`: how fast the built Worker is, in real workerd, and the native core.

use std::process::Command;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::{bench_core, tools, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask bench inbox [PART] [options]
       cargo xtask bench core [options]

inbox: measures it in local workerd, with its storage on disk, and prints figures with the CPU pressure meanwhile. Without a
further word, everything; docs/performance.md says what is measured and has figures.

  accepts     events accepted per second at 32 connections, beside a minimal Durable Object in JavaScript that stores the
              same row, in turns; fails below 0.7 of it
  end-to-end  the same while everything is delivered to an origin that takes 5 ms
  latency     how long one provider waits for its answer: of an application that takes 5 ms, through a relay to it, of an
              inbox
  deliveries  deliveries per second out of a backlog over 8 shards; fails below 500
  drain       20,000 events held for a destination that comes back: how long, how fast, and whether events for others are
              accepted as before; takes some four minutes
  platform    how much memory workerd keeps of each timer, alarm and row, without us

  --rounds N    of each measurement; default: 5
  --seconds N   how long a round lasts; default: 4
  --backlog N   events to deliver in a round; default: 10000
  --events N    events held in the drain; default: 20000

core: measures the native core, 64 bytes to a megabyte, beside the same duties by hand on ring and on aws-lc-rs, and
what reading the type and the dedupe key costs. First criterion's report, then ratios from short slices in turns, and whether
the targets are reached.

  --table-only  without criterion's report
  --quick       fewer rounds, to see that it runs
  --json FILE   writes all ratios and times, the machine and the versions there";

const PARTS: [&str; 6] = ["accepts", "end-to-end", "latency", "deliveries", "drain", "platform"];
const OPTIONS: [&str; 4] = ["--rounds", "--seconds", "--backlog", "--events"];

pub(crate) fn command(mut args: Args) -> Result<()> {
    match args.word().as_deref() {
        Some("inbox") => inbox(args),
        Some("core") => bench_core::command(args),
        _ => bail!("say what: `cargo xtask bench inbox` or `cargo xtask bench core`"),
    }
}

fn inbox(mut args: Args) -> Result<()> {
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

//! `cargo xtask bench`: how fast what was built is. None of it runs in CI, where timing proves nothing.

pub(crate) mod core;
pub(crate) mod inbox;
mod package;

use anyhow::{Result, bail};

use crate::args::Args;

pub(crate) const HELP: &str = "\
usage: cargo xtask bench inbox [PART] [options]
       cargo xtask bench package [RUNTIME]… [options]
       cargo xtask bench package docs
       cargo xtask bench core [options]

inbox: measures the inbox in local workerd, with its storage on disk, and prints figures with the CPU pressure meanwhile.
Without a further word, everything; docs/performance.md says what is measured and has figures.

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

package: builds the npm package and measures `verify` beside what people would use instead: written by hand, other
libraries. They are installed in benches/package, and nowhere else. Prints their time by ours, the figures of every run,
and which targets are reached. A run takes less than a minute; the runtimes take turns.

  node24 node20 deno bun workerd   where; without one, everywhere

  --runs N      default: 5
  --rounds N    in a run; default: 41
  --sizes N,N   of bodies, in bytes; default: 64,256,1024,4096,16384,65536,1048576
  --quick       one run of 11 rounds at three sizes: for a look, not for a figure
  --json FILE   writes all figures there too
  --write-docs  keeps the figures in benches/package/results, and writes docs/performance.md and docs/plots from them
  docs          runs nothing, and writes both from the figures that are kept

core: measures the native core, 64 bytes to a megabyte, beside the same duties by hand on ring and on aws-lc-rs, and
what reading the type and the dedupe key costs. First criterion's report, then ratios from short slices in turns, and whether
the targets are reached.

  --table-only  without criterion's report
  --quick       fewer rounds, to see that it runs
  --json FILE   writes all ratios and times, the machine and the versions there";

pub(crate) fn command(mut args: Args) -> Result<()> {
    match args.word().as_deref() {
        Some("inbox") => inbox::command(args),
        Some("package") => package::command(args),
        Some("core") => core::command(args),
        _ => bail!("say what: `cargo xtask bench package`, `core` or `inbox`"),
    }
}

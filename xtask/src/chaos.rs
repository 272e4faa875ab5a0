//! `cargo xtask chaos`: real workerd, killed with SIGKILL again and again while events come in.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::args::Args;
use crate::{step, tools, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask chaos [--kills N] [--events N] [--outage] [--control] [--storage DIR]

The kill test: the built Worker in real workerd, with its storage on disk, is killed with SIGKILL at random moments while
32 connections send events, and started again on the same storage. The destination fails 15 % of all attempts and loses 5 %
of its answers. In the end nothing that was answered 2xx may be missing there, and every repeat must have a reason that an
observer saw. First comes the control: a Worker that acknowledges before it stores has to lose events.

  --kills N    kills at least; default: 15
  --events N   acknowledged events at least; killing goes on until there are so many. For the record: --kills 200
               --events 100000
  --outage     the destination is also down for some seconds, and breakers open
  --control    only the control
  --storage DIR
               where the gateway stores; default: target/chaos. SIGKILL spares what was written and not yet flushed, so
               that a file system in memory, such as /dev/shm, says the same, and is quicker

What happened in a run that failed is kept in target/chaos.";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let run = Run {
        kills: args.count("--kills")?,
        events: args.count("--events")?,
        outage: args.flag("--outage"),
        control: args.flag("--control"),
        storage: args.option("--storage")?,
    };
    args.finish()?;
    run.start()
}

/// The short form.
pub(crate) fn smoke() -> Result<()> {
    step::heading("chaos");
    Run::default().start()
}

#[derive(Debug, Default)]
struct Run {
    kills: Option<u64>,
    events: Option<u64>,
    outage: bool,
    control: bool,
    storage: Option<PathBuf>,
}

impl Run {
    /// What it prints is seen as it comes: it may last for half an hour.
    fn start(&self) -> Result<()> {
        let mut node = self.command()?;
        test_observer()?;
        let status = node.status()?;
        if status.success() { Ok(()) } else { bail!("chaos: {status}") }
    }

    fn command(&self) -> Result<Command> {
        let sabotaged = tools::root().join("build/sabotaged");
        let sabotaged = worker::build_into(&sabotaged, "worker", Some("sabotage"))?;
        let mut node = tools::node_bin("node")?;
        node.arg("tests/chaos/main.mjs").arg("--sabotaged").arg(sabotaged);
        node.arg("--worker").arg(self.worker()?);
        node.arg("--output").arg(tools::target_dir().join("chaos"));
        node.args(
            self.storage.iter().flat_map(|storage| ["--storage".as_ref(), storage.as_os_str()]),
        );
        node.args(self.kills.map(|kills| format!("--kills={kills}")));
        node.args(self.events.map(|events| format!("--events={events}")));
        node.args(self.outage.then_some("--outage"));
        node.args(self.control.then_some("--control"));
        Ok(node)
    }

    /// The control does without the real one.
    fn worker(&self) -> Result<PathBuf> {
        if self.control { Ok(PathBuf::new()) } else { worker::build("worker") }
    }
}

/// Whether the observer still sees what it has to see.
fn test_observer() -> Result<()> {
    let mut node = tools::node_bin("node")?;
    node.args(["--test", "tests/chaos/judge.test.mjs", "tests/chaos/tables.test.mjs"]);
    step::run("node --test tests/chaos", &mut node).map(drop)
}

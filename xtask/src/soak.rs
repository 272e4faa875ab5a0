//! `cargo xtask soak`: whether memory stays what it is.

use anyhow::Result;

use crate::args::Args;
use crate::bench::inbox;

pub(crate) const HELP: &str = "\
usage: cargo xtask soak [--minutes N]

A steady load on the inbox in local workerd, half of what it gets through, with 5 % bad requests and an origin that fails
now and then. Prints a line each minute, then by how much the memory grew after the warm-up. Fails if that is too much, if
anything was answered as it should not be, or if not everything was delivered in the end.

  --minutes N   default: 60";

pub(crate) fn command(mut args: Args) -> Result<()> {
    let minutes = args.option::<u32>("--minutes")?.unwrap_or(60);
    args.finish()?;
    inbox::run(&["soak".to_owned(), format!("--minutes={minutes}")])
}

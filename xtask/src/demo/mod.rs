//! `cargo xtask demo`: both providers, the gateway and an origin, on this machine.

mod cases;
mod event;
mod inbox;
mod sources;
mod stage;
mod table;

use std::path::Path;

use anyhow::{Result, bail};

use self::inbox::Played;
use self::stage::Stage;
use self::table::{Row, Verdict};
use crate::args::Args;
use crate::{step, tools, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask demo

Builds the Worker, starts it in local workerd beside a sample origin, plays both providers against it, and prints what
was sent, what was answered and what the origin saw: in relay mode, and in inbox mode while the origin is down for a
while. Needs no account and no network once the tools are installed. Exits with 1 if anything was not as expected.";

pub(crate) fn command(args: Args) -> Result<()> {
    args.finish()?;
    play()
}

/// Plays all of it. Fails if anything doesn't go as expected.
pub(crate) fn play() -> Result<()> {
    step::heading("demo");
    worker::build("worker")?;
    let mut stage = step::call("the gateway, in workerd", Stage::set)?;
    let relay = step::call("relay: both providers, and forgers", || cases::play(&mut stage))?;
    let inbox = step::call("inbox: the origin is down", || inbox::play(&mut stage));
    let Played { rows: inbox, summary } = inbox?;
    println!("\nRelay: the provider waits for the origin's answer.\n");
    println!("{}", table::render(&cases::HEAD, &relay));
    println!("Inbox: the gateway keeps the event, answers, and tries until the origin has it.\n");
    println!("{}", table::render(&inbox::HEAD, &inbox));
    stage.strike()?;
    verdict(&[relay, inbox].concat(), &summary)
}

fn verdict(rows: &[Row], summary: &str) -> Result<()> {
    let judged = rows.iter().filter(|row| row.verdict != Verdict::Ours).count();
    let wrong = rows.iter().filter(|row| matches!(row.verdict, Verdict::Wrong(_))).count();
    let log = shown(&stage::directory().join("wrangler.log"));
    if wrong > 0 {
        bail!("{wrong} of {judged} not as expected; the gateway's log is {log}");
    }
    println!("{summary}\nAll {judged} as expected. The gateway's log is {log}.");
    Ok(())
}

fn shown(path: &Path) -> String {
    path.strip_prefix(tools::root()).unwrap_or(path).display().to_string()
}

//! `cargo xtask`: the one way to build, test and run countersign.
#![allow(clippy::disallowed_methods, reason = "xtask measures how long its steps take")]

mod args;
mod bindgen;
mod setup;
mod step;
mod tools;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use args::Args;

struct Command {
    name: &'static str,
    summary: &'static str,
    help: &'static str,
    run: fn(Args) -> Result<()>,
}

const COMMANDS: &[Command] = &[Command {
    name: "build",
    summary: "build the Worker into build/worker",
    help: worker::HELP,
    run: worker::command,
}];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let name = words.next().unwrap_or_else(|| "--help".to_owned());
    match outcome(&name, words.collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn outcome(name: &str, words: Vec<String>) -> Result<()> {
    if matches!(name, "--help" | "-h" | "help") {
        println!("{}", overview());
        return Ok(());
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        anyhow::bail!("there is no `{name}`{}\n\n{}", hint(name), overview());
    };
    if words.iter().any(|word| word == "--help" || word == "-h") {
        println!("{}", command.help);
        return Ok(());
    }
    (command.run)(Args::new(words))
}

fn overview() -> String {
    let lines =
        COMMANDS.iter().map(|command| format!("  {:<7} {}\n", command.name, command.summary));
    format!(
        "usage: cargo xtask <command> [options]\n\n{}\n\
         `cargo xtask <command> --help` says more. Missing npm packages and the wasm target are installed on the way.",
        lines.collect::<String>()
    )
}

/// The command that begins like what was typed.
fn hint(name: &str) -> String {
    let start = name.chars().take(2).collect::<String>();
    let near =
        COMMANDS.iter().find(|command| !start.is_empty() && command.name.starts_with(&start));
    near.map(|command| format!("; did you mean `{}`?", command.name)).unwrap_or_default()
}

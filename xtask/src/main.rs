//! `cargo xtask`: the one way to build, test and run countersign.
#![allow(clippy::disallowed_methods, reason = "xtask measures how long its steps take")]

mod args;
mod bench;
mod bindgen;
mod chaos;
mod child;
mod ci;
mod cost;
mod counts;
mod demo;
mod deployment;
mod dev;
mod docs;
mod faults;
mod fuzz;
mod gateway;
mod http;
mod lint;
mod origin;
mod package;
mod provider;
mod send;
mod setup;
mod simulate;
mod soak;
mod step;
mod test;
mod tools;
mod tree;
mod typescript;
mod wasm;
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

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        summary: "play both providers against the gateway on this machine",
        help: demo::HELP,
        run: demo::command,
    },
    Command {
        name: "dev",
        summary: "start the gateway and a sample origin, and stay",
        help: dev::HELP,
        run: dev::command,
    },
    Command {
        name: "send",
        summary: "sign an event as a provider would, and send it",
        help: send::HELP,
        run: send::command,
    },
    Command {
        name: "build",
        summary: "build the Worker into build/worker",
        help: worker::HELP,
        run: worker::command,
    },
    Command {
        name: "package",
        summary: "build the npm package into pkg/dist and build/package",
        help: package::HELP,
        run: package::command,
    },
    Command {
        name: "test",
        summary: "run the tests: native, the Worker in workerd, the npm package in every runtime",
        help: test::HELP,
        run: test::command,
    },
    Command {
        name: "lint",
        summary: "formatting, clippy, rustdoc and the TypeScript's types",
        help: lint::HELP,
        run: lint::command,
    },
    Command {
        name: "fuzz",
        summary: "look for inputs that break a property",
        help: fuzz::HELP,
        run: fuzz::command,
    },
    Command {
        name: "chaos",
        summary: "kill the Worker under load, and see that nothing is lost",
        help: chaos::HELP,
        run: chaos::command,
    },
    Command {
        name: "bench",
        summary: "measure the npm package, the native core, or the inbox",
        help: bench::HELP,
        run: bench::command,
    },
    Command {
        name: "cost",
        summary: "count what a verification costs, and compare it with the baseline",
        help: cost::HELP,
        run: cost::command,
    },
    Command {
        name: "soak",
        summary: "an hour of load, to see that memory stays what it is",
        help: soak::HELP,
        run: soak::command,
    },
    Command {
        name: "simulate",
        summary: "play the inbox against models of all around it, with crashes",
        help: simulate::HELP,
        run: simulate::command,
    },
    Command {
        name: "faults",
        summary: "put mistakes in, and see the tests catch them",
        help: faults::HELP,
        run: faults::command,
    },
    Command {
        name: "docs",
        summary: "write docs/schemes.md and the package's generated.ts from the code",
        help: docs::HELP,
        run: docs::command,
    },
    Command {
        name: "ci",
        summary: "everything that has to hold before a merge",
        help: ci::HELP,
        run: ci::command,
    },
];

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
        COMMANDS.iter().map(|command| format!("  {:<8} {}\n", command.name, command.summary));
    format!(
        "usage: cargo xtask <command> [options]\n\n{}\n\
         `cargo xtask <command> --help` says more. Missing npm packages and the wasm target are installed on the way.",
        lines.collect::<String>()
    )
}

/// The command that begins like what was typed.
fn hint(name: &str) -> String {
    let start = name.chars().take(1).collect::<String>();
    let near =
        COMMANDS.iter().find(|command| !start.is_empty() && command.name.starts_with(&start));
    near.map(|command| format!("; did you mean `{}`?", command.name)).unwrap_or_default()
}

//! `cargo xtask lint`: formatting, clippy and rustdoc, for every set of features and both targets; the types of the
//! TypeScript.

use anyhow::Result;

use crate::args::Args;
use crate::{bench, setup, step, tools};

pub(crate) const HELP: &str = "\
usage: cargo xtask lint

cargo fmt --check, clippy without warnings (host and wasm32, with each feature), rustdoc without warnings; tsc over
pkg/src, with TypeScript 5 and 7.";

const FEATURES: [&str; 10] = [
    "",
    "js",
    "js-signer",
    "deployment",
    "js-deployment",
    "worker",
    "entrypoint",
    "entrypoint,sabotage",
    "testing",
    "deployment,testing,sabotage",
];

pub(crate) fn command(args: Args) -> Result<()> {
    args.finish()?;
    lint()
}

pub(crate) fn lint() -> Result<()> {
    setup::wasm_target()?;
    step::heading("lint");
    step::run("cargo fmt --check", tools::cargo().args(["fmt", "--all", "--check"]))?;
    let fuzz = ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"];
    step::run("cargo fmt --check, fuzz", tools::cargo().args(fuzz))?;
    bench::core::is_formatted()?;
    core_stands_alone()?;
    for features in FEATURES {
        clippy(&["--package", "countersign", "--all-targets", "--features", features])?;
        clippy(&[
            "--package",
            "countersign",
            "--lib",
            "--target",
            "wasm32-unknown-unknown",
            "--features",
            features,
        ])?;
    }
    clippy(&["--package", "xtask", "--all-targets"])?;
    let mut doc = tools::cargo();
    doc.env("RUSTDOCFLAGS", "-Dwarnings");
    doc.args(["doc", "--package", "countersign", "--no-deps", "--all-features"]);
    step::run("cargo doc, all features", &mut doc)?;
    typescript()
}

/// The sources of the npm package, with each compiler that its users may have. Its command line runs on Node.js only,
/// and has Node's types.
fn typescript() -> Result<()> {
    setup::node_modules()?;
    for (compiler, version) in [("typescript5", 5), ("typescript", 7)] {
        for project in ["pkg", "pkg/src/cli"] {
            let mut tsc = tools::node_bin("node")?;
            tsc.arg(tools::root().join("node_modules").join(compiler).join("bin/tsc"));
            let tsc = tsc.args(["--project", &format!("{project}/tsconfig.json")]);
            step::run(&format!("tsc {version}, {project}"), tsc)?;
        }
    }
    Ok(())
}

/// Without features there is no platform crate: the wall between the core and its adapters.
fn core_stands_alone() -> Result<()> {
    step::call("the core needs no platform crate", || {
        let mut tree = tools::cargo();
        tree.args(["tree", "--package", "countersign", "--edges", "normal", "--prefix", "none"]);
        let output = tree.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let platform = ["js-sys", "wasm-bindgen", "web-sys", "worker"];
        let found = text
            .lines()
            .find(|line| platform.iter().any(|name| line.split_whitespace().next() == Some(*name)));
        match found {
            Some(line) => anyhow::bail!("countersign without features depends on {line}"),
            None => Ok(()),
        }
    })
}

fn clippy(selection: &[&str]) -> Result<()> {
    let mut cargo = tools::cargo();
    cargo.arg("clippy").args(selection).args(["--", "-Dwarnings"]);
    let selection =
        selection.iter().filter(|word| !matches!(**word, "" | "--package" | "--features"));
    let title = selection.copied().collect::<Vec<_>>().join(" ");
    step::run(&format!("clippy {title}"), &mut cargo).map(drop)
}

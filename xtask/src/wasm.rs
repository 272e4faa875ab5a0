//! The steps from Rust to a small WebAssembly file and its script, which the Worker and the npm package share.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{step, tools};

/// What rustc emits, and no more: a runtime need not know what the newest binaryen can.
const WASM_FEATURES: [&str; 7] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
    "simd",
];

/// Compiles the crate of a tree with some of its features. Returns the wasm file.
pub(crate) fn compile(
    tree: &Path,
    target_dir: &Path,
    features: &str,
    profile: &str,
) -> Result<PathBuf> {
    let mut cargo = tools::cargo();
    cargo.current_dir(tree).env("CARGO_TARGET_DIR", target_dir);
    cargo.args(["build", "--package", "countersign", "--lib", "--features", features]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--profile", profile]);
    step::run(&format!("cargo build, wasm32, profile {profile}"), &mut cargo)?;
    let directory = if profile == "dev" { "debug" } else { profile };
    Ok(target_dir.join("wasm32-unknown-unknown").join(directory).join("countersign.wasm"))
}

/// What a wasm file is optimised for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    Size,
    Speed,
}

/// Makes a wasm file smaller, or faster.
pub(crate) fn optimise(from: &Path, to: &Path, aim: Aim) -> Result<()> {
    let mut command = tools::node_bin("wasm-opt")?;
    command.arg(from).arg("-o").arg(to);
    command.args(WASM_FEATURES.map(|name| format!("--enable-{name}")));
    match aim {
        // The compressed size: code that stays in functions of its own, and repeats itself, packs better.
        Aim::Size => {
            command.args(["-Oz", "--converge", "--one-caller-inline-max-function-size=0"]);
            command.arg("--skip-pass=local-cse");
        }
        Aim::Speed => {
            command.arg("-O3");
        }
    }
    command.args(["--skip-pass=memory-packing", "--strip-target-features"]);
    step::run("wasm-opt", &mut command).map(drop)
}

/// Bundles a script and what it imports into one file.
pub(crate) fn esbuild(
    directory: &Path,
    input: &Path,
    options: &[&str],
    output: &Path,
) -> Result<()> {
    let mut command = tools::node_bin("esbuild")?;
    command.current_dir(directory).arg(input).args(options);
    command.args(["--bundle", "--log-level=warning"]);
    command.arg(format!("--outfile={}", output.display()));
    let done = command.output().context("esbuild doesn't start")?;
    if !done.status.success() {
        bail!("{}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

/// Whether the outputs are there, and were made from what this fingerprint stands for.
pub(crate) fn is_made(stamp: &Path, fingerprint: &str, outputs: &[PathBuf]) -> bool {
    outputs.iter().all(|output| output.is_file())
        && fs::read_to_string(stamp).is_ok_and(|stamp| stamp == fingerprint)
}

/// How large a file is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) raw: u64,
    pub(crate) gzip: u64,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, {} gzip", self.raw, self.gzip)
    }
}

/// Raw and compressed sizes, in the files' order. zlib is at hand in Node.
pub(crate) fn sizes(files: &[PathBuf]) -> Result<Vec<Size>> {
    let program = "for (const file of process.argv.slice(1)) console.log(require('zlib').gzipSync(\
                   require('fs').readFileSync(file), { level: 9 }).length)";
    let output = tools::node_bin("node")?.args(["-e", program]).args(files).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.lines().count() != files.len() {
        bail!("node's zlib: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let size = |(file, line): (&PathBuf, &str)| {
        Ok(Size { raw: fs::metadata(file)?.len(), gzip: line.trim().parse()? })
    };
    files.iter().zip(text.lines()).map(size).collect()
}

//! The tools that we call, and what to do when one is missing.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Cargo's target directory.
pub(crate) fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Cargo, as rustup set it up for this run.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// A program out of `node_modules/.bin`. That directory also comes first on its PATH, because wrangler looks for
/// `node` there and refuses the older one that the system may have.
pub(crate) fn node_bin(name: &str) -> Result<Command> {
    let bin = root().join("node_modules/.bin");
    let mut command = Command::new(bin.join(name));
    command.current_dir(root()).env("PATH", with_first(&bin)?);
    Ok(command)
}

/// npm, from the user's own Node.
pub(crate) fn npm() -> Result<Command> {
    let node = version(
        "node",
        "Node 20 or later: https://nodejs.org/en/download, or `apt install nodejs npm`",
    )?;
    if major(&node).is_some_and(|major| major < 20) {
        bail!(
            "node is {node}, and npm needs 20 or later to install our tools: https://nodejs.org/en/download"
        );
    }
    version("npm", "npm, which comes with Node: https://nodejs.org/en/download")?;
    let mut command = Command::new("npm");
    command.current_dir(root());
    Ok(command)
}

/// git.
pub(crate) fn git() -> Result<Command> {
    version("git", "git: https://git-scm.com/downloads, or `apt install git`")?;
    let mut command = Command::new("git");
    command.current_dir(root());
    Ok(command)
}

/// rustup, if that is how Rust came here. A distribution's own Rust has none.
pub(crate) fn rustup() -> Result<Command> {
    version("rustup", "rustup: https://rustup.rs")?;
    let mut command = Command::new("rustup");
    command.current_dir(root());
    Ok(command)
}

/// Chromium or Chrome: the one named in `COUNTERSIGN_CHROMIUM`, else one on PATH.
pub(crate) fn chromium() -> Option<PathBuf> {
    named("COUNTERSIGN_CHROMIUM")
        .or_else(|| on_path(&["chromium", "chromium-browser", "google-chrome"]))
}

/// A Redis server: the one named in `COUNTERSIGN_REDIS`, else one on PATH.
pub(crate) fn redis() -> Option<PathBuf> {
    named("COUNTERSIGN_REDIS").or_else(|| on_path(&["redis-server", "valkey-server"]))
}

/// A PostgreSQL server with its `initdb` beside it: the one named in `COUNTERSIGN_POSTGRES`, else one on PATH, else the
/// newest of Debian's, which keeps them elsewhere.
pub(crate) fn postgres() -> Option<PathBuf> {
    named("COUNTERSIGN_POSTGRES").or_else(|| on_path(&["postgres"])).or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
        let newest = versions.map(|entry| entry.path()).max_by_key(version)?;
        Some(newest.join("bin/postgres")).filter(|path| path.is_file())
    })
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let directories = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&directories)
        .flat_map(|directory| names.iter().map(move |name| directory.join(name)))
        .find(|path| path.is_file())
}

/// Whether the Rust in use can compile to wasm.
pub(crate) fn has_wasm_target() -> Result<bool> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .current_dir(root())
        .args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"])
        .output()
        .context("rustc doesn't start; get Rust at https://rustup.rs")?;
    let directory = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(directory.trim()).is_dir())
}

fn with_first(directory: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let rest = env::split_paths(&path).collect::<Vec<_>>();
    Ok(env::join_paths(std::iter::once(directory.to_path_buf()).chain(rest))?)
}

fn version(tool: &str, how_to_get_it: &str) -> Result<String> {
    let output = Command::new(tool).current_dir(root()).arg("--version").output();
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        _ => bail!("`{tool}` isn't there or doesn't start. Get {how_to_get_it}"),
    }
}

fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

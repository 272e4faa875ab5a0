//! What must be installed before anything else runs: the wasm target, the npm tools, a browser, two databases, and
//! wasmtime.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::{step, tools};

/// The wasm target, through rustup when it is missing. `RUSTUP_AUTO_INSTALL=0` keeps rustup from doing this by itself.
pub(crate) fn wasm_target() -> Result<()> {
    if tools::has_wasm_target()? {
        return Ok(());
    }
    let mut rustup = tools::rustup()?;
    step::run(
        "rustup target add wasm32-unknown-unknown",
        rustup.args(["target", "add", "wasm32-unknown-unknown"]),
    )?;
    if !tools::has_wasm_target()? {
        bail!(
            "rustc still can't compile to wasm32-unknown-unknown: is the rustc on PATH the one of rustup?"
        );
    }
    Ok(())
}

/// `npm ci`, when `node_modules` isn't what the lock file says. It must not run without need: wrangler calls
/// `cargo xtask build`, and would lose its own files.
pub(crate) fn node_modules() -> Result<()> {
    let root = tools::root();
    let programs = ["node/bin/node", "node20/bin/node"];
    let has_programs = programs.iter().all(|path| root.join("node_modules").join(path).exists());
    if is_as_locked(root)? && has_programs {
        return Ok(());
    }
    npm_ci(root, "npm ci (node, wrangler, binaryen, esbuild, and the runtimes)")
}

/// The packages that ours is compared with. Only the benchmark has them.
pub(crate) fn peers() -> Result<()> {
    let workspace = tools::root().join("benches/package");
    if is_as_locked(&workspace)? {
        return Ok(());
    }
    npm_ci(&workspace, "npm ci in benches/package (the packages to compare with)")
}

fn npm_ci(directory: &Path, title: &str) -> Result<()> {
    let mut npm = tools::npm()?;
    npm.current_dir(directory).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    step::run(title, &mut npm).map(drop)
}

/// Chromium, in which the package is tested.
pub(crate) fn chromium() -> Result<PathBuf> {
    program("chromium", "Chromium", "COUNTERSIGN_CHROMIUM", tools::chromium)
}

/// A Redis server, for the stores of `countersign/dedupe`.
pub(crate) fn redis() -> Result<PathBuf> {
    program("redis-server", "a Redis server", "COUNTERSIGN_REDIS", tools::redis)
}

/// A PostgreSQL server, for the same.
pub(crate) fn postgres() -> Result<PathBuf> {
    program("postgresql", "a PostgreSQL server", "COUNTERSIGN_POSTGRES", tools::postgres)
}

/// The PyPI package `wasmtime`, in a directory for PYTHONPATH. Not in a virtual environment: Debian has a package of its
/// own for those, and `--target` needs none.
pub(crate) fn wasmtime() -> Result<PathBuf> {
    let directory = tools::root().join(format!("build/python-wasmtime-{WASMTIME}"));
    let installed = directory.join("installed");
    if installed.is_file() {
        return Ok(directory);
    }
    if !has_pip() {
        apt_install(&["python3", "python3-pip"]).context(
            "wasmtime is installed with pip, which isn't there: `sudo apt-get install python3-pip`",
        )?;
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]);
    pip.args(["--only-binary=:all:", "--no-deps", "--target"]).arg(&directory);
    step::run(
        &format!("pip install wasmtime {WASMTIME}"),
        pip.arg(format!("wasmtime=={WASMTIME}")),
    )?;
    fs::write(installed, "")?;
    Ok(directory)
}

/// Another version may count differently: after a change, `cargo xtask cost --bless`.
const WASMTIME: &str = "50.0.1";

fn has_pip() -> bool {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--version"]);
    pip.output().is_ok_and(|output| output.status.success())
}

/// A program that tests need, through apt when it is missing and we may.
fn program(
    package: &str,
    what: &str,
    variable: &str,
    find: fn() -> Option<PathBuf>,
) -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let outcome = apt_install(&[package]);
    find().with_context(|| {
        let reason = outcome.err().map(|error| format!(" ({error:#})")).unwrap_or_default();
        format!(
            "the package is tested with {what}, which isn't there{reason}. Install it (`sudo apt-get install {package}`), \
             or name the program in {variable}"
        )
    })
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let mut update = Command::new("apt-get");
    step::run("apt-get update", update.args(["update", "--quiet"]))?;
    let mut install = Command::new("apt-get");
    // As in single-user mode: what is installed is not started as a service.
    install.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages);
    step::run(&format!("apt-get install {}", packages.join(" ")), &mut install).map(drop)
}

fn is_as_locked(directory: &Path) -> Result<bool> {
    let wanted = packages(&directory.join("package-lock.json"))?;
    let installed = packages(&directory.join("node_modules/.package-lock.json"));
    Ok(is_installed(&wanted, &installed.unwrap_or_default()))
}

fn packages(lock: &Path) -> Result<Map<String, Value>> {
    let text = fs::read_to_string(lock).with_context(|| lock.display().to_string())?;
    let mut parsed =
        serde_json::from_str::<Value>(&text).with_context(|| lock.display().to_string())?;
    match parsed.get_mut("packages").map(Value::take) {
        Some(Value::Object(packages)) => Ok(packages),
        _ => bail!("{} lists no packages", lock.display()),
    }
}

/// Packages for other platforms are optional, and not installed here.
fn is_installed(wanted: &Map<String, Value>, installed: &Map<String, Value>) -> bool {
    let fits = |(path, package): (&String, &Value)| match installed.get(path) {
        Some(found) => found["version"] == package["version"],
        None => package["optional"] == true,
    };
    wanted.iter().filter(|(path, _)| path.starts_with("node_modules/")).all(fits)
}

#[cfg(test)]
mod tests {
    use super::is_installed;
    use serde_json::{Map, Value, json};

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn another_platforms_package_may_be_missing() {
        let wanted = map(json!({
            "": {},
            "node_modules/a": { "version": "1.0.0" },
            "node_modules/b": { "version": "2.0.0", "optional": true },
        }));
        assert!(is_installed(&wanted, &map(json!({ "node_modules/a": { "version": "1.0.0" } }))));
        assert!(!is_installed(&wanted, &map(json!({ "node_modules/a": { "version": "1.0.1" } }))));
        assert!(!is_installed(&wanted, &Map::new()));
    }
}

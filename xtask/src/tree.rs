//! The files of the working tree, and whether the tests have passed for exactly these.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tools;

/// Every file that git tracks or would track.
pub(crate) fn files() -> Result<Vec<PathBuf>> {
    let mut git = tools::git()?;
    let output =
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).output()?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let names = String::from_utf8(output.stdout)?;
    let paths = names.split_terminator('\0').map(PathBuf::from);
    let mut paths = paths.filter(|path| tools::root().join(path).is_file()).collect::<Vec<_>>();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// Every file in a directory and below, in order.
pub(crate) fn files_under(directory: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut waiting) = (Vec::new(), vec![directory.to_path_buf()]);
    while let Some(directory) = waiting.pop() {
        let entries = fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { waiting.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// Notes that all tests have passed for the tree as it is.
pub(crate) fn remember_passed() -> Result<()> {
    if let Ok(fingerprint) = fingerprint() {
        fs::write(stamp(), fingerprint)?;
    }
    Ok(())
}

/// Whether all tests have passed since any file changed.
pub(crate) fn has_passed() -> bool {
    let passed = fs::read_to_string(stamp()).ok();
    passed.is_some() && passed == fingerprint().ok()
}

fn fingerprint() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in files()? {
        path.hash(&mut hasher);
        fs::read(tools::root().join(&path))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn stamp() -> PathBuf {
    tools::target_dir().join("tests-passed-for")
}

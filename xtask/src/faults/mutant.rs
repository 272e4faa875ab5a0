//! A copy of the source with a fault in it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::table::Fault;
use crate::{step, tools, tree};

#[derive(Debug)]
pub(crate) struct Mutant {
    tree: PathBuf,
    fault: Option<&'static Fault>,
}

impl Mutant {
    /// A fresh copy with this fault.
    pub(crate) fn new(name: &str) -> Result<Self> {
        let mut mutant = Self::unchanged()?;
        mutant.become_faulty(super::find(name)?)?;
        Ok(mutant)
    }

    /// A fresh copy as it is.
    pub(crate) fn unchanged() -> Result<Self> {
        let tree = tools::target_dir().join("faults/tree");
        step::call("a copy of the source", || copy(&tree))?;
        Ok(Self { tree, fault: None })
    }

    pub(crate) fn tree(&self) -> &Path {
        &self.tree
    }

    pub(super) fn become_faulty(&mut self, fault: &'static Fault) -> Result<()> {
        for edit in fault.edits {
            let path = self.tree.join(edit.file);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let count = text.matches(edit.find).count();
            if count != 1 {
                bail!(
                    "the fault {} looks for this once in {}, and it is there {count} times; put \
                     xtask/src/faults in step:\n{}",
                    fault.name,
                    edit.file,
                    edit.find
                );
            }
            fs::write(&path, text.replace(edit.find, edit.replace))?;
        }
        self.fault = Some(fault);
        Ok(())
    }

    pub(super) fn recover(&mut self) -> Result<()> {
        for edit in self.fault.take().map_or(&[][..], |fault| fault.edits) {
            // Written, not copied: cargo goes by the time of the last change.
            fs::write(self.tree.join(edit.file), fs::read(tools::root().join(edit.file))?)?;
        }
        Ok(())
    }
}

fn copy(to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    for path in tree::files()? {
        let target = to.join(&path);
        fs::create_dir_all(target.parent().context("a path without a parent")?)?;
        fs::copy(tools::root().join(&path), target)?;
    }
    link(&tools::root().join("node_modules"), &to.join("node_modules"))
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(from, to)?)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    bail!("`cargo xtask faults` needs symbolic links: run it on Linux or macOS")
}

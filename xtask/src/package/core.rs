//! The WebAssembly in the package: one file for each feature of the crate that makes one.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::scripts::{self, Script};
use crate::bindgen::{Bindings, Glue};
use crate::wasm::Aim;
use crate::{step, tools, wasm};

/// A wasm file of the package, and how it is made.
#[derive(Debug)]
pub(super) struct Core {
    /// By this name the TypeScript imports its glue and its wasm.
    pub(super) name: &'static str,
    /// The crate's feature.
    feature: &'static str,
    aim: Aim,
    /// The script whose uses of it stay.
    pub(super) user: fn() -> Script,
}

/// An application that only verifies takes only the first. The last is the program's own.
pub(super) const CORES: [Core; 3] = [
    Core { name: "verifier", feature: "js", aim: Aim::Speed, user: scripts::index },
    Core { name: "signer", feature: "js-signer", aim: Aim::Size, user: scripts::index },
    Core { name: "deployment", feature: "js-deployment", aim: Aim::Size, user: scripts::program },
];

impl Core {
    /// Its file's name in `dist`.
    pub(super) fn file(&self) -> String {
        format!("{}.wasm", self.name)
    }

    /// Where it is put together.
    fn stage(&self, stage: &Path) -> PathBuf {
        stage.join(self.name)
    }

    pub(super) fn compile(&self, tree: &Path, target_dir: &Path) -> Result<PathBuf> {
        let compiled = wasm::compile(tree, target_dir, self.feature, "npm")?;
        let copy = self.compiled(target_dir);
        // The next feature's is built in the same place.
        fs::copy(compiled, &copy)?;
        Ok(copy)
    }

    /// One wasm file with everything of these cores in it, which takes as long as one of them.
    pub(super) fn compile_together(
        cores: &[&Self],
        tree: &Path,
        target_dir: &Path,
    ) -> Result<PathBuf> {
        let features = cores.iter().map(|core| core.feature).collect::<Vec<_>>();
        wasm::compile(tree, target_dir, &features.join(","), "npm")
    }

    /// What cargo has made of the tree that was built last.
    fn compiled(&self, target_dir: &Path) -> PathBuf {
        let file = format!("countersign-{}.wasm", self.name);
        target_dir.join("wasm32-unknown-unknown/npm").join(file)
    }

    /// Lets wasm-bindgen make the glue.
    pub(super) fn bind(&self, compiled: &Path, stage: &Path) -> Result<Bindings> {
        let stage = self.stage(stage);
        let bindings = step::call(&format!("wasm-bindgen, {}", self.name), || {
            Bindings::generate(compiled, Glue::Bundler, &stage)
        })?;
        step::call("wrap the glue", || wrap(&stage))?;
        fs::write(stage.join("text.js"), "export const frequent = \"\", text = \"\";\n")?;
        Ok(bindings)
    }

    /// The same module as the shipped one before it was made small, with a counter of allocations in it.
    pub(super) fn counting(&self, directory: &Path, export: &str) -> Result<PathBuf> {
        let mut bindings =
            Bindings::generate(&self.compiled(&tools::target_dir()), Glue::Bundler, directory)?;
        bindings.count_allocations(export)?;
        Ok(directory.join("index_bg.wasm"))
    }

    /// Makes the wasm small. wasm-bindgen exports more than the script uses: what only that needs goes with it.
    pub(super) fn finish(
        &self,
        mut bindings: Bindings,
        stage: &Path,
        script: &str,
        output: &Path,
    ) -> Result<()> {
        bindings.keep_exports(|name| has_property(script, name))?;
        bindings.silence_panics()?;
        let stage = self.stage(stage);
        wasm::optimise(&stage.join("index_bg.wasm"), output, self.aim)?;
        write_text(&fs::read(output)?, &stage.join("text.js"))
    }

    /// The wasm as wasm-bindgen leaves it, for a package that is only tested.
    pub(super) fn leave(&self, stage: &Path) -> Result<()> {
        let stage = self.stage(stage);
        write_text(&fs::read(stage.join("index_bg.wasm"))?, &stage.join("text.js"))
    }

    /// What the names in the TypeScript stand for.
    pub(super) fn aliases(&self, stage: &Path, platform: &Path) -> [String; 3] {
        let alias = |kind: &str, path: PathBuf| {
            format!("--alias:countersign:{kind}/{}={}", self.name, path.display())
        };
        [
            alias("glue", self.stage(stage).join("glue.js")),
            alias("text", self.stage(stage).join("text.js")),
            alias("wasm", platform.join(format!("{}.ts", self.name))),
        ]
    }
}

/// The glue keeps its state in module variables, and does things when it is imported. In a function it does nothing
/// before it is wanted, and bundlers see that.
fn wrap(stage: &Path) -> Result<()> {
    let glue = fs::read_to_string(stage.join("index_bg.js"))?;
    // Methods that nobody calls: `free` does the same.
    let lines = glue.lines().filter(|line| !line.starts_with("if (Symbol.dispose)"));
    let inner = lines.map(|line| line.strip_prefix("export ").unwrap_or(line));
    let inner = inner.collect::<Vec<_>>().join("\n");
    let names = exported(&glue).join(", ");
    if names.is_empty() || inner.contains("\nimport ") {
        bail!("wasm-bindgen's glue is not as it was: it exports nothing, or imports something");
    }
    let outer = format!("export function makeGlue() {{\n{inner}\nreturn {{ {names} }};\n}}\n");
    Ok(fs::write(stage.join("glue.js"), outer)?)
}

/// The names that follow `export class` and `export function`.
fn exported(glue: &str) -> Vec<&str> {
    fn name(line: &str) -> Option<&str> {
        let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '$');
        let rest = line.strip_prefix("export ")?;
        let rest = rest.strip_prefix("class ").or_else(|| rest.strip_prefix("function "))?;
        rest.split(|char| !is_name(char)).next()
    }
    glue.lines().filter_map(name).collect()
}

/// The wasm as text in a script, one character for each of the most frequent bytes, two for the others. Compressed, that
/// is no more than the wasm itself; hex is 10% more, and base64, which hides from gzip what repeats itself, 30%.
/// `pkg/src/wasm/text.ts` reads it.
fn write_text(wasm: &[u8], script: &Path) -> Result<()> {
    let count = |byte: u8| wasm.iter().filter(|other| **other == byte).count();
    let mut bytes = (0..=255).collect::<Vec<u8>>();
    bytes.sort_by_cached_key(|byte| (std::cmp::Reverse(count(*byte)), *byte));
    let (frequent, others) = bytes.split_at_mut(single_characters().count());
    frequent.sort_unstable();
    others.sort_unstable();
    let spelling = frequent.iter().chain(&*others).zip(spellings()).collect::<HashMap<_, _>>();
    let text = wasm.iter().map(|byte| spelling[byte].as_str()).collect::<String>();
    // A bit for each byte, four to a digit.
    let is_frequent = |byte: u8| u32::from(frequent.contains(&byte));
    let digit = |four: u8| (0..4).map(|bit| is_frequent(4 * four + bit) << bit).sum::<u32>();
    let hex = (0..64).map(|four| format!("{:x}", digit(four))).collect::<String>();
    let exports = format!("export const frequent = \"{hex}\";\nexport const text = \"{text}\";\n");
    Ok(fs::write(script, exports)?)
}

/// Printable ASCII, but for what would have to be escaped in a script, and for the two characters that begin a pair.
fn single_characters() -> impl Iterator<Item = char> + Clone {
    (' '..'}').filter(|char| !['"', '$', '\\', '`'].contains(char))
}

fn spellings() -> impl Iterator<Item = String> {
    let singles = single_characters();
    let after = |first: &'static str| singles.clone().map(move |char| format!("{first}{char}"));
    after("").chain(after("~")).chain(after("}"))
}

/// Whether a script mentions a property of this name.
fn has_property(script: &str, name: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let property = format!(".{name}");
    script.split(&property).skip(1).any(|rest| !rest.starts_with(goes_on))
}

#[cfg(test)]
mod tests {
    use super::{exported, has_property};

    #[test]
    fn exports_are_found() {
        let glue = "export class A {\nexport function b_1(c) {\nfunction d() {}\n";
        assert_eq!(exported(glue), ["A", "b_1"]);
    }

    #[test]
    fn a_longer_name_is_another() {
        assert!(has_property("wasm.free(1)", "free"));
        assert!(!has_property("wasm.free_all(1); free()", "free"));
        assert!(has_property("wasm.free_all(1); wasm.free", "free"));
    }
}

//! `cargo xtask build`: Rust to a Worker that `wrangler` can run and deploy.
//!
//! cargo -> wasm-bindgen -> esbuild -> wasm-opt -> `index.js` and `index_bg.wasm`. The glue that wasm-bindgen generates
//! keeps its state in module variables; wrapped into a function it can be had several times, which is how
//! `src/cloudflare/entry.js` replaces an instance that has failed.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::bindgen::{Bindings, Glue};
use crate::wasm::Aim;
use crate::{setup, step, tools, wasm};

pub(crate) const HELP: &str = "\
usage: cargo xtask build [--profile NAME] [--features LIST --output DIR]

Builds the Worker into build/worker/ (index.js and index_bg.wasm), prints its size, and fails if that is more than
200,000 bytes of gzip. wrangler.toml calls this before `wrangler dev` and `wrangler deploy`.

  --profile NAME    a Cargo profile; default: worker. `dev` is quick to build, not optimised, and may be larger
  --features LIST   further Cargo features, such as `sabotage`, which puts in the mistakes that tests must catch;
                    needs --output, so that such a Worker is never deployed
  --output DIR      where to; default: build/worker";

/// What the Worker's wasm may weigh, compressed.
const LIMIT_GZIP_BYTES: u64 = 200_000;

/// What `entry.js` uses of the wasm.
const EXPORTS: &str = "fetch, sweep, InboxObject";

/// What a built Worker consists of.
pub(crate) const FILES: [&str; 2] = ["index_bg.wasm", "index.js"];

pub(crate) fn command(mut args: Args) -> Result<()> {
    let profile = args.option::<String>("--profile")?.unwrap_or_else(|| "worker".to_owned());
    let features = args.option::<String>("--features")?;
    let output = args.option::<PathBuf>("--output")?;
    args.finish()?;
    let directory = match (&features, output) {
        (Some(_), None) => bail!("--features needs --output"),
        (None, None) => build(&profile)?,
        (_, Some(output)) => build_into(&output, &profile, features.as_deref())?,
    };
    if profile == "worker" && features.is_none() { judge(&directory) } else { Ok(()) }
}

/// Builds this tree's Worker into `build/worker`, sets up what that needs, and returns the directory.
pub(crate) fn build(profile: &str) -> Result<PathBuf> {
    build_into(&tools::root().join("build/worker"), profile, None)
}

/// The same into another directory, and perhaps with further Cargo features.
pub(crate) fn build_into(output: &Path, profile: &str, features: Option<&str>) -> Result<PathBuf> {
    setup::wasm_target()?;
    setup::node_modules()?;
    fs::create_dir_all(output)?;
    let output = std::path::absolute(output)?;
    let recipe = Recipe {
        tree: tools::root().to_path_buf(),
        target_dir: tools::target_dir(),
        stage: tools::root().join("build/stage").join(stage_name(&output.canonicalize()?)),
        output,
        profile: profile.to_owned(),
        features: features.map(str::to_owned),
    };
    recipe.run()?;
    let sizes = wasm::sizes(&FILES.map(|file| recipe.output.join(file)))?;
    let sizes = FILES.iter().zip(sizes).map(|(file, size)| format!("{file} {size}"));
    println!("   Worker: {}", sizes.collect::<Vec<_>>().join("; "));
    Ok(recipe.output)
}

/// One for each output, also of two that have the same last part.
fn stage_name(output: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    output.hash(&mut hasher);
    let last = output.file_name().unwrap_or_default().to_string_lossy();
    format!("{last}-{:016x}", hasher.finish())
}

/// One build: of which tree, and where to.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) tree: PathBuf,
    pub(crate) target_dir: PathBuf,
    pub(crate) stage: PathBuf,
    pub(crate) output: PathBuf,
    pub(crate) profile: String,
    /// Besides `entrypoint`.
    pub(crate) features: Option<String>,
}

impl Recipe {
    pub(crate) fn run(&self) -> Result<()> {
        let wasm =
            wasm::compile(&self.tree, &self.target_dir, &self.all_features(), &self.profile)?;
        let fingerprint = self.fingerprint(&wasm)?;
        let outputs = FILES.map(|file| self.output.join(file));
        if wasm::is_made(&self.stamp(), &fingerprint, &outputs) {
            return Ok(());
        }
        fs::create_dir_all(&self.output)?;
        let generate = || Bindings::generate(&wasm, Glue::Web, &self.stage);
        let mut bindings = step::call("wasm-bindgen", generate)?;
        let glue = step::call("esbuild", || self.bundle())?;
        step::call("drop unused exports", || keep_used_exports(&mut bindings, &glue))?;
        if self.is_optimised() {
            step::call("silence panics", || bindings.silence_panics())?;
        }
        self.optimise()?;
        fs::write(self.stamp(), fingerprint)?;
        Ok(())
    }

    /// Makes `index.js`. Returns the glue that is in it.
    fn bundle(&self) -> Result<String> {
        let facade = self.stage.join("facade.js");
        fs::write(&facade, format!("export {{ {EXPORTS}, initSync }} from \"./index.js\";\n"))?;
        let glue = self.stage.join("glue.js");
        // Classes of the `worker` crate that nobody uses go when nothing is done to them.
        let options = ["--format=iife", "--global-name=glue", "--define:Symbol.dispose=undefined"];
        self.esbuild(&facade, &options, &glue)?;
        let glue = fs::read_to_string(glue)?;

        let factory = self.stage.join("factory.js");
        fs::write(&factory, as_factory(&glue))?;
        let entry = self.tree.join("src/cloudflare/entry.js");
        let alias = format!("--alias:countersign:wasm={}", factory.display());
        let external = ["--external:./index_bg.wasm", "--external:cloudflare:workers"];
        let options = [&["--format=esm", "--minify", &alias], &external[..]].concat();
        self.esbuild(&entry, &options, &self.output.join("index.js"))?;
        Ok(glue)
    }

    fn optimise(&self) -> Result<()> {
        let (from, to) = (self.stage.join("index_bg.wasm"), self.output.join("index_bg.wasm"));
        if !self.is_optimised() {
            fs::copy(from, to)?;
            return Ok(());
        }
        wasm::optimise(&from, &to, Aim::Size)
    }

    /// The profile for quick builds keeps what its panics say.
    fn is_optimised(&self) -> bool {
        self.profile != "dev"
    }

    fn all_features(&self) -> String {
        self.features.iter().fold("entrypoint".to_owned(), |all, more| format!("{all},{more}"))
    }

    fn esbuild(&self, input: &Path, options: &[&str], output: &Path) -> Result<()> {
        let options = [options, &["--target=es2024"]].concat();
        wasm::esbuild(&self.stage, input, &options, output)
    }

    /// Everything that decides what the steps after cargo would make.
    fn fingerprint(&self, wasm: &Path) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        fs::read(wasm).with_context(|| wasm.display().to_string())?.hash(&mut hasher);
        fs::read(self.tree.join("src/cloudflare/entry.js"))?.hash(&mut hasher);
        fs::read(tools::root().join("package.json"))?.hash(&mut hasher);
        (include_str!("worker.rs"), include_str!("bindgen.rs"), include_str!("wasm.rs"))
            .hash(&mut hasher);
        Ok(format!("{:016x}", hasher.finish()))
    }

    fn stamp(&self) -> PathBuf {
        self.stage.join("fingerprint")
    }
}

/// `instantiate(queueMicrotask)`: a new WebAssembly instance with glue of its own. The parameter shadows the global in
/// the glue, so that the caller sees every run of Rust's futures.
fn as_factory(glue: &str) -> String {
    format!(
        "import module from \"./index_bg.wasm\";\n\
         export function instantiate(queueMicrotask) {{\n{glue}\nglue.initSync({{ module }});\nreturn glue;\n}}\n"
    )
}

/// The `worker` crate exports classes that we don't use. What only they need goes with them.
fn keep_used_exports(bindings: &mut Bindings, glue: &str) -> Result<()> {
    let used = used_exports(glue);
    if !used.contains("fetch") {
        bail!(
            "wasm-bindgen's glue doesn't look as expected: it makes no use of the export `fetch`"
        );
    }
    bindings.keep_exports(|name| used.contains(name))
}

/// The exports that the glue mentions. A class that is gone has left its finaliser behind, which mentions its `free` once.
fn used_exports(glue: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
    let mentions = glue.split("wasm.").skip(1);
    let names = mentions.map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default());
    let names = names.collect::<Vec<_>>();
    let count = |name: &str| names.iter().filter(|other| **other == name).count();
    let is_used = |name: &&str| !name.ends_with("_free") || count(name) > 1;
    names.iter().copied().filter(is_used).collect()
}

/// Fails if the wasm is larger than we allow.
fn judge(directory: &Path) -> Result<()> {
    let sizes = wasm::sizes(&[directory.join("index_bg.wasm")])?;
    match sizes.first().map_or(0, |size| size.gzip) {
        gzip if gzip > LIMIT_GZIP_BYTES => bail!(
            "the wasm is {gzip} bytes compressed, more than the {LIMIT_GZIP_BYTES} that we allow"
        ),
        _ => Ok(()),
    }
}

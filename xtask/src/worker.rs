//! `cargo xtask build`: Rust to a Worker that `wrangler` can run and deploy.
//!
//! cargo -> wasm-bindgen -> esbuild -> wasm-opt -> `index.js` and `index_bg.wasm`. The glue that wasm-bindgen generates
//! keeps its state in module variables; wrapped into a function it can be had several times, which is how
//! `src/cloudflare/entry.js` replaces an instance that has failed.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::bindgen::{Bindings, Glue};
use crate::{setup, step, tools};

pub(crate) const HELP: &str = "\
usage: cargo xtask build [--profile NAME]

Builds the Worker into build/worker/ (index.js and index_bg.wasm), prints its size, and fails if that is more than
100,000 bytes of gzip. wrangler.toml calls this before `wrangler dev` and `wrangler deploy`.

  --profile NAME   a Cargo profile; default: worker. `dev` is quick to build, not optimised, and may be larger";

/// What rustc emits, and no more: workerd need not know what the newest binaryen can.
const WASM_FEATURES: [&str; 7] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
    "simd",
];

/// What the Worker's wasm may weigh, compressed.
const LIMIT_GZIP_BYTES: u64 = 100_000;

pub(crate) fn command(mut args: Args) -> Result<()> {
    let profile = args.option::<String>("--profile")?.unwrap_or_else(|| "worker".to_owned());
    args.finish()?;
    let directory = build(&profile)?;
    if profile == "worker" { judge_size(&directory) } else { Ok(()) }
}

/// Builds this tree's Worker into `build/worker`, sets up what that needs, and returns the directory.
pub(crate) fn build(profile: &str) -> Result<PathBuf> {
    setup::wasm_target()?;
    setup::node_modules()?;
    let recipe = Recipe {
        tree: tools::root().to_path_buf(),
        target_dir: tools::target_dir(),
        stage: tools::root().join("build/stage"),
        output: tools::root().join("build/worker"),
        profile: profile.to_owned(),
    };
    recipe.run()?;
    let (wasm, script) = (wasm_size(&recipe.output)?, size(&recipe.output.join("index.js"))?);
    println!("   Worker: wasm {wasm}; script {script}");
    Ok(recipe.output)
}

/// One build: of which tree, and where to.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) tree: PathBuf,
    pub(crate) target_dir: PathBuf,
    pub(crate) stage: PathBuf,
    pub(crate) output: PathBuf,
    pub(crate) profile: String,
}

impl Recipe {
    pub(crate) fn run(&self) -> Result<()> {
        let wasm = self.compile()?;
        let fingerprint = self.fingerprint(&wasm)?;
        if self.is_built(&fingerprint) {
            return Ok(());
        }
        fs::create_dir_all(&self.output)?;
        let generate = || Bindings::generate(&wasm, Glue::Web, &self.stage);
        let mut bindings = step::call("wasm-bindgen", generate)?;
        let glue = step::call("esbuild", || self.bundle())?;
        step::call("drop unused exports", || keep_used_exports(&mut bindings, &glue))?;
        self.optimise()?;
        fs::write(self.stamp(), fingerprint)?;
        Ok(())
    }

    fn compile(&self) -> Result<PathBuf> {
        let mut cargo = tools::cargo();
        cargo.current_dir(&self.tree).env("CARGO_TARGET_DIR", &self.target_dir);
        cargo.args(["build", "--package", "countersign", "--lib", "--features", "entrypoint"]);
        cargo.args(["--target", "wasm32-unknown-unknown", "--profile", &self.profile]);
        step::run(&format!("cargo build, wasm32, profile {}", self.profile), &mut cargo)?;
        let directory = if self.profile == "dev" { "debug" } else { &self.profile };
        Ok(self.target_dir.join("wasm32-unknown-unknown").join(directory).join("countersign.wasm"))
    }

    /// Makes `index.js`. Returns the glue that is in it.
    fn bundle(&self) -> Result<String> {
        let facade = self.stage.join("facade.js");
        fs::write(&facade, "export { fetch, initSync } from \"./index.js\";\n")?;
        let glue = self.stage.join("glue.js");
        // Classes of the `worker` crate that nobody uses go when nothing is done to them.
        let options = ["--format=iife", "--global-name=glue", "--define:Symbol.dispose=undefined"];
        self.esbuild(&facade, &options, &glue)?;
        let glue = fs::read_to_string(glue)?;

        let factory = self.stage.join("factory.js");
        fs::write(&factory, as_factory(&glue))?;
        let entry = self.tree.join("src/cloudflare/entry.js");
        let alias = format!("--alias:countersign:wasm={}", factory.display());
        let options = ["--format=esm", "--external:./index_bg.wasm", "--minify", &alias];
        self.esbuild(&entry, &options, &self.output.join("index.js"))?;
        Ok(glue)
    }

    fn optimise(&self) -> Result<()> {
        let (from, to) = (self.stage.join("index_bg.wasm"), self.output.join("index_bg.wasm"));
        if self.profile == "dev" {
            fs::copy(from, to)?;
            return Ok(());
        }
        let mut command = tools::node_bin("wasm-opt")?;
        command
            .arg(from)
            .arg("-o")
            .arg(to)
            .args(WASM_FEATURES.map(|name| format!("--enable-{name}")));
        // For the compressed size: code that stays in functions of its own, and repeats itself, packs better.
        command.args(["-Oz", "--one-caller-inline-max-function-size=0"]);
        command.args(["--skip-pass=local-cse", "--skip-pass=memory-packing"]);
        step::run("wasm-opt", &mut command).map(drop)
    }

    fn esbuild(&self, input: &Path, options: &[&str], output: &Path) -> Result<()> {
        let mut command = tools::node_bin("esbuild")?;
        command.current_dir(&self.stage).arg(input).args(options);
        command.args(["--bundle", "--target=es2024", "--log-level=warning"]);
        command.arg(format!("--outfile={}", output.display()));
        let done = command.output().context("esbuild doesn't start")?;
        if !done.status.success() {
            bail!("{}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(())
    }

    /// Everything that decides what the steps after cargo would make.
    fn fingerprint(&self, wasm: &Path) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        fs::read(wasm).with_context(|| wasm.display().to_string())?.hash(&mut hasher);
        fs::read(self.tree.join("src/cloudflare/entry.js"))?.hash(&mut hasher);
        fs::read(tools::root().join("package.json"))?.hash(&mut hasher);
        (include_str!("worker.rs"), include_str!("bindgen.rs")).hash(&mut hasher);
        Ok(format!("{:016x}", hasher.finish()))
    }

    fn is_built(&self, fingerprint: &str) -> bool {
        let files = ["index.js", "index_bg.wasm"];
        files.iter().all(|file| self.output.join(file).is_file())
            && fs::read_to_string(self.stamp()).is_ok_and(|stamp| stamp == fingerprint)
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
fn judge_size(directory: &Path) -> Result<()> {
    let gzip = wasm_size(directory)?.gzip;
    if gzip > LIMIT_GZIP_BYTES {
        bail!(
            "the wasm is {gzip} bytes compressed, more than the {LIMIT_GZIP_BYTES} that we allow"
        );
    }
    Ok(())
}

fn wasm_size(directory: &Path) -> Result<Size> {
    size(&directory.join("index_bg.wasm"))
}

struct Size {
    raw: u64,
    gzip: u64,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, {} gzip", self.raw, self.gzip)
    }
}

/// Raw and compressed size. zlib is at hand in Node.
fn size(file: &Path) -> Result<Size> {
    let program = "console.log(require('zlib').gzipSync(require('fs').readFileSync(process.argv[1]),{level:9}).length)";
    let output = tools::node_bin("node")?.args(["-e", program]).arg(file).output()?;
    let gzip = String::from_utf8_lossy(&output.stdout).trim().parse().context("node's zlib")?;
    Ok(Size { raw: fs::metadata(file)?.len(), gzip })
}

//! `cargo xtask build`: Rust to a Worker that `wrangler` can run and deploy.
//!
//! cargo -> wasm-bindgen -> wasm-opt -> esbuild -> `index.js` and `index_bg.wasm`. The glue that wasm-bindgen generates
//! keeps its state in module variables; wrapped into a function it can be had several times, which is how
//! `src/cloudflare/entry.js` replaces an instance that has failed.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::bindgen::{self, Glue};
use crate::{setup, step, tools};

pub(crate) const HELP: &str = "\
usage: cargo xtask build [--profile NAME]

Builds the Worker into build/worker/ (index.js and index_bg.wasm), prints its size, and fails if that is more than
100,000 bytes of gzip. wrangler.toml calls this before `wrangler dev` and `wrangler deploy`.

  --profile NAME   a Cargo profile; default: worker";

/// What the Worker's wasm may weigh, compressed.
const LIMIT_GZIP_BYTES: u64 = 100_000;

pub(crate) fn command(mut args: Args) -> Result<()> {
    let profile = args.option::<String>("--profile")?.unwrap_or_else(|| "worker".to_owned());
    args.finish()?;
    build(&profile).map(drop)
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
    report_size(&recipe.output)?;
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
        step::call("wasm-bindgen", || bindgen::generate(&wasm, Glue::Web, &self.stage))?;
        self.optimise()?;
        self.bundle()?;
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

    fn optimise(&self) -> Result<()> {
        let wasm = self.stage.join("index_bg.wasm");
        let mut command = tools::node_bin("wasm-opt")?;
        command.arg(&wasm).arg("-o").arg(self.output.join("index_bg.wasm")).arg("-Oz");
        // What rustc emits, and no more: workerd need not know what the newest binaryen can.
        command
            .args(["mutable-globals", "sign-ext", "nontrapping-float-to-int", "simd"].map(enable));
        command.args(["bulk-memory", "multivalue", "reference-types"].map(enable));
        step::run("wasm-opt -Oz", &mut command).map(drop)
    }

    fn bundle(&self) -> Result<()> {
        step::call("esbuild", || {
            self.esbuild(
                "index.js",
                &["--format=iife", "--global-name=glue"],
                &self.stage.join("glue.js"),
            )?;
            let glue = fs::read_to_string(self.stage.join("glue.js"))?;
            let factory = self.stage.join("factory.js");
            fs::write(&factory, as_factory(&glue))?;
            let entry = self.tree.join("src/cloudflare/entry.js");
            let alias = format!("--alias:countersign:wasm={}", factory.display());
            let options = ["--format=esm", "--external:./index_bg.wasm", "--minify", &alias];
            self.esbuild(&entry.to_string_lossy(), &options, &self.output.join("index.js"))
        })
    }

    fn esbuild(&self, input: &str, options: &[&str], output: &Path) -> Result<()> {
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

fn enable(feature: &str) -> String {
    format!("--enable-{feature}")
}

fn report_size(directory: &Path) -> Result<()> {
    let wasm = size(&directory.join("index_bg.wasm"))?;
    let script = size(&directory.join("index.js"))?;
    println!(
        "   Worker: wasm {} bytes, {} gzip; script {} bytes, {} gzip",
        wasm.0, wasm.1, script.0, script.1
    );
    if wasm.1 > LIMIT_GZIP_BYTES {
        bail!(
            "the wasm is {} bytes compressed, more than the {LIMIT_GZIP_BYTES} that we allow",
            wasm.1
        );
    }
    Ok(())
}

/// Raw and compressed size. zlib is at hand in Node.
fn size(file: &Path) -> Result<(u64, u64)> {
    let raw = fs::metadata(file)?.len();
    let program = "console.log(require('zlib').gzipSync(require('fs').readFileSync(process.argv[1]),{level:9}).length)";
    let output = tools::node_bin("node")?.args(["-e", program]).arg(file).output()?;
    let gzip = String::from_utf8_lossy(&output.stdout).trim().parse().context("node's zlib")?;
    Ok((raw, gzip))
}

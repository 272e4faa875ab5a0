//! `cargo xtask package`: the npm package, from Rust and TypeScript to a tarball.
//!
//! cargo -> wasm-bindgen -> wasm-opt -> the wasm files; esbuild -> one script for each entry and kind of module; tsc ->
//! their declarations; npm -> the tarball. The scripts differ in how they come by the wasm: `pkg/src/wasm` has a
//! directory for each way. The gateway's Worker is in it too, as `cargo xtask build` makes it.

mod core;
mod declarations;
mod scripts;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::core::{CORES, Core};
use self::scripts::Script;
use crate::args::Args;
use crate::{setup, step, tools, tree, wasm, worker};

pub(crate) const HELP: &str = "\
usage: cargo xtask package

Builds the npm package, with the Worker in it: pkg/dist, and from it the tarball in build/package. Prints the size of each file and of an
application's `import { Verifier }`, and fails if the latter is more than 36 kB of gzip, with the wasm in it.";

/// What `import { Verifier }` may add to an application, minified and compressed.
const LIMIT_GZIP_BYTES: u64 = 36 * 1024;

/// Where the Worker goes in `dist`.
const WORKER: &str = "gateway";

/// What every runtime that we support can run.
const TARGET: &str = "--target=es2022";

pub(crate) fn command(args: Args) -> Result<()> {
    args.finish()?;
    let package = build()?;
    println!("   {}", package.tarball.strip_prefix(tools::root())?.display());
    if package.gzip > LIMIT_GZIP_BYTES {
        bail!(
            "`import {{ Verifier }}` costs {} bytes, more than the {LIMIT_GZIP_BYTES} that we allow",
            package.gzip
        );
    }
    Ok(())
}

/// What was built.
pub(crate) struct Package {
    pub(crate) tarball: PathBuf,
    /// What an application's `import { Verifier }` costs. A test of the package has an eye on it.
    pub(crate) gzip: u64,
    /// The scripts and wasm files in it.
    pub(crate) dist: PathBuf,
}

/// Builds this tree's package, sets up what that needs, and prints what everything weighs.
pub(crate) fn build() -> Result<Package> {
    setup::wasm_target()?;
    setup::node_modules()?;
    let recipe = Recipe::new(tools::root(), worker::build("worker")?);
    recipe.run()?;
    Ok(Package { gzip: recipe.weigh()?, tarball: recipe.tarball()?, dist: recipe.dist })
}

/// Builds of a tree's package what its tests in Node.js need, as fast as can be, and installs it in a project of its own.
/// Returns the project's directory.
pub(crate) fn quick(tree: &Path, target_dir: &Path) -> Result<PathBuf> {
    let project = tree.join("build/package/project");
    let installed = project.join("node_modules/countersign");
    let mut recipe = Recipe::new(tree, PathBuf::new());
    recipe.dist = installed.join("dist");
    let scripts = scripts::all().into_iter().filter(Script::is_quick).collect::<Vec<_>>();
    let is_used = |core: &&Core| scripts.contains(&(core.user)());
    let cores = CORES.iter().filter(is_used).collect::<Vec<_>>();
    let compiled = Core::compile_together(&cores, tree, target_dir)?;
    for core in cores {
        core.bind(&compiled, &recipe.stage)?;
        core.leave(&recipe.stage)?;
    }
    empty(&recipe.dist)?;
    step::call("esbuild", || {
        let bundle = |script: &Script| recipe.bundle(script, &recipe.dist.join(&script.output));
        scripts.iter().try_for_each(bundle)
    })?;
    copy(&tree.join("pkg/package.json"), &installed.join("package.json"))?;
    fs::write(project.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    Ok(project)
}

/// The verifier's wasm of the last build before it was made small, with a counter of its allocations, exported under this
/// name.
pub(crate) fn counting_verifier(directory: &Path, export: &str) -> Result<PathBuf> {
    let verifier = CORES.iter().find(|core| core.name == VERIFIER);
    verifier.context("there is no verifier")?.counting(directory, export)
}

/// The wasm of whoever only verifies.
const VERIFIER: &str = "verifier";

/// One build.
struct Recipe {
    tree: PathBuf,
    source: PathBuf,
    dist: PathBuf,
    /// Where the built Worker is.
    worker: PathBuf,
    /// For what is made on the way.
    stage: PathBuf,
    /// For the tarball.
    output: PathBuf,
}

impl Recipe {
    fn new(tree: &Path, worker: PathBuf) -> Self {
        Self {
            worker,
            tree: tree.to_path_buf(),
            source: tree.join("pkg/src"),
            dist: tree.join("pkg/dist"),
            stage: tree.join("build/package/stage"),
            output: tree.join("build/package"),
        }
    }

    fn run(&self) -> Result<()> {
        let compile = |core: &Core| core.compile(&self.tree, &tools::target_dir());
        let compiled = CORES.iter().map(compile).collect::<Result<Vec<_>>>()?;
        let fingerprint = self.fingerprint(&compiled)?;
        let stamp = self.output.join("fingerprint");
        if wasm::is_made(&stamp, &fingerprint, &self.outputs()?) {
            return Ok(());
        }
        empty(&self.dist)?;
        let bind = |(core, compiled): (&Core, &PathBuf)| core.bind(compiled, &self.stage);
        let bindings = CORES.iter().zip(&compiled).map(bind).collect::<Result<Vec<_>>>()?;
        let uses = CORES.iter().map(|core| self.uses(core)).collect::<Result<Vec<_>>>()?;
        for ((core, bindings), uses) in CORES.iter().zip(bindings).zip(uses) {
            core.finish(bindings, &self.stage, &uses, &self.dist.join(core.file()))?;
        }
        step::call("esbuild", || {
            let bundle = |script: &Script| self.bundle(script, &self.dist.join(&script.output));
            scripts::all().iter().try_for_each(bundle)
        })?;
        for file in worker::FILES {
            copy(&self.worker.join(file), &self.dist.join(WORKER).join(file))?;
        }
        step::call("tsc", || declarations::emit(&self.tree, &self.stage, &self.dist))?;
        step::call("npm pack", || self.pack())?;
        fs::write(stamp, fingerprint)?;
        Ok(())
    }

    /// The script that uses a core, before there is a wasm.
    fn uses(&self, core: &Core) -> Result<String> {
        let uses = self.stage.join("uses.js");
        self.bundle(&(core.user)(), &uses)?;
        Ok(fs::read_to_string(uses)?)
    }

    fn bundle(&self, script: &Script, output: &Path) -> Result<()> {
        let platform = self.source.join("wasm").join(script.wasm);
        let aliases = CORES.iter().flat_map(|core| core.aliases(&self.stage, &platform));
        let aliases = aliases.collect::<Vec<_>>();
        let mut options = vec![
            TARGET,
            // The entries share one core, which they import by the package's own name.
            "--external:countersign",
            "--external:*.wasm",
            "--external:*.wasm?module",
            "--tsconfig-raw={\"compilerOptions\":{\"verbatimModuleSyntax\":true}}",
            "--charset=utf8",
        ];
        options.extend(script.options);
        options.extend(aliases.iter().map(String::as_str));
        wasm::esbuild(&self.stage, &self.source.join(&script.source), &options, output)
    }

    /// Puts together what is published, and packs it.
    fn pack(&self) -> Result<()> {
        let content = self.output.join("content");
        empty(&content)?;
        for file in ["package.json", "README.md"] {
            copy(&self.tree.join("pkg").join(file), &content.join(file))?;
        }
        for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
            copy(&self.tree.join(file), &content.join(file))?;
        }
        for file in tree::files_under(&self.dist)? {
            copy(&file, &content.join("dist").join(file.strip_prefix(&self.dist)?))?;
        }
        let mut npm = tools::npm()?;
        npm.current_dir(&content).args(["pack", "--silent", "--pack-destination"]);
        let done = npm.arg(&self.output).output()?;
        if !done.status.success() {
            bail!("{}", String::from_utf8_lossy(&done.stderr).trim());
        }
        Ok(())
    }

    /// Prints what everything weighs. Returns what `import { Verifier }` does.
    fn weigh(&self) -> Result<u64> {
        let application = self.stage.join("application.js");
        let entry = self.stage.join("application.mjs");
        fs::write(&entry, "export { Verifier } from \"countersign\";\n")?;
        let alias =
            format!("--alias:countersign={}", self.dist.join(scripts::index().output).display());
        let options = ["--format=esm", TARGET, "--minify", &alias];
        wasm::esbuild(&self.stage, &entry, &options, &application)?;

        let files = CORES.iter().map(Core::file);
        let files = files.chain(scripts::all().into_iter().map(|script| script.output));
        let mut files = files.map(|file| (self.dist.join(&file), file)).collect::<Vec<_>>();
        files.push((application, "import { Verifier }".to_owned()));
        let sizes = wasm::sizes(&files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>())?;
        for ((_, name), size) in files.iter().zip(&sizes) {
            println!("   {name:<26} {size}");
        }
        Ok(sizes.last().map_or(0, |size| size.gzip))
    }

    /// Everything that decides what the steps after cargo would make.
    fn fingerprint(&self, compiled: &[PathBuf]) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        let package = self.tree.join("pkg");
        let mut files = tree::files_under(&self.source)?;
        files.extend(["package.json", "tsconfig.json", "README.md"].map(|file| package.join(file)));
        let tree = ["LICENSE-APACHE", "LICENSE-MIT", "package.json", "package-lock.json"];
        files.extend(tree.map(|file| self.tree.join(file)));
        files.extend_from_slice(compiled);
        files.extend(worker::FILES.map(|file| self.worker.join(file)));
        for file in files {
            file.hash(&mut hasher);
            fs::read(&file).with_context(|| file.display().to_string())?.hash(&mut hasher);
        }
        (include_str!("mod.rs"), include_str!("core.rs")).hash(&mut hasher);
        (include_str!("declarations.rs"), include_str!("../bindgen.rs")).hash(&mut hasher);
        (include_str!("scripts.rs"), include_str!("../wasm.rs")).hash(&mut hasher);
        Ok(format!("{:016x}", hasher.finish()))
    }

    fn outputs(&self) -> Result<Vec<PathBuf>> {
        let cores = CORES.iter().map(|core| self.dist.join(core.file()));
        let scripts = scripts::all();
        let scripts = scripts.iter().map(|script| self.dist.join(&script.output));
        let worker = worker::FILES.map(|file| self.dist.join(WORKER).join(file));
        Ok(cores.chain(scripts).chain(worker).chain([self.tarball()?]).collect())
    }

    fn tarball(&self) -> Result<PathBuf> {
        let text = fs::read_to_string(self.tree.join("pkg/package.json"))?;
        let manifest = serde_json::from_str::<serde_json::Value>(&text)?;
        let version = manifest["version"].as_str().context("pkg/package.json has no version")?;
        Ok(self.output.join(format!("countersign-{version}.tgz")))
    }
}

fn empty(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    Ok(fs::create_dir_all(directory)?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    to.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::copy(from, to).with_context(|| from.display().to_string()).map(drop)
}

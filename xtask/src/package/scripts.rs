//! The scripts of the package: one per entry and kind of module, and the program.

/// What can be imported: modules in `pkg/src`. The first is the core; the others import it by the package's name.
pub(super) const ENTRIES: [&str; 15] = [
    "index",
    "explain/index",
    "standard-webhooks",
    "dedupe/index",
    "dedupe/redis",
    "dedupe/sql",
    "dedupe/kv",
    "dedupe/deno-kv",
    "express",
    "fastify",
    "hono",
    "next",
    "node",
    "workers",
    "gateway",
];

/// Of these, what most tests in Node.js are about.
const QUICK: [&str; 3] = ["index", "explain/index", "standard-webhooks"];

/// A script of the package.
#[derive(PartialEq, Eq)]
pub(super) struct Script {
    /// Where it goes in `dist`.
    pub(super) output: String,
    /// Its source in `pkg/src`.
    pub(super) source: String,
    /// How it comes by the wasm: a directory in `pkg/src/wasm`.
    pub(super) wasm: &'static str,
    /// For esbuild.
    pub(super) options: &'static [&'static str],
}

impl Script {
    /// Whether it is one of those that a quick build makes.
    pub(super) fn is_quick(&self) -> bool {
        let is_quick = |entry: &&str| self.source == format!("{entry}.ts");
        self.wasm == "inline" && QUICK.iter().any(is_quick)
    }
}

const ESM: &[&str] = &["--format=esm", "--platform=neutral"];
// For `node`, esbuild adds the names of the exports in the form that `import` from CommonJS looks for.
const COMMONJS: &[&str] = &["--format=cjs", "--platform=node"];
// Node.js runs it as it is.
const PROGRAM: &[&str] = &["--format=esm", "--platform=node"];

/// All of them.
pub(super) fn all() -> Vec<Script> {
    let entries = ENTRIES.into_iter().flat_map(|entry| {
        [("esm", "js", ESM), ("cjs", "cjs", COMMONJS)].map(|(directory, ending, options)| {
            script(&format!("{directory}/{entry}.{ending}"), entry, "inline", options)
        })
    });
    let others = [
        script("esm/workerd.js", "index", "workerd", ESM),
        script("esm/edge-light.js", "index", "edge-light", ESM),
        program(),
    ];
    entries.chain(others).collect()
}

/// The core as most import it.
pub(super) fn index() -> Script {
    script("esm/index.js", "index", "inline", ESM)
}

/// The command line.
pub(super) fn program() -> Script {
    script("cli.js", "cli/main", "inline", PROGRAM)
}

fn script(
    output: &str,
    entry: &str,
    wasm: &'static str,
    options: &'static [&'static str],
) -> Script {
    Script { output: output.to_owned(), source: format!("{entry}.ts"), wasm, options }
}

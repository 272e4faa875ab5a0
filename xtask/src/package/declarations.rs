//! The package's declarations: tsc makes them, and here they become those of ES modules and those of CommonJS.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::scripts::ENTRIES;
use crate::tools;

/// Type-checks `pkg/src` and writes its declarations into `dist/esm` and `dist/cjs`.
pub(super) fn emit(tree: &Path, stage: &Path, dist: &Path) -> Result<()> {
    let emitted = stage.join("types");
    let mut tsc = tools::node_bin("tsc")?;
    tsc.current_dir(tree).args(["--project", "pkg/tsconfig.json", "--noEmit", "false"]);
    tsc.args(["--declaration", "--emitDeclarationOnly", "--outDir"]).arg(&emitted);
    let done = tsc.output().context("tsc doesn't start")?;
    if !done.status.success() {
        bail!("{}", String::from_utf8_lossy(&done.stdout).trim());
    }
    for module in reachable(&emitted)? {
        let source = path(&emitted, &module, "d.ts");
        let text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        for (directory, ending) in [("esm", "js"), ("cjs", "cjs")] {
            let to = path(&dist.join(directory), &module, &declaration(ending));
            to.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(to, with_ending(&text, ending))?;
        }
    }
    Ok(())
}

/// `d.ts` for `js`, `d.cts` for `cjs`.
fn declaration(ending: &str) -> String {
    format!("d.{}", ending.replace("js", "ts"))
}

fn path(directory: &Path, module: &Path, ending: &str) -> PathBuf {
    directory.join(format!("{}.{ending}", module.display()))
}

/// The modules that the entries import, and these, and so on; without endings. Declarations of others are left out.
fn reachable(emitted: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = ENTRIES.map(PathBuf::from).to_vec();
    while let Some(module) = waiting.pop() {
        let file = path(emitted, &module, "d.ts");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let directory = module.parent().unwrap_or(Path::new("")).to_path_buf();
        if found.insert(module) {
            let imports = imports(&text).into_iter().filter_map(module_of);
            waiting.extend(imports.map(|import| normal(&directory.join(import))));
        }
    }
    Ok(found)
}

/// The relative modules that a declaration imports, as they stand there.
fn imports(text: &str) -> BTreeSet<&str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
    let quoted = code.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.filter(|text| text.starts_with("./") || text.starts_with("../")).collect()
}

fn module_of(import: &str) -> Option<&str> {
    import.strip_suffix(".ts").or_else(|| import.strip_suffix(".js"))
}

/// The same path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part.as_os_str().to_str() {
            Some(".") => {}
            Some("..") => drop(normal.pop()),
            _ => normal.push(part),
        }
    }
    normal
}

/// The text, with imports of modules that end so.
fn with_ending(text: &str, ending: &str) -> String {
    imports(text).into_iter().fold(text.to_owned(), |text, import| match module_of(import) {
        Some(module) => text.replace(&format!("\"{import}\""), &format!("\"{module}.{ending}\"")),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::{declaration, imports, normal, with_ending};
    use std::path::Path;

    const TEXT: &str = "\
import { A } from \"./a.ts\";
/**
 * import x from \"./example.ts\";
 */
export { B } from \"../b/index.js\";
export type C = import(\"countersign\").C | \"./\";
";

    #[test]
    fn relative_imports_are_found_and_those_in_comments_are_not() {
        let found = imports(TEXT).into_iter().collect::<Vec<_>>();
        assert_eq!(found, ["../b/index.js", "./", "./a.ts"]);
    }

    #[test]
    fn imports_take_the_ending_of_their_kind() {
        let text = with_ending(TEXT, "cjs");
        assert!(text.contains("from \"./a.cjs\"") && text.contains("\"../b/index.cjs\""), "{text}");
        assert!(text.contains("\"./example.ts\"") && text.contains("| \"./\""), "{text}");
        assert_eq!((declaration("js"), declaration("cjs")), ("d.ts".into(), "d.cts".into()));
    }

    #[test]
    fn a_path_goes_back_where_it_says_so() {
        assert_eq!(normal(Path::new("a/../b/./c")), Path::new("b/c"));
    }
}

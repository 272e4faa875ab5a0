//! Imports run one way. That the platform stays out is what a build without features shows; this
//! is for what a compiler does not see.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};

/// What must not appear below a directory or in a file of `src`.
const RULES: [(&str, &[&str]); 12] = [
    ("time.rs", &["crate::scheme", "crate::verify", "crate::gateway", "crate::cloudflare"]),
    ("mac.rs", &["crate::scheme", "crate::verify", "crate::gateway", "crate::cloudflare"]),
    ("secret.rs", &["crate::verify", "crate::gateway", "crate::cloudflare"]),
    ("scheme", &["crate::verify", "crate::gateway", "crate::cloudflare", "fn "]),
    ("verify", &["crate::gateway", "crate::cloudflare", "crate::js::", "peeker", "boateros"]),
    ("sign.rs", &["crate::gateway", "crate::cloudflare", "crate::js::"]),
    ("gateway", &["crate::cloudflare", "crate::js::", "js_sys", "worker::", "async "]),
    ("js", &["crate::cloudflare"]),
    ("js/arguments.rs", &["crate::gateway"]),
    ("js/signer.rs", &["crate::gateway"]),
    ("js/verifier.rs", &["crate::gateway"]),
    ("cloudflare", &["crate::js::", "crate::scheme"]),
];

#[test]
fn imports_run_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (place, forbidden) in RULES {
        for file in rust_files(&src.join(place)) {
            let code = code(&fs::read_to_string(&file).unwrap());
            for word in forbidden {
                // Providers are data. Only the look-up by name and the reader of custom schemes are
                // functions.
                let has_functions =
                    file.ends_with("scheme/mod.rs") || file.starts_with(src.join("scheme/custom"));
                let is_allowed = *word == "fn " && has_functions;
                assert!(is_allowed || !code.contains(word), "{}: {word}", file.display());
            }
        }
    }
}

/// Only one file may name the crates that do cryptography.
#[test]
fn cryptography_is_in_one_file() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&src).into_iter().filter(|file| !file.ends_with("mac.rs")) {
        let code = code(&fs::read_to_string(&file).unwrap());
        for word in ["hmac::Hmac", "use hmac", "sha2::", "subtle::"] {
            assert!(!code.contains(word), "{}: {word}", file.display());
        }
    }
}

/// The part of a file before its tests, without comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn rust_files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| rust_files(&path))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

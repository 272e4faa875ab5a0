//! wasm-bindgen, as a library.

use std::fs;
use std::path::Path;

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

/// The JavaScript glue that is generated around a wasm file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Glue {
    /// A module whose `initSync` takes a compiled `WebAssembly.Module`.
    Web,
    /// A CommonJS module that loads the wasm from its own directory.
    Node,
}

/// Writes `index.js` and `index_bg.wasm` into a fresh directory.
pub(crate) fn generate(wasm: &Path, glue: Glue, directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name("index")
        .web(matches!(glue, Glue::Web))?
        .nodejs(matches!(glue, Glue::Node))?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(directory)
}

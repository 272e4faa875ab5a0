//! wasm-bindgen, as a library.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use wasm_bindgen_cli_support::{Bindgen, Output};

/// The JavaScript glue that is generated around a wasm file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Glue {
    /// A module whose `initSync` takes a compiled `WebAssembly.Module`.
    Web,
    /// A CommonJS module that loads the wasm from its own directory.
    Node,
}

/// What wasm-bindgen has made, in a directory of its own.
pub(crate) struct Bindings {
    output: Output,
    directory: PathBuf,
}

impl Bindings {
    /// Writes `index.js` and `index_bg.wasm` into a fresh directory.
    pub(crate) fn generate(wasm: &Path, glue: Glue, directory: &Path) -> Result<Self> {
        if directory.exists() {
            fs::remove_dir_all(directory)?;
        }
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(wasm)
            .out_name("index")
            .web(matches!(glue, Glue::Web))?
            .nodejs(matches!(glue, Glue::Node))?
            .typescript(false)
            .remove_name_section(true)
            .remove_producers_section(true);
        let mut output = bindgen.generate_output()?;
        output.emit(directory)?;
        Ok(Self { output, directory: directory.to_path_buf() })
    }

    /// Writes `index_bg.wasm` again, without the exports that are not wanted.
    pub(crate) fn keep_exports(&mut self, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
        let exports = &mut self.output.wasm_mut().exports;
        let unwanted = exports.iter().filter(|export| !is_wanted(&export.name));
        for export in unwanted.map(|export| export.id()).collect::<Vec<_>>() {
            exports.delete(export);
        }
        self.output.emit(&self.directory)
    }
}

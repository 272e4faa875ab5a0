//! wasm-bindgen, as a library.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use walrus::ir::{BinaryOp, Value};
use walrus::{ConstExpr, ValType};
use wasm_bindgen_cli_support::{Bindgen, EncodeInto, Output};

/// The JavaScript glue that is generated around a wasm file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Glue {
    /// A module whose `initSync` takes a compiled `WebAssembly.Module`.
    Web,
    /// For a bundler: `index_bg.js` takes an instance's exports from whoever makes the instance.
    Bundler,
}

/// What wasm-bindgen has made, in a directory of its own.
pub(crate) struct Bindings {
    output: Output,
    directory: PathBuf,
}

impl Bindings {
    /// Writes `index.js` (and `index_bg.js`) and `index_bg.wasm` into a fresh directory.
    pub(crate) fn generate(wasm: &Path, glue: Glue, directory: &Path) -> Result<Self> {
        if directory.exists() {
            fs::remove_dir_all(directory)?;
        }
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(wasm)
            .out_name("index")
            .web(matches!(glue, Glue::Web))?
            .bundler(matches!(glue, Glue::Bundler))?
            .typescript(false)
            // Every runtime that we support has it; the test for it would run at every import.
            .encode_into(EncodeInto::Always)
            // What crates do at the start: they listen for panics, and recover in ways that are not ours.
            .emit_start(false)
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

    /// Makes panics trap at once. Their messages go nowhere, because nobody listens on this target; and what only they
    /// need, such as formatting, is much of a small module.
    pub(crate) fn silence_panics(&mut self) -> Result<()> {
        if self.empty(only_panics) == 0 {
            bail!("the module names none of the functions that panics go through");
        }
        let all = &mut self.output.wasm_mut().data;
        for id in all.iter().map(|data| data.id()).collect::<Vec<_>>() {
            blank_source_paths(&mut all.get_mut(id).value);
        }
        self.output.emit(&self.directory)
    }

    /// Counts the blocks of memory that are asked for, in a global that is exported under this name.
    pub(crate) fn count_allocations(&mut self, export: &str) -> Result<()> {
        let module = self.output.wasm_mut();
        let zero = ConstExpr::Value(Value::I32(0));
        let counter = module.globals.add_local(ValType::I32, true, false, zero);
        module.exports.add(export, counter);
        let named = module.funcs.iter_local().map(|(id, _)| module.funcs.get(id));
        let meant = named.filter(|function| function.name.as_deref().is_some_and(allocates));
        let meant = meant.map(|function| function.id()).collect::<Vec<_>>();
        for id in &meant {
            let body = module.funcs.get_mut(*id).kind.unwrap_local_mut().builder_mut();
            let mut start = body.func_body();
            start.global_get_at(0, counter).const_at(1, Value::I32(1));
            start.binop_at(2, BinaryOp::I32Add).global_set_at(3, counter);
        }
        if meant.is_empty() {
            bail!(
                "the module names no `rlsf::flex::FlexTlsf::allocate`: is there another allocator?"
            );
        }
        self.output.emit(&self.directory)
    }

    /// Makes functions trap, and says how many.
    fn empty(&mut self, is_meant: fn(&str) -> bool) -> usize {
        let functions = &mut self.output.wasm_mut().funcs;
        let named = functions.iter_local().map(|(id, _)| functions.get(id));
        let meant = named.filter(|function| function.name.as_deref().is_some_and(is_meant));
        let meant = meant.map(|function| function.id()).collect::<Vec<_>>();
        for id in &meant {
            let body = functions.get_mut(*id).kind.unwrap_local_mut().builder_mut();
            body.func_body().instrs_mut().clear();
            body.func_body().unreachable();
        }
        meant.len()
    }
}

/// Where a panic happened was part of its message. The paths, which are those of the machine that built this, become
/// zeros, of which a compressed file has next to nothing.
fn blank_source_paths(data: &mut [u8]) {
    const ROOTS: [&[u8]; 4] = [b"/rustc/", b"/rust/deps/", b"/registry/src/", b"src/"];
    let mut from = 0;
    while let Some(end) = find(&data[from..], b".rs").map(|at| from + at + 3) {
        let start = ROOTS.iter().find_map(|root| find(&data[from..end], root)).map(|at| from + at);
        if let Some(start) = start {
            let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
            // What stands before `/registry/src/` is somebody's home.
            let home = data[from..start].iter().rev().take_while(|byte| is_path(byte)).count();
            let is_registry = data[start..].starts_with(b"/registry");
            data[start - if is_registry { home } else { 0 }..end].fill(0);
        }
        from = end;
    }
}

fn find(data: &[u8], wanted: &[u8]) -> Option<usize> {
    data.windows(wanted.len()).position(|window| window == wanted)
}

/// Functions of Rust's library that do nothing but panic, by the start of their names.
fn only_panics(name: &str) -> bool {
    const NAMES: [&str; 12] = [
        "__rustc::rust_begin_unwind",
        "alloc::alloc::handle_alloc_error",
        "alloc::raw_vec::handle_error",
        "core::cell::panic_already_",
        "core::option::expect_failed",
        "core::option::unwrap_failed",
        "core::panicking::assert_failed_inner",
        "core::panicking::panic",
        "core::result::unwrap_failed",
        "core::slice::copy_from_slice_impl::len_mismatch_fail",
        "core::slice::index::slice_index_fail",
        "core::str::slice_error_fail",
    ];
    let name = without_hashes(name);
    NAMES.iter().any(|start| name.starts_with(start))
}

/// The allocator's own function, which asks for a block of memory. `__rust_alloc` is inlined at opt-level 3, here and there;
/// rlsf forbids that for this one.
fn allocates(name: &str) -> bool {
    let name = without_hashes(name);
    name.contains("rlsf::flex::FlexTlsf") && name.split("::").any(|part| part == "allocate")
}

/// `core[c5930c85a12de822]::panicking` is `core::panicking`.
fn without_hashes(name: &str) -> String {
    let parts = name.split('[').enumerate();
    let after =
        |part: &str| part.split_once(']').map_or_else(String::new, |(_, rest)| rest.to_owned());
    parts.map(|(at, part)| if at == 0 { part.to_owned() } else { after(part) }).collect()
}

#[cfg(test)]
mod tests {
    use super::{allocates, blank_source_paths, only_panics};

    #[test]
    fn paths_become_zeros_and_nothing_else_does() {
        let mut data =
            b"typeevent\0/rustc/59807/library/alloc/src/str.rssrc/verify/mod.rsnext".to_vec();
        blank_source_paths(&mut data);
        let kept = data.iter().copied().filter(|byte| *byte != 0).collect::<Vec<_>>();
        assert_eq!(kept, b"typeeventnext");
    }

    #[test]
    fn what_allocates_is_told_from_what_frees() {
        assert!(allocates("rlsf::flex::FlexTlsf<Source,FLBitmap,SLBitmap,_,_>::allocate"));
        assert!(allocates("<rlsf[c59]::flex::FlexTlsf<_>>::allocate::h9efb75b6e4ca9b82"));
        assert!(!allocates("rlsf::flex::FlexTlsf<Source,FLBitmap,SLBitmap,_,_>::deallocate"));
        assert!(!allocates("rlsf::tlsf::Tlsf<FLBitmap,SLBitmap,_,_>::allocate"));
    }

    #[test]
    fn what_panics_is_told_from_what_may_return() {
        assert!(only_panics("core[c5930c85a12de822]::panicking::panic_fmt"));
        assert!(only_panics("core[c59]::panicking::panic_const::panic_const_div_by_zero"));
        assert!(!only_panics("std[a54]::panicking::panic_count::increase"));
        assert!(!only_panics("wasm_bindgen::__rt::maybe_catch_unwind::h078b408163e34034"));
    }
}

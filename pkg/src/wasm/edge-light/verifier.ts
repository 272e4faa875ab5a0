// Edge runtimes compile no wasm from bytes; their bundlers make a module of this import.
import module from "../verifier.wasm?module";

export const wasmModule = (): WebAssembly.Module => module;

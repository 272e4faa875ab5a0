// workerd compiles no wasm from bytes, but hands it over as a module.
import module from "../signer.wasm";

export const wasmModule = (): WebAssembly.Module => module;

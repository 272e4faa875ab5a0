// Puts a WebAssembly instance behind the classes that wasm-bindgen made for it.

interface Glue {
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
}

interface OwnExports {
  readonly memory: WebAssembly.Memory;
  __wbindgen_start(): void;
}

/** A new instance's exports. The glue is also what the instance imports. */
export function instantiate(glue: Glue, module: WebAssembly.Module): OwnExports {
  const instance = new WebAssembly.Instance(module, {
    "./index_bg.js": glue as unknown as WebAssembly.ModuleImports,
  });
  const exports = instance.exports as WebAssembly.Exports & OwnExports;
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return exports;
}

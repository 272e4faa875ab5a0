// The signer in WebAssembly: a file of its own, so that who only verifies need not have it.

import { makeGlue } from "countersign:glue/signer";
import type { Glue } from "countersign:glue/signer";
import { wasmModule } from "countersign:wasm/signer";
import { instantiate } from "./instance.ts";

export type { Signer } from "countersign:glue/signer";

let glue: Glue | undefined;

/** The wasm-bindgen classes, with WebAssembly behind them. */
export function signer(): Glue {
  if (glue === undefined) {
    const made = makeGlue();
    instantiate(made, wasmModule());
    glue = made;
  }
  return glue;
}

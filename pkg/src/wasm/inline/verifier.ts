import { frequent, text } from "countersign:text/verifier";
import { decode } from "../text.ts";

export const wasmModule = (): WebAssembly.Module => new WebAssembly.Module(decode(frequent, text));

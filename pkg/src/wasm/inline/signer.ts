import { frequent, text } from "countersign:text/signer";
import { decode } from "../text.ts";

export const wasmModule = (): WebAssembly.Module => new WebAssembly.Module(decode(frequent, text));

// What the drivers have in common.

/** Base64 of the first bytes of every wasm file. */
const INLINE_WASM = "AGFzbQ";

/** The line that the runner reads. */
export const print = (report) => console.log(`report: ${JSON.stringify(report)}`);

/** Throws if the code would have to compile wasm from bytes, which this platform forbids. */
export function refuseInlineWasm(code) {
  if (code.includes(INLINE_WASM)) throw new Error("the build with the inline wasm was bundled");
}

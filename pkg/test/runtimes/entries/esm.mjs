// ESM on a command line: Node.js, Deno, Bun.

import { report } from "./report.mjs";

const version = globalThis.Deno?.version.deno ?? globalThis.Bun?.version ?? process.versions.node;
const resolved = [import.meta.resolve("countersign")];
console.log(`report: ${JSON.stringify({ version, resolved, ...(await report()) })}`);

import { dirname, resolve } from "node:path";
import { createRequire } from "node:module";

// Next.js is installed above the project that has the package.
const next = createRequire(import.meta.url).resolve("next/package.json");

export default { turbopack: { root: resolve(dirname(next), "../..") } };

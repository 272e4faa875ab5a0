// Next.js's own command line: `build`, or `start`, in a process that ends with the test.

import { createRequire } from "node:module";

if (process.argv[2] === "start") await import("../serve.mjs");
process.env.NEXT_TELEMETRY_DISABLED = "1";
process.argv.splice(3, 0, "apps/next");
createRequire(import.meta.url)("next/dist/bin/next");

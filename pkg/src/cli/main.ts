#!/usr/bin/env node
// The program `countersign`.

import { COUNTERSIGN } from "./commands.ts";
import { main } from "./run.ts";

await main(process.argv.slice(2), COUNTERSIGN);

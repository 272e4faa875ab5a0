// The child processes of Node.js.

import { openBackend } from "../backends.mjs";
import { main } from "../child.mjs";
import { countersign } from "../installed.mjs";
import { workAndCommit } from "../work.mjs";

await main(openBackend, countersign.once, workAndCommit);

// The package, as the installed project has it.

import { load } from "../node/installed.mjs";

export const { Verifier, sign } = (await load()).countersign;

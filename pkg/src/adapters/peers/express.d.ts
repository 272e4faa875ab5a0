// As much of Express's types as this package needs to be compiled. Its users have the real ones.

import type { NodeResponse } from "../answer.ts";
import type { NodeRequest } from "../message.ts";

export interface Request extends NodeRequest {}
export interface Response extends NodeResponse {}

// As much of Node's types as this package needs to be compiled. Its users have the real ones.

import type { NodeResponse } from "../answer.ts";
import type { NodeRequest } from "../message.ts";

export interface IncomingMessage extends NodeRequest {}
export interface ServerResponse extends NodeResponse {}

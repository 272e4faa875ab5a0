// As much of Next.js's types as this package needs to be compiled. Its users have the real ones.

import type { NodeResponse } from "../answer.ts";
import type { FetchRequestLike } from "../fetch.ts";
import type { NodeRequest } from "../message.ts";

export interface NextApiRequest extends NodeRequest {}
export interface NextApiResponse extends NodeResponse {}
export interface NextRequest extends FetchRequestLike {}

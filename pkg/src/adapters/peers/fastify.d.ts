// As much of Fastify's types as this package needs to be compiled. Its users have the real ones.

import type { FastifyReplyLike, FastifyRequestLike } from "../../fastify.ts";

export interface FastifyRequest extends FastifyRequestLike {}
export interface FastifyReply extends FastifyReplyLike {}

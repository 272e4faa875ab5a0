// As much of Hono's types as this package needs to be compiled. Its users have the real ones.

import type { HonoContextLike } from "../../hono.ts";

export interface Context<E extends { Bindings?: any; Variables?: any }> extends HonoContextLike {
  readonly env: E["Bindings"];
}

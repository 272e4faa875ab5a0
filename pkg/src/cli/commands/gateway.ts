// `countersign gateway`

import type { Group } from "../command.ts";
import { CHECK } from "./gateway/check.ts";
import { INIT } from "./gateway/init.ts";

export const GATEWAY: Group = {
  name: "gateway",
  summary: "Sets up a gateway of your own, a Cloudflare Worker, without Rust, and checks its settings.",
  commands: [INIT, CHECK],
};

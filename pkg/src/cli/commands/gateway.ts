// `countersign gateway`

import type { Group } from "../command.ts";
import { CHECK } from "./gateway-check.ts";

export const GATEWAY: Group = {
  name: "gateway",
  summary: "Checks the settings of the gateway, the Cloudflare Worker that receives webhooks.",
  commands: [CHECK],
};

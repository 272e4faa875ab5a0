// All commands. Help, parsing and running go by this table.

import type { Group } from "./command.ts";
import { EXPLAIN } from "./commands/explain.ts";
import { GATEWAY } from "./commands/gateway.ts";
import { LISTEN } from "./commands/listen.ts";
import { SCHEMES } from "./commands/schemes.ts";
import { SEND } from "./commands/send.ts";
import { SIGN } from "./commands/sign.ts";
import { VERIFY } from "./commands/verify.ts";

export const COUNTERSIGN: Group = {
  name: "countersign",
  summary:
    "Signs, sends, receives and verifies webhooks, as Peeker, Boateros and Standard Webhooks do it.",
  commands: [SIGN, SEND, VERIFY, EXPLAIN, LISTEN, SCHEMES, GATEWAY],
};

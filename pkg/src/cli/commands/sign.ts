// `countersign sign`

import { timeout } from "../command.ts";
import type { Command } from "../command.ts";
import { curlCommand } from "../curl.ts";
import { headersOf, newId, requestHeaders, typeIn } from "../event.ts";
import { EXIT } from "../failure.ts";
import { urlOf } from "../http.ts";
import { readInput } from "../input.ts";
import { SCHEME, factsOf, schemeOf } from "../scheme.ts";
import { SECRET_OPTIONS, secretsFor } from "../secrets.ts";
import { TIME, timeOf } from "../time.ts";

export const SIGN: Command = {
  name: "sign",
  summary: "Prints the headers that a provider puts on a request with this body.",
  words: [SCHEME],
  options: [
    {
      name: "body",
      value: "FILE",
      summary: "the body, byte for byte; - is standard input (the default)",
    },
    {
      name: "id",
      value: "ID",
      summary: "the event's id, where the scheme has one (default: a new one)",
    },
    {
      ...{ name: "type", value: "TYPE" },
      summary:
        "the event's type, where the scheme has a header for it (default: what the body says)",
    },
    { name: "timestamp", value: "TIME", summary: `when it is signed: ${TIME} (default: now)` },
    {
      name: "curl",
      value: "URL",
      summary: "print a curl command that posts it there, to be pasted into a shell",
    },
    timeout("for how long to wait for standard input"),
    ...SECRET_OPTIONS,
  ],
  notes: [
    "The curl command takes the body from the file that --body names, and has it within itself if " +
      "it came from standard input. The signature holds for as long as the receiver tolerates its " +
      "timestamp: 5 minutes, as a rule.",
  ],
  examples: [
    "countersign sign peeker --body order.json --id evt_1",
    "countersign sign boateros --body hull.json --type hull.sold --curl http://localhost:3000/hooks",
    "echo '{}' | countersign sign standard-webhooks --timestamp -10m",
  ],
  async run(call) {
    const { io, values } = call;
    const scheme = schemeOf(call.words[0]);
    const file = values.text("body") ?? "-";
    const timestamp = timeOf("timestamp", values.text("timestamp")) ?? new Date();
    const [id, to] = [values.text("id") ?? newId(scheme), values.text("curl")];
    const url = to === undefined ? undefined : urlOf("curl", to);
    const keys = await secretsFor(call, scheme);
    const body = await readInput(call, "body", file, "the body");
    const type = values.text("type") ?? typeIn(body);
    const { type: typeHeader } = factsOf(scheme).headers;
    if (typeHeader && type === undefined) io.note(`without --type there is no ${typeHeader}`);
    const outgoing = { body, id, type, timestamp };
    const headers = headersOf(scheme, keys, outgoing, values.flag("allow-weak-secret"));
    const curl =
      url && curlCommand(url, requestHeaders(headers, body), body, file === "-" ? undefined : file);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    io.result({ ok: true, scheme, headers, curl }, () => curl ?? lines.join("\n"));
    return EXIT.fine;
  },
};

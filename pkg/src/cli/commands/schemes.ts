// `countersign schemes`

import type { SchemeName } from "countersign";
import type { Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import type { Io } from "../io.ts";
import { SCHEME, SCHEME_NAMES, detailsOf, factsOf, schemeOf } from "../scheme.ts";

export const SCHEMES: Command = {
  name: "schemes",
  summary: "Lists the schemes that are built in: how each signs, and its event types.",
  words: [{ ...SCHEME, optional: true }],
  options: [],
  notes: [],
  examples: ["countersign schemes", "countersign schemes peeker --json"],
  async run({ io, words }) {
    const wanted = words[0] === undefined ? SCHEME_NAMES : [schemeOf(words[0])];
    wanted.forEach((scheme, at) => print(io, scheme, at === 0));
    return EXIT.fine;
  },
};

function print(io: Io, name: SchemeName, isFirst: boolean): void {
  const { title, signing, acknowledgeSeconds, eventTypes } = detailsOf(name);
  const { headers } = factsOf(name);
  io.result(
    { name, title, headers, signing: Object.fromEntries(signing), acknowledgeSeconds, eventTypes },
    () => {
      const rows = [...signing, ["answer within", `${acknowledgeSeconds} s`]] as const;
      const width = Math.max(...rows.map(([what]) => what.length));
      return [
        `${isFirst ? "" : "\n"}${io.paint.bold(name)}`,
        ...rows.map(([what, description]) => `  ${what.padEnd(width)}  ${description}`),
        eventTypes.length === 0 ? "  It has no list of event types." : "  event types",
        ...eventTypes.map((type) => `    ${type}`),
      ].join("\n");
    },
  );
}

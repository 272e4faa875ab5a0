// `countersign gateway init`

import type { SchemeName } from "countersign";
import type { Call, Command } from "../../command.ts";
import { EXIT, usage } from "../../failure.ts";
import { destinationOf } from "../../gateway/destination.ts";
import { DEV_VARS, writeAll } from "../../gateway/files.ts";
import type { Written } from "../../gateway/files.ts";
import { MODES, workerName } from "../../gateway/plan.ts";
import type { Mode, Plan } from "../../gateway/plan.ts";
import { secrets, steps, urls } from "../../gateway/steps.ts";
import { printable } from "../../printable.ts";
import { schemeOf } from "../../scheme.ts";
import { unknown } from "../../suggest.ts";

const SCHEMES: readonly SchemeName[] = ["peeker", "boateros"];
const TO = "https://app.example.com/webhooks";
const NAME = "countersign";

export const INIT: Command = {
  name: "init",
  summary:
    "Writes what a gateway of your own needs: worker.js, wrangler.toml, .dev.vars.example and .gitignore.",
  words: [
    {
      name: "directory",
      optional: true,
      summary: "where to; it is made if it isn't there (default: this one)",
    },
  ],
  options: [
    {
      ...{ name: "scheme", value: "NAME", repeatable: true },
      summary: `a source of this scheme; may be given for each (default: ${SCHEMES.join(" and ")})`,
    },
    {
      ...{ name: "mode", value: "MODE" },
      summary:
        "relay: forward while the provider waits; inbox: store, answer, deliver from there (default: relay)",
    },
    {
      ...{ name: "to", value: "URL" },
      summary: `your application, which gets what is genuine (default: ${TO})`,
    },
    {
      ...{ name: "name", value: "NAME" },
      summary: `what the Worker is called, and its address begins with (default: ${NAME})`,
    },
  ],
  notes: [
    "`countersign schemes` lists the schemes. A source receives at /hooks/<scheme>.",
    "The Worker is in this package: there is nothing to build. Then it prints the next commands, and the URLs " +
      "to register at the providers.",
    "It never overwrites: if one of the files is there, it writes nothing and says so. A .gitignore of yours is " +
      "left as it is.",
    "With --to http://localhost:8080/webhooks it is a gateway for this machine: .dev.vars.example permits such a " +
      "destination, and what is deployed refuses it.",
  ],
  examples: [
    "countersign gateway init",
    "countersign gateway init --scheme peeker --to http://localhost:8080/webhooks",
    "countersign gateway init webhooks --mode inbox --name webhooks --to https://example.com/in",
  ],
  async run(call) {
    const plan = planOf(call);
    const directory = call.words[0] ?? ".";
    tell(call, plan, directory, await writeAll(directory, plan));
    return EXIT.fine;
  },
};

function planOf({ values }: Call): Plan {
  return {
    schemes: schemesOf(values.list("scheme")),
    mode: modeOf(values.text("mode") ?? "relay"),
    name: workerName(values.text("name") ?? NAME),
    destination: destinationOf("to", values.text("to") ?? TO),
  };
}

function schemesOf(names: readonly string[]): readonly SchemeName[] {
  const schemes = names.map(schemeOf);
  const twice = schemes.find((scheme, at) => schemes.indexOf(scheme) < at);
  if (twice !== undefined) throw usage(`--scheme ${twice} stands there twice`);
  return schemes.length === 0 ? SCHEMES : schemes;
}

function modeOf(text: string): Mode {
  const mode = MODES.find((name) => name === text);
  if (mode === undefined) throw usage(unknown("mode", text, MODES));
  return mode;
}

function tell({ io }: Call, plan: Plan, directory: string, { files, gitignore }: Written): void {
  const next = steps(plan, directory);
  const result = { directory, files, gitignore, secrets: secrets(plan), urls: urls(plan) };
  io.result({ ...result, steps: next }, () => {
    const wrote = `wrote ${files.join(", ")}`;
    const parts = next.map(({ title, lines }) =>
      [io.paint.bold(title), ...lines.map((line) => `  ${printable(line)}`)].join("\n"),
    );
    return [wrote, ...parts].join("\n\n");
  });
  if (gitignore === "missing") {
    io.warn(`.gitignore is yours and was left as it is; add this line to it: ${DEV_VARS}`);
  }
}

// `countersign gateway check`

import type { Command } from "../../command.ts";
import { EXIT, usage } from "../../failure.ts";
import { check } from "../../gateway/check.ts";
import { readFolder } from "../../gateway/folder.ts";
import { findingLines, deploymentLines, summaryLine } from "../../gateway/show.ts";
import { unknown } from "../../suggest.ts";

export const CHECK: Command = {
  name: "check",
  summary: "Says what is wrong with a wrangler.toml, before it is deployed.",
  words: [
    { name: "file", summary: "the wrangler.toml (default: the one in this folder)", optional: true },
  ],
  options: [{ name: "env", value: "NAME", summary: "check this environment alone" }],
  notes: [
    "It reads the file with the code that runs in the Worker, names every mistake with its line " +
      "and what to write, and then what to register and which secrets have to be set. It asks " +
      "nobody: whether a secret is set at Cloudflare it can't know.",
    "The values in .dev.vars and .dev.vars.NAME beside the file are judged too; none is shown. A " +
      "secret that is not in there has to have a name in capitals, such as PEEKER_SECRET.",
  ],
  examples: [
    "countersign gateway check",
    "countersign gateway check deploy/wrangler.toml --env production",
    "countersign gateway check --json",
  ],
  async run({ io, words, values }) {
    const environment = values.text("env");
    const { folder, file } = await readFolder(words[0], environment, new Date());
    const report = await check(folder, file);
    const { environments, findings, deployments } = report;
    const isRead = findings.every(({ path }) => path !== "TOML");
    if (environment !== undefined && isRead && !environments.includes(environment)) {
      throw usage(
        environments.length === 0
          ? "--env: the file has no environments"
          : unknown("environment", environment, environments),
      );
    }
    const ok = findings.every(({ severity }) => severity !== "error");
    io.result({ ok, findings, deployments }, () =>
      [
        ...findingLines(report, file, io.paint),
        ...deploymentLines(report, Object.keys(folder.devVars).length > 0, io.paint),
        summaryLine(report, io.paint),
      ].join("\n"),
    );
    return ok ? EXIT.fine : EXIT.negative;
  },
};

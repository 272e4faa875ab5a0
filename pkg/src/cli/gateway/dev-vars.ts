// .dev.vars.example: what `wrangler dev` has instead of Worker secrets.

import type { SchemeName } from "countersign";
import { DETAILS } from "../generated.ts";
import { SIGNING_SECRET, secretOf } from "./plan.ts";
import type { Plan } from "./plan.ts";

/** The text of the file. Its secrets are the same everywhere, and protect nothing. */
export const devVars = (plan: Plan): string =>
  [
    HEADER,
    ...plan.schemes.map((scheme) => [
      `# What ${DETAILS[scheme].title} would sign with.`,
      variable(secretOf(scheme), secretFor(scheme)),
    ]),
    [
      "# What the gateway signs deliveries with. Your application verifies them with the same one.",
      variable(SIGNING_SECRET, base64("deliveries")),
    ],
    ...(plan.destination.isPublic ? [] : [INSECURE]),
    EXPLAIN,
  ]
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");

const HEADER = [
  "# Variables for `npx wrangler dev`: cp .dev.vars.example .dev.vars",
  "# These secrets are known to everybody. What is deployed gets others, with `npx wrangler secret put`.",
];

const INSECURE = [
  "# Permits destinations over http and on hosts that are not public. It stands here, where it is never deployed.",
  variable("ALLOW_INSECURE_DESTINATIONS", "true"),
];

const EXPLAIN = ["# With this a 401 says why.", `# ${variable("EXPLAIN", "true")}`];

function variable(name: string, value: string): string {
  return `${name}="${value}"`;
}

const secretFor = (scheme: SchemeName): string =>
  DETAILS[scheme].secretFormat === "base64" ? base64(scheme) : forDevelopment(scheme);

const forDevelopment = (what: string): string => `${what}, for development only`;

const base64 = (what: string): string =>
  `whsec_${Buffer.from(forDevelopment(what)).toString("base64")}`;

// What to do with a new gateway: the commands, in order.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { quoted } from "../curl.ts";
import { DEV_VARS } from "./files.ts";
import { SIGNING_SECRET, exampleType, pathOf, secretOf } from "./plan.ts";
import type { Plan } from "./plan.ts";

export interface Step {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Where `wrangler dev` answers. */
const LOCAL = "http://localhost:8787";

/** The URL to register at each provider. */
export const urls = ({ name, schemes }: Plan): Readonly<Record<string, string>> =>
  Object.fromEntries(
    schemes.map((scheme) => [
      scheme,
      `https://${name}.<your-subdomain>.workers.dev${pathOf(scheme)}`,
    ]),
  );

/** The secrets that the Worker has to be given. */
export const secrets = ({ schemes }: Plan): readonly string[] => [
  SIGNING_SECRET,
  ...schemes.map(secretOf),
];

export function steps(plan: Plan, directory: string): readonly Step[] {
  const rows = Object.entries(urls(plan));
  const width = Math.max(...rows.map(([scheme]) => scheme.length));
  return [
    { title: "run it on this machine", lines: [...preparation(directory), "npx wrangler dev"] },
    { title: "in a second terminal, in the same directory, be the provider", lines: trial(plan) },
    { title: deployment(plan), lines: DEPLOY },
    {
      title: `give it a signing secret, and your application the same one: whsec_ and \`openssl rand -base64 32\``,
      lines: [put(SIGNING_SECRET)],
    },
    {
      title: "register these URLs at the providers",
      lines: rows.map(([scheme, url]) => `${scheme.padEnd(width)}  ${url}`),
    },
    {
      title: "store the secrets that the providers show then, within half an hour",
      lines: plan.schemes.map((scheme) => put(secretOf(scheme))),
    },
  ];
}

const DEPLOY = [
  "npx countersign gateway check",
  "npx wrangler login",
  "npx wrangler kv namespace create SEEN    # its id goes into wrangler.toml",
  "npx wrangler deploy",
];

const deployment = ({ destination }: Plan): string =>
  destination.isPublic
    ? "deploy it"
    : "deploy it, when your application's https:// address stands in wrangler.toml";

const put = (secret: string): string => `npx wrangler secret put ${secret}`;

function preparation(directory: string): readonly string[] {
  const cd = resolve(directory) === process.cwd() ? [] : [`cd ${argument(directory)}`];
  const install = [
    ["countersign", "npm install countersign"],
    ["wrangler", "npm install --save-dev wrangler"],
  ] as const;
  const missing = install.filter(([name]) => !isInstalled(name, resolve(directory)));
  // Not over secrets that somebody has put there.
  const copy = existsSync(join(directory, DEV_VARS))
    ? `diff ${DEV_VARS}.example ${DEV_VARS}    # is there already: add what it lacks`
    : `cp ${DEV_VARS}.example ${DEV_VARS}`;
  return [...cd, ...missing.map(([, command]) => command), copy];
}

/** Whether a program in this directory would find the package. */
function isInstalled(name: string, directory: string): boolean {
  if (existsSync(join(directory, "node_modules", name, "package.json"))) return true;
  const above = dirname(directory);
  return above !== directory && isInstalled(name, above);
}

const trial = ({ schemes }: Plan): readonly string[] => [
  `set -a; . ./${DEV_VARS}; set +a`,
  ...schemes
    .slice(0, 1)
    .map(
      (scheme) =>
        `npx countersign send ${scheme} ${exampleType(scheme)} --secret-env ${secretOf(scheme)} ` +
        `--to ${LOCAL}${pathOf(scheme)}`,
    ),
];

/** As a shell takes it. */
const argument = (text: string): string => (/^[\w./-]+$/.test(text) ? text : quoted(text));

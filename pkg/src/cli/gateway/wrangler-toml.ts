// wrangler.toml: a setting, and above it why.
//
// What the repository's own wrangler.toml has too is explained there in the same words; a test compares them.

import type { SchemeName } from "countersign";
import { COMPATIBILITY_DATE } from "../generated.ts";
import { SIGNING_SECRET, exampleType, pathOf, secretOf } from "./plan.ts";
import type { Plan } from "./plan.ts";

type Lines = readonly string[];

const DOCS = "https://github.com/countersign/countersign/blob/main/docs";

/** The text of the file. Tables are apart by an empty line. */
export const wranglerToml = (plan: Plan): string =>
  [
    HEADER,
    worker(plan),
    OBSERVABILITY,
    SEEN,
    inbox(plan),
    ...plan.schemes.flatMap((scheme, at) => source(plan, scheme, at === 0)),
  ]
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");

const HEADER: Lines = [
  "# The countersign gateway as a Cloudflare Worker: `npx wrangler dev` and `npx wrangler deploy` read this.",
  "# `npx countersign gateway init` wrote it. Every setting, with its default and range:",
  `# ${DOCS}/configuration.md`,
];

const worker = ({ name }: Plan): Lines => [
  "# What the Worker is called in your account, and the first part of its workers.dev address.",
  `name = ${text(name)}`,
  "# Hands on the Worker that is in the npm package. There is nothing to build.",
  'main = "worker.js"',
  "# The behaviour of the runtime is frozen at this date.",
  `compatibility_date = ${text(COMPATIBILITY_DATE)}`,
];

const OBSERVABILITY: Lines = [
  "[observability]",
  "# Keeps the log lines, one per request, so that `countersign-request-id` finds them in the dashboard.",
  "enabled = true",
];

const SEEN: Lines = [
  "# Remembers which events have been delivered. `wrangler deploy` creates the namespace when there is no id.",
  "[[kv_namespaces]]",
  'binding = "SEEN"',
  '# id = "0123456789abcdef0123456789abcdef"    # yours, from `npx wrangler kv namespace create SEEN`',
];

/** What only inbox mode needs: as comments, where nothing is in inbox mode. */
function inbox({ name, mode }: Plan): Lines {
  const storage = [...DURABLE_OBJECT, "", ...TIMER];
  const [about, settings] =
    mode === "inbox" ? [INBOX_IS_ON, storage] : [INBOX_IS_OFF, asComment(storage)];
  return [...about, ...settings, mode === "inbox" ? "" : "#", ...bucket(name)];
}

const INBOX_IS_ON: Lines = [
  "# For inbox mode. Events are stored there until they have arrived, and for a while after that. Leave it in place as",
  "# long as something waits to be delivered.",
];

const INBOX_IS_OFF: Lines = [
  "# For inbox mode, and only for it: a deployment that only relays needs no Durable Object and no migration. Take away the",
  "# `# ` in front of the settings. Events are stored there until they have arrived, and for a while after that. Leave it",
  "# in place as long as something waits to be delivered.",
];

const DURABLE_OBJECT: Lines = [
  "[[durable_objects.bindings]]",
  'name = "INBOX"',
  'class_name = "Inbox"',
  "",
  "[[migrations]]",
  'tag = "v1"',
  'new_sqlite_classes = ["Inbox"]',
];

const TIMER: Lines = [
  "# A second net under the alarms: it wakes whatever should have been awake.",
  "[triggers]",
  'crons = ["*/5 * * * *"]',
];

const bucket = (name: string): Lines => [
  `# Only for bodies over 1,900,000 bytes, and \`maxBodyBytes\` to match. \`npx wrangler r2 bucket create ${name}-bodies\``,
  "# [[r2_buckets]]",
  '# binding = "BODIES"',
  `# bucket_name = "${name}-bodies"`,
];

/** One source, and its destination. The first one is explained in full. */
const source = (plan: Plan, scheme: SchemeName, isFirst: boolean): readonly Lines[] => [
  [
    isFirst
      ? `# One table per source: this one receives at POST ${pathOf(scheme)}.`
      : `# Receives at POST ${pathOf(scheme)}.`,
    `[vars.SOURCES.${scheme}]`,
    `# How the provider signs: see ${DOCS}/schemes.md.`,
    `scheme = ${text(scheme)}`,
    ...(isFirst ? MODE : ["# As above."]),
    `mode = ${text(plan.mode)}`,
    `# Names of Worker secrets, never the secrets themselves: \`npx wrangler secret put ${secretOf(scheme)}\`.`,
    `secrets = [${text(secretOf(scheme))}]`,
    ...(plan.mode === "inbox" ? RETRIES : []),
  ],
  [
    `[[vars.SOURCES.${scheme}.destinations]]`,
    "# A name for the logs.",
    'name = "app"',
    ...(plan.destination.isPublic ? PUBLIC_URL : LOCAL_URL),
    `url = ${text(plan.destination.url)}`,
    "# The secret that deliveries are signed with, for your application to check; `false` if it is to check nothing.",
    `signingSecret = ${text(SIGNING_SECRET)}`,
    "# Only these types; without this line, all.",
    `# events = [${text(pattern(scheme))}]`,
  ],
];

const MODE: Lines = [
  '# "relay": verify, drop duplicates, forward while the provider waits for the answer. "inbox": verify, store, answer,',
  "# deliver from there, again and again if it has to be; it needs the Durable Object above.",
];

const RETRIES: Lines = [
  "# After how many seconds a delivery that failed is tried again. This is the default.",
  "# retrySchedule = [60, 300, 1800, 7200, 28800, 86400, 259200]",
];

const PUBLIC_URL: Lines = ["# Where verified events go."];

const LOCAL_URL: Lines = [
  "# Where verified events go. This one is for `npx wrangler dev`, where .dev.vars permits it: a deployed gateway refuses",
  "# it, and answers 503 until the https:// address of your application stands here.",
];

/** The example's family of types. */
const pattern = (scheme: SchemeName): string => exampleType(scheme).replace(/\..*$/, ".*");

/** A text in TOML. What JSON escapes, TOML's basic strings escape in the same way. */
const text = (value: string): string => JSON.stringify(value);

/** Lines that say nothing to wrangler; comments among them stay as they are. */
const asComment = (lines: Lines): Lines =>
  lines.map((line) => (line.startsWith("#") ? line : `# ${line}`.trimEnd()));

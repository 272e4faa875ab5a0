// The transcripts in docs/cli.md. `UPDATE_SNAPSHOTS=1 node --test pkg/test/cli/docs.test.mjs` writes those anew that differ.
//
// A block of the language `console` has commands behind `$ ` and what they print. They run one after the other in one
// folder. A listener runs until it ends by itself; what it prints is compared then.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { root } from "../node/installed.mjs";
import { PROGRAM, closedPort, commandsIn, expectCode, folder, start, until } from "./program.mjs";

const FILE = join(root, "docs/cli.md");
const PORT = "8484";

/** With the mistakes that the transcript shows. */
const WRANGLER_TOML = `name = "hooks"
main = "worker.js"
compatibility_date = "2026-10-01"

[[kv_namespaces]]
binding = "SEEN"

[vars.SOURCES.peeker]
scheme = "peeker"
mode = "relay"
secrets = ["PEEKER_SECRET"]
toleranceSecs = 60

[[vars.SOURCES.peeker.destinations]]
url = "http://app.example.com/webhooks/peeker"
events = ["order.complete"]

[env.production]
routes = [{ pattern = "hooks.example.com", custom_domain = true }]
`;

const cwd = folder({
  "order.json": '{"type": "order.completed", "total": "149.00"}\n',
  "hull.json": '{"hull_id": "hull_8f31c0", "status": "sold"}\n',
  "wrangler.toml": WRANGLER_TOML,
  "worker.js": "export {};\n",
});
const env = {
  COUNTERSIGN_SECRET: "whatever the portal shows",
  PATH: [dirname(process.execPath), dirname(PROGRAM), process.env.PATH].join(delimiter),
};

/** What differs from run to run. */
const VARIABLE = [
  [/\b\d\d:\d\d:\d\d {2}/g, "18:00:00  "],
  [/\b\d+ ms\b/g, "3 ms"],
  [/\b\d+\.\d+ s in the past/g, "3600.5 s in the past"],
  [/skew \+[\d.]+ s/g, "skew +3600.5 s"],
  [/evt_01[0-9A-Z]{24}/g, "evt_01KAK80000ZX2W4S0M1QH7T9JD"],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "6f1c9d52-3b0e-4c55-9a51-0d6a3f1f5c02"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2026-11-21T18:00:00.000Z"],
];
const same = (text) => VARIABLE.reduce((text, [pattern, instead]) => text.replace(pattern, instead), text);

/** The transcripts: of each command, and what stands below it. */
function transcripts(text) {
  const blocks = [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) => block);
  return blocks
    .flatMap((block) => block.split(/^(?=\$ )/m))
    .map((part) => {
      const [line, ...printed] = part.split("\n");
      return { part, command: line.slice(2), printed: printed.join("\n") };
    });
}

const text = readFileSync(FILE, "utf8");
const port = String(await closedPort());
const listeners = [];
let updated = text;

/** What a command prints, on either output. */
function run(command) {
  const here = command.replaceAll(PORT, port).replace(/^countersign listen .*/, `$& --port ${port}`);
  return start([], { cwd, env, input: null, command: ["bash", "-c", `exec 2>&1; ${here}`] });
}

function compare({ part, command, printed }, actual) {
  const shown = actual.replaceAll(port, PORT);
  // A time that somebody has typed stays.
  const isFixed = /--timestamp|--at/.test(command);
  const form = isFixed ? (text) => text : same;
  if (form(shown) === form(printed)) return;
  if (!process.env.UPDATE_SNAPSHOTS) assert.equal(form(shown), form(printed));
  updated = updated.replace(part, () => `$ ${command}\n${form(shown)}`);
}

for (const transcript of transcripts(text)) {
  test(`$ ${transcript.command}`, async () => {
    const running = run(transcript.command);
    if (/^countersign listen/.test(transcript.command)) {
      await until(running.texts, /ends /);
      listeners.push([transcript, running]);
    } else {
      compare(transcript, (await running.done).stdout);
    }
  });
}

test("what the listeners printed", async () => {
  assert.equal(listeners.length, 1);
  for (const [transcript, running] of listeners) compare(transcript, (await running.done).stdout);
});

test("every command is described, and has a transcript", async () => {
  const { stdout } = await expectCode(0, ["--help", "--json"], { env: {} });
  for (const { name } of commandsIn(JSON.parse(stdout))) {
    assert.match(text, new RegExp(`^\\| \`${name}\` \\| `, "m"), name);
    if (name !== "schemes") assert.match(text, new RegExp(`^\\$ countersign ${name}( |$)`, "m"), name);
  }
});

test("the exit codes are those of the help", async () => {
  const { stdout } = await expectCode(0, ["--help"], { env: {} });
  const [, table] = /\nexit codes\n([^]*)$/.exec(stdout);
  const rows = table
    .trimEnd()
    .split("\n")
    .map((line) => /^ {2}(\d+) +(.*)$/.exec(line).slice(1));
  assert.deepEqual(
    [...text.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]),
    rows,
  );
});

after(() => {
  if (updated !== text) writeFileSync(FILE, updated);
});

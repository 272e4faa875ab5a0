// `countersign gateway check`. What it finds, the Rust tests in tests/deployment say, case by case.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../node/installed.mjs";
import { BASE64_SECRET, OTHER_SECRET, SECRET, countersign, expectCode, folder, objects } from "./program.mjs";

const BASE = readFileSync(join(root, "tests/deployment/wrangler.toml"), "utf8");
const CHECK = ["gateway", "check"];
const files = (wranglerToml, more = {}) => ({ "wrangler.toml": wranglerToml, "worker.js": "export {};\n", ...more });

async function findings(cwd, code = 1, args = []) {
  const { stdout } = await expectCode(code, [...CHECK, "--json", ...args], { cwd });
  return objects(stdout)[0].findings;
}

test("a file without mistakes: what to register, and which secrets to set", async () => {
  const cwd = folder(files(BASE));
  const { stdout, stderr } = await expectCode(0, CHECK, { cwd });
  assert.equal(stderr, "");
  assert.match(stdout, /^hooks, by `wrangler deploy`$/m);
  assert.match(stdout, /^ {4}billing {2}inbox {2}https:\/\/hooks\.<your-subdomain>\.workers\.dev\/hooks\/billing$/m);
  assert.match(stdout, /^ {4}npx wrangler secret put PEEKER_SECRET$/m);
  assert.match(stdout, /^ {4}npx wrangler secret put PEEKER_SECRET --env staging$/m);
  assert.match(stdout, /\n\nnothing is wrong\n$/);
});

test("the repository's own file", async () => {
  const { stdout } = await expectCode(0, [...CHECK, join(root, "wrangler.toml")], { cwd: root });
  assert.match(stdout, /nothing is wrong\n$/);
});

test("mistakes come with their line, warnings alone are no failure", async () => {
  const wrong = BASE.replace('mode = "inbox"', 'mode = "inbx"').replace("order.*", "order.complete");
  const { stdout } = await expectCode(1, CHECK, { cwd: folder(files(wrong)) });
  const [first, second] = stdout.split("\n");
  assert.match(first, /^wrangler\.toml:27 {2}warning {2}SOURCES\.shop\.destinations\[0\]\.events\[0\]: .* did you mean/);
  assert.equal(second, 'wrangler.toml:31  error    SOURCES.billing.mode: must be "relay" or "inbox"');
  assert.match(stdout, /\n1 error, 1 warning\n$/);
  const warned = BASE.replace("order.*", "order.complete");
  assert.match((await expectCode(0, CHECK, { cwd: folder(files(warned)) })).stdout, /\n0 errors, 1 warning\n$/);
});

test("what is no TOML is named with its line and column", async () => {
  const { stdout } = await expectCode(1, CHECK, { cwd: folder(files(BASE.replace('"worker.js"', "worker.js"))) });
  assert.match(stdout, /^wrangler\.toml:2:8 {2}error {4}TOML: string values must be quoted/);
});

test("a script that is not there, unless a command makes it", async () => {
  const missing = { "wrangler.toml": BASE };
  assert.deepEqual((await findings(folder(missing))).map(({ path, line }) => [path, line]), [["main", 2]]);
  const built = BASE.replace("\n[triggers]", '\n[build]\ncommand = "make"\n[triggers]');
  assert.deepEqual(await findings(folder({ "wrangler.toml": built }), 0), []);
});

test("one environment", async () => {
  const cwd = folder(files(BASE.replace('mode = "inbox"', 'mode = "inbx"')));
  assert.equal((await findings(cwd)).length, 1);
  assert.deepEqual(await findings(cwd, 0, ["--env", "staging"]), []);
  const { stderr } = await expectCode(2, [...CHECK, "--env", "stagin"], { cwd });
  assert.match(stderr, /there is no environment stagin; did you mean staging\?/);
  const none = folder(files(BASE.slice(0, BASE.indexOf("[env.staging]"))));
  assert.match((await expectCode(2, [...CHECK, "--env", SECRET], { cwd: none })).stderr, /has no environments/);
  assert.match((await expectCode(2, [...CHECK, "--env", SECRET], { cwd })).stderr, /there is no such environment; there are staging/);
});

test(".dev.vars is judged, by environment, and only where it is there", async () => {
  const cwd = folder(files(BASE, { ".dev.vars": `PEEKER_SECRET=short\nBILLING_SECRET="${BASE64_SECRET}"\n` }));
  const judged = await findings(cwd);
  assert.deepEqual(judged.map(({ line, environment }) => [line, environment]), [
    [23, undefined],
    [46, "staging"],
  ]);
  assert.match(judged[0].message, /with the values of \.dev\.vars: PEEKER_SECRET: the secret has fewer than 16 bytes/);
  writeFileSync(join(cwd, ".dev.vars.staging"), `PEEKER_SECRET=${OTHER_SECRET}\r\n`);
  assert.equal((await findings(cwd)).length, 1);
  const { stdout } = await countersign(CHECK, { cwd });
  assert.match(stdout, /put APP_SIGNING_SECRET {2}not in \.dev\.vars, for wrangler dev$/m);
  assert.match(stdout, /put BILLING_SECRET$/m);
});

// That nothing shows a secret, `countersign` in program.mjs sees to.
describe("a secret in the wrong place is not shown", { concurrency: 2 }, () => {
  const pasted = {
    "in place of its name": BASE.replace('"PEEKER_SECRET"', `"${SECRET}"`),
    "in place of a signing secret's name": BASE.replace('"APP_SIGNING_SECRET"', `"${BASE64_SECRET}"`),
    "among the variables": BASE.replace("[triggers]", `[vars]\nPEEKER_SECRET = "${SECRET}"\n[triggers]`),
    "in an unused variable": BASE.replace("[triggers]", `[vars]\nOTHER_TOKEN = "${OTHER_SECRET}"\n[triggers]`),
    "in a URL": BASE.replace("https://app.example.com/in", `https://me:${SECRET}@app.example.com/in`),
    "in place of a mode": BASE.replace('"relay"', `"${SECRET}"`),
    "in what is no TOML": BASE.replace('["PEEKER_SECRET"]', `[${SECRET}]`),
    "in JSON": BASE.replace("[triggers]", `[vars]\nSOURCE_JSON = '{"secrets": ${SECRET}}'\n[triggers]`),
    "in a date": BASE.replace('["PEEKER_SECRET"]', `[{ binding = "PEEKER_SECRET", notAfter = "${SECRET}" }]`),
  };
  for (const [where, text] of Object.entries(pasted)) {
    test(where, async () => {
      assert.ok(text !== BASE);
      const devVars = `PEEKER_SECRT=${SECRET}\nBILLING_SECRET=${OTHER_SECRET}\nAPP_SIGNING_SECRET='${BASE64_SECRET}'\n`;
      const cwd = folder(files(text, { ".dev.vars": devVars }));
      for (const args of [CHECK, [...CHECK, "--json"]]) {
        const { code, stdout } = await countersign(args, { cwd });
        assert.equal(code, 1, stdout);
      }
    });
  }
});

const BAD = {
  "no file": [{}, [], /wrangler\.toml: there is no such file/],
  "another file that is not there": [{}, ["nowhere.toml"], /<file>: there is no such file/],
  "a folder": [{}, ["."], /<file>: this is a directory/],
  "two files": [files(BASE), ["wrangler.toml", "b.toml"], /gateway check takes only \[<file>\]/],
  "an option that is nearly one": [files(BASE), ["--evn", "x"], /did you mean --env\?/],
  "an environment without a name": [files(BASE), ["--env"], /--env needs a value: NAME/],
  "a binary file": [{ "wrangler.toml": Buffer.from([0, 255, 254, 1, 128]) }, [], /this is no text in UTF-8/],
  "10 MB": [{ "wrangler.toml": "#".repeat(10 * 1024 * 1024) }, [], /has more than 1048576 bytes/],
  "JSON alone": [{ "wrangler.jsonc": "{}" }, [], /there is no wrangler\.toml here, but a wrangler\.jsonc; .* TOML only/],
  "JSON by name": [{ "wrangler.json": "{}" }, ["wrangler.json"], /TOML only/],
  "a secret for a file": [{}, [SECRET], /<file>: there is no such file/],
};

describe("bad arguments and files", { concurrency: 4 }, () => {
  for (const [what, [given, args, said]] of Object.entries(BAD)) {
    test(what, async () => {
      const { stdout, stderr } = await expectCode(2, [...CHECK, ...args], { cwd: folder(given) });
      assert.match(stderr, said);
      assert.equal(stdout, "");
      const { error } = objects((await expectCode(2, [...CHECK, "--json", ...args], { cwd: folder(given) })).stdout)[0];
      assert.equal(stderr, `error: ${error.message}\n`);
    });
  }
});

test("a file that may not be read", { skip: process.getuid?.() === 0 && "root reads everything" }, async () => {
  const cwd = folder(files(BASE));
  chmodSync(join(cwd, "wrangler.toml"), 0);
  assert.match((await expectCode(2, CHECK, { cwd })).stderr, /you may not read this file/);
});

test("an empty file, a folder called .dev.vars, JSON beside the TOML", async () => {
  const paths = (await findings(folder(files("")))).map(({ path }) => path);
  assert.deepEqual(paths, ["name", "main", "compatibility_date", "SOURCES"]);
  const cwd = folder(files(BASE));
  mkdirSync(join(cwd, ".dev.vars"));
  assert.match((await expectCode(2, CHECK, { cwd })).stderr, /\.dev\.vars: this is a directory/);
  const both = await findings(folder(files(BASE, { "wrangler.jsonc": "{}" })));
  assert.deepEqual(both.map(({ path, line }) => [path, line]), [["wrangler.jsonc", undefined]]);
});

test("names from the file can't move the cursor", async () => {
  const cwd = folder(files(`${BASE}\n["\\u001b[2J"]\n`));
  const { stdout } = await expectCode(0, CHECK, { cwd });
  assert.ok(!stdout.includes("\u001b"), stdout);
  assert.match(stdout, /\\x1b\[2J: wrangler has no such setting/);
});

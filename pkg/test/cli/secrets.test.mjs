// Where secrets come from. That none is ever printed, `countersign` in program.mjs sees to for every run.

import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { NOW } from "../node/installed.mjs";
import { BASE64_SECRET, OTHER_SECRET, SECRET, expectCode, folder, objects } from "./program.mjs";

const BODY = '{"type":"order.completed"}';
const at = String(NOW / 1000);
const SIGN = ["sign", "peeker", "--id", "evt_1", "--timestamp", at];

/** The signature with SECRET, and with OTHER_SECRET: made once, by the variable that is always there. */
const signatureWith = async (secret) =>
  signature(await expectCode(0, SIGN, { input: BODY, env: { COUNTERSIGN_SECRET: secret } }));
const signature = ({ stdout }) => /^Peeker-Signature: (.*)$/m.exec(stdout)[1];

function secretFile(content, mode = 0o600) {
  const file = join(folder(), "secret");
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

test("the scheme's own variable comes before the general one", async () => {
  const env = { COUNTERSIGN_SECRET: OTHER_SECRET, COUNTERSIGN_SECRET_PEEKER: SECRET };
  const signed = await expectCode(0, SIGN, { input: BODY, env });
  assert.equal(signature(signed), await signatureWith(SECRET));
});

test("a variable by name, and a file, come before both", async () => {
  const env = { COUNTERSIGN_SECRET: OTHER_SECRET, MINE: SECRET };
  const wanted = await signatureWith(SECRET);
  const named = await expectCode(0, [...SIGN, "--secret-env", "MINE"], { input: BODY, env });
  assert.equal(signature(named), wanted);
  for (const content of [SECRET, `${SECRET}\n`, `${SECRET}\r\n`]) {
    const filed = await expectCode(0, [...SIGN, "--secret-file", secretFile(content)], { input: BODY, env });
    assert.equal(signature(filed), wanted);
    assert.equal(filed.stderr, "");
  }
});

test("a file that everybody can read is warned about, and taken", async () => {
  const { stderr } = await expectCode(0, [...SIGN, "--secret-file", secretFile(SECRET, 0o644)], { input: BODY });
  assert.match(stderr, /^warning: .*secret can be read by everybody on this machine; `chmod 600`/);
  const { stderr: none } = await expectCode(0, [...SIGN, "--secret-file", secretFile(SECRET, 0o640)], { input: BODY });
  assert.equal(none, "");
});

test("several secrets are those of a rotation: any of them verifies, and is named", async () => {
  const env = { NEW: OTHER_SECRET, COUNTERSIGN_SECRET: SECRET };
  const { stdout } = await expectCode(0, SIGN, { input: BODY, env });
  const request = `POST / HTTP/1.1\n${stdout}\n${BODY}`;
  const judge = ["verify", "peeker", "--at", at, "--json", "--secret-env", "NEW"];
  assert.equal((await expectCode(1, judge, { input: request, env })).code, 1);
  const both = await expectCode(0, [...judge, "--secret-env", "COUNTERSIGN_SECRET"], { input: request, env });
  assert.equal(objects(both.stdout)[0].keyId, "COUNTERSIGN_SECRET");
  const file = secretFile(SECRET);
  const filed = await expectCode(0, [...judge, "--secret-file", file], { input: request, env });
  assert.equal(objects(filed.stdout)[0].keyId, file);
});

test("several secrets sign twice where the scheme allows it", async () => {
  const env = { NEW: OTHER_SECRET, OLD: SECRET };
  const both = ["--secret-env", "NEW", "--secret-env", "OLD"];
  const { stdout } = await expectCode(0, [...SIGN, ...both], { input: BODY, env });
  assert.match(stdout, /^Peeker-Signature: v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/m);
  const { stderr } = await expectCode(2, ["sign", "boateros", ...both], { input: BODY, env });
  assert.match(stderr, /this scheme's header takes one signature/);
});

const NONE = {
  "none at all": [
    {},
    [],
    /there is no secret for peeker: set COUNTERSIGN_SECRET_PEEKER or COUNTERSIGN_SECRET, or name/,
  ],
  "an empty one": [{ COUNTERSIGN_SECRET: "" }, [], /the secret of COUNTERSIGN_SECRET is empty/],
  "a short one": [
    { COUNTERSIGN_SECRET: "short" },
    [],
    /of COUNTERSIGN_SECRET has fewer than 16 bytes.*pass --allow-weak-secret/,
  ],
  "one with a line end": [{ COUNTERSIGN_SECRET: `${SECRET}\n` }, [], /white space at an end/],
  "a variable that isn't set": [{}, ["--secret-env", "NOT_SET"], /no such variable is set/],
  "a file that isn't there": [{}, ["--secret-file", "nowhere"], /--secret-file: there is no such file/],
  "a folder": [{}, ["--secret-file", "/"], /--secret-file: this is a directory/],
  "the same twice": [
    { A: SECRET, B: SECRET },
    ["--secret-env", "A", "--secret-env", "B"],
    /repeats the id or the secret/,
  ],
};

for (const [what, [env, args, said]] of Object.entries(NONE)) {
  test(`a secret that won't do: ${what}`, async () => {
    const command = what === "the same twice" ? ["verify", "peeker", "--at", at] : SIGN;
    const { stderr } = await expectCode(2, [...command, ...args], { input: BODY, env });
    assert.match(stderr, said);
  });
}

test("a file that won't do: several lines, no text, far too long, empty", async () => {
  const FILES = [
    [`${SECRET}\n${OTHER_SECRET}\n`, /there are several lines/],
    [Buffer.from([0xff, 0xfe, 0x00]), /this is no text/],
    ["x".repeat(70_000), /--secret-file: the file has more than 65536 bytes/],
    ["", /is empty/],
  ];
  for (const [content, said] of FILES) {
    const { stderr } = await expectCode(2, [...SIGN, "--secret-file", secretFile(content)], { input: BODY });
    assert.match(stderr, said);
  }
});

test("a short secret is taken if it is said to be meant", async () => {
  await expectCode(0, [...SIGN, "--allow-weak-secret"], { input: BODY, env: { COUNTERSIGN_SECRET: "short" } });
});

test("a secret in another scheme's form", async () => {
  const args = ["sign", "standard-webhooks"];
  await expectCode(2, args, { input: BODY, env: { COUNTERSIGN_SECRET: `${SECRET}!` } });
  await expectCode(0, args, { input: BODY, env: { COUNTERSIGN_SECRET: BASE64_SECRET } });
});

/** The program is made to fail where it doesn't expect to, with the secret in the error. */
const SABOTAGE = `
const fault = () => { throw new RangeError("broken: " + process.env.COUNTERSIGN_SECRET, { cause: process.env }); };
const { Server } = require("node:net");
`;
const CRASHES = {
  "at once": ["Buffer.concat = fault;", "RangeError"],
  "with what is no error": ["Buffer.concat = () => { throw process.env.COUNTERSIGN_SECRET; };", "string"],
  later: ["Server.prototype.listen = () => setTimeout(fault);", "RangeError"],
  "in a promise": ["Server.prototype.listen = () => { Promise.resolve().then(fault); };", "RangeError"],
};

for (const [when, [code, name]] of Object.entries(CRASHES)) {
  test(`a crash ${when} shows where it happened, and no secret`, async () => {
    const cwd = folder({ "sabotage.cjs": SABOTAGE + code });
    const env = { COUNTERSIGN_SECRET: SECRET, NODE_OPTIONS: `--require ${join(cwd, "sabotage.cjs")}` };
    const args = code.startsWith("Server") ? ["listen", "peeker"] : SIGN;
    const { stderr, stdout } = await expectCode(70, [...args, "--json"], { input: BODY, env, cwd });
    const said = /^error: countersign \d+\.\d+\.\d+ on Node\.js \d+.* has a fault \((\w+)\); please report it: https:/;
    assert.equal(said.exec(stderr)?.[1], name, stderr);
    if (name !== "string") assert.match(stderr, /\n {4}at .*sabotage\.cjs/);
    assert.equal(objects(stdout)[0].error.code, "fault");
  });
}

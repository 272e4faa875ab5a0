// What `sign` prints, judged by another implementation, by `verify`, and by real curl against a real server.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { NOW } from "../node/installed.mjs";
import { Verifier } from "./package.mjs";
import {
  BASE64_SECRET,
  SECRET,
  SECRETS,
  assertNoSecret,
  expectCode,
  folder,
  objects,
  receiver,
  secretOf,
} from "./program.mjs";

const AT = new Date(NOW);
const hmac = (key, encoding, ...parts) =>
  parts.reduce((mac, part) => mac.update(part), createHmac("sha256", key)).digest(encoding);

/** How each provider's documents say it signs. */
const BY_HAND = {
  peeker: (body) => {
    const timestamp = String(NOW / 1000);
    const signature = `v1=${hmac(SECRET, "hex", timestamp, ".", "evt_1", ".", body)}`;
    return { "Peeker-Timestamp": timestamp, "Peeker-Event-Id": "evt_1", "Peeker-Signature": signature };
  },
  boateros: (body) => {
    const timestamp = AT.toISOString();
    const signature = hmac(SECRET, "hex", timestamp, ".", body);
    return { "Boateros-Timestamp": timestamp, "Boateros-Event": "hull.sold", "Boateros-Signature": signature };
  },
  "standard-webhooks": (body) => {
    const timestamp = String(NOW / 1000);
    const key = Buffer.from(BASE64_SECRET.replace("whsec_", ""), "base64");
    const signature = `v1,${hmac(key, "base64", "evt_1", ".", timestamp, ".", body)}`;
    return { "webhook-timestamp": timestamp, "webhook-id": "evt_1", "webhook-signature": signature };
  },
};

const TIMES = [AT.toISOString(), String(NOW / 1000), "2025-11-21T18:00:00+02:00", "2025-11-21 16:00Z"];

for (const [scheme, byHand] of Object.entries(BY_HAND)) {
  test(`${scheme}: the headers are those that node:crypto makes, and verify takes them`, async () => {
    const body = '{"type":"hull.sold","name":"Zoë"}\n';
    const cwd = folder({ "body.json": body });
    const wanted = byHand(body);
    for (const time of TIMES) {
      const args = ["sign", scheme, "--body", "body.json", "--id", "evt_1", "--timestamp", time];
      const { stdout, stderr } = await expectCode(0, args, { cwd });
      const lines = stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(": "));
      assert.deepEqual(Object.fromEntries(lines), wanted);
      assert.equal(stderr, "");
    }
    const json = await expectCode(0, ["sign", scheme, "--id", "evt_1", "--timestamp", TIMES[0], "--json"], {
      input: body,
    });
    assert.deepEqual(objects(json.stdout), [{ ok: true, scheme, headers: wanted }]);

    const headers = Object.entries(wanted)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join("");
    const judged = await expectCode(0, ["verify", scheme, "--at", TIMES[0], "--json"], {
      input: `POST /hooks HTTP/1.1\r\n${headers}\r\n${body}`,
    });
    assert.equal(objects(judged.stdout)[0].type, "hull.sold");
  });
}

test("without --id there is a new one each time, which sorts by time", async () => {
  const ids = [];
  for (let round = 0; round < 3; round += 1) {
    const { stdout } = await expectCode(0, ["sign", "peeker"], { input: "{}" });
    ids.push(/^Peeker-Event-Id: (evt_[0-9A-HJKMNP-TV-Z]{26})$/m.exec(stdout)[1]);
  }
  assert.deepEqual([...new Set(ids)].sort(), ids);
});

test("without --type the body's own stands in the header; if it has none, it says so", async () => {
  const typed = await expectCode(0, ["sign", "boateros"], { input: '{"event":"deal.funded"}' });
  assert.match(typed.stdout, /^Boateros-Event: deal\.funded$/m);
  const other = await expectCode(0, ["sign", "boateros", "--type", "deal.opened"], {
    input: '{"event":"deal.funded"}',
  });
  assert.match(other.stdout, /^Boateros-Event: deal\.opened$/m);
  const untyped = await expectCode(0, ["sign", "boateros"], { input: "{}" });
  assert.doesNotMatch(untyped.stdout, /Boateros-Event/);
  assert.match(untyped.stderr, /without --type there is no Boateros-Event/);
});

test("a timestamp from now on", async () => {
  const before = Math.floor(Date.now() / 1000);
  const { stdout } = await expectCode(0, ["sign", "peeker", "--timestamp", "-10m"], { input: "{}" });
  const timestamp = Number(/^Peeker-Timestamp: (\d+)$/m.exec(stdout)[1]);
  assert.ok(timestamp >= before - 600 && timestamp < before - 540, stdout);
  const later = await expectCode(0, ["sign", "peeker", "--timestamp", "+2h"], { input: "{}" });
  assert.ok(Number(/^Peeker-Timestamp: (\d+)$/m.exec(later.stdout)[1]) >= before + 7200);
});

/** Bodies that a shell, a terminal, printf or curl would like to do something with. */
const BODIES = {
  "plain JSON": '{"type":"order.completed"}',
  quotes: `{"it's":"$HOME \`id\` \\" !! \\\\ 'quoted'"}`,
  "an at sign first": "@/etc/passwd",
  "several lines": '{\n\t"a": 1\r\n}\n',
  "percent signs and backslashes": "100% %s %d %n \\n \\060 \\x41\n",
  "a dash first": "-n --help\n",
  "UTF-8": '{"name":"Zoë 🚤 日本"}',
  "UTF-8 with a line end": '{"name":"Zoë 🚤"}\n',
  "bytes that are no text": Buffer.from([0, 1, 2, 0x27, 0x25, 0x5c, 0x80, 0xff, 0x0a, 0x0d, 0]),
  "an escape sequence": "\u001b]0;title\u0007\u001b[31m",
  "too long for an argument": `{"pad":"${"x".repeat(200_000)}"}`,
  "a URL's own characters": '{"u":"http://[::1]/{a,b}?x=1&y=2#z"}',
};
const run = promisify(execFile);

describe("a curl command, pasted into a shell", { concurrency: 3 }, () => {
  for (const [what, body] of Object.entries(BODIES)) {
    for (const from of ["a file", "standard input"]) {
      test(`${what}, from ${from}`, async (t) => {
        const { received, url } = await receiver(t);
        const cwd = folder({ "it's a body.json": body });
        const to = `${url}/it's?a=1&b=[2]&c={x,y}`;
        const args = ["sign", "peeker", "--curl", to, ...(from === "a file" ? ["--body", "it's a body.json"] : [])];
        const { stdout } = await expectCode(0, args, { cwd, input: body });
        assertNoSecret(stdout, "the command");
        assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, "a terminal would obey it");
        // By the file: there are pipes in it, and it may be longer than an argument.
        const script = join(folder({ script: stdout }), "script");
        await run("sh", [script], { cwd });
        const [{ headers, body: arrived, method, url: path }] = received;
        assert.deepEqual(arrived, Buffer.from(body));
        assert.equal(method, "POST");
        assert.equal(path, new URL(to).pathname + new URL(to).search);
        const isJson = what !== "an at sign first" && /JSON|quotes|lines|UTF|long|URL/.test(what);
        assert.equal(headers["content-type"], isJson ? "application/json" : "application/octet-stream");
        new Verifier("peeker", { secrets: SECRET }).verify(arrived, headers);
      });
    }
  }
});

test("a curl command in bash, too, and as JSON", async (t) => {
  const { received, url } = await receiver(t);
  const { stdout } = await expectCode(0, ["sign", "peeker", "--curl", url, "--json"], { input: "it's 100%\n" });
  const [{ curl, headers }] = objects(stdout);
  await run("bash", ["-c", curl]);
  assert.equal(received[0].headers["peeker-signature"], headers["Peeker-Signature"]);
  assert.equal(received[0].body.toString(), "it's 100%\n");
});

test("an empty file is a body; empty standard input is a mistake", async () => {
  const cwd = folder({ empty: "" });
  await expectCode(0, ["sign", "peeker", "--body", "empty"], { cwd });
  await expectCode(2, ["sign", "peeker", "--body", "-"], { cwd, input: "" });
});

test("a body of some megabytes from standard input", async () => {
  const body = Buffer.alloc(5_000_000, "a");
  const { stdout } = await expectCode(0, ["sign", "boateros", "--timestamp", AT.toISOString()], { input: body });
  const wanted = hmac(SECRETS.COUNTERSIGN_SECRET, "hex", AT.toISOString(), ".", body);
  assert.match(stdout, new RegExp(`^Boateros-Signature: ${wanted}$`, "m"));
  assert.equal(secretOf("boateros"), SECRET);
});

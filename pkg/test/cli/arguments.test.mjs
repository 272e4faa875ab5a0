// Mistakes in what is typed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SECRET, countersign, expectCode, folder, objects } from "./program.mjs";

const FILES = { "body.json": "{}", "headers.txt": "a: b\n", "text.txt": "no headers at all\n" };

/** What is typed, and what is said. All of it ends with 2. */
const MISTAKES = {
  "a command that is nearly one": [["sing"], /there is no command sing; did you mean sign\?/],
  "another one": [["verifiy"], /did you mean verify\?/],
  "the beginning of one": [["sche"], /did you mean schemes\?/],
  "a command that is none": [["frobnicate"], /there is no such command; there are sign, send,/],
  "help on a command that is none": [["help", "lisen"], /did you mean listen\?/],
  "options before the command": [["--body", "x", "sign"], /options stand behind the command/],

  "no scheme": [["sign"], /sign needs <scheme>: .*peeker/],
  "a scheme that is nearly one": [["sign", "peker"], /there is no scheme peker; did you mean peeker\?/],
  "its beginning": [["verify", "standard"], /did you mean standard-webhooks\?/],
  "a scheme that is none": [["verify", "stripe"], /there is no such scheme; there are .*peeker/],
  "a scheme of another name for schemes": [["schemes", "boatros"], /did you mean boateros\?/],
  "a scheme that is none for listen": [["listen", "peeker", "boaters"], /did you mean boateros\?/],
  "a word too many": [["sign", "peeker", "again"], /sign takes only <scheme>; there are 2/],
  "a word too many for schemes": [["schemes", "peeker", "boateros"], /takes only \[<scheme>\]/],

  "an option that is nearly one": [["sign", "peeker", "--bdy", "x"], /sign has no option --bdy; did you mean --body\?/],
  "an option of another command": [["sign", "peeker", "--forge"], /sign has no such option; `countersign help sign`/],
  "an option without its value": [["sign", "peeker", "--body"], /--body needs a value: FILE/],
  "an option whose value is an option": [["sign", "peeker", "--body", "--timeout"], /--body needs a value/],
  "an option with an empty value": [["sign", "peeker", "--body="], /--body needs a value/],
  "an option twice": [["sign", "peeker", "--id", "a", "--id", "b"], /--id stands there twice/],
  "a flag with a value": [["send", "peeker", "--forge=yes"], /--forge takes no value/],

  "a time that is none": [["sign", "peeker", "--timestamp", "noon"], /--timestamp is a time: 2026-/],
  "a time that no calendar has": [["verify", "peeker", "--at", "+999999999d"], /--at is a time/],
  "a time without a zone": [["sign", "peeker", "--timestamp", "2026-11-21T18:00:00"], /--timestamp is a time/],
  milliseconds: [["verify", "peeker", "--at", "1763740800000"], /--at is a time/],
  "a day that doesn't exist": [["verify", "peeker", "--at", "2026-13-41T00:00:00Z"], /--at is a time/],
  "a tolerance that is none": [
    ["verify", "peeker", "--tolerance", "0"],
    /--tolerance is a whole number from 1 to 86400/,
  ],
  "a tolerance with a fraction": [["explain", "peeker", "--tolerance", "1.5"], /--tolerance is a whole number/],
  "a time-out that is none": [["sign", "peeker", "--timeout", "soon"], /--timeout is a number of seconds/],
  "no time at all": [["sign", "peeker", "--timeout", "0"], /--timeout is a number of seconds/],
  "a port that is none": [["listen", "peeker", "--port", "65536"], /--port is a whole number from 0 to 65535/],
  "a count of none": [["listen", "peeker", "--count", "0"], /--count is a whole number from 1/],
  "a repetition that is none": [
    ["send", "peeker", "order.failed", "--to", "http://x", "--repeat", "-1"],
    /--repeat is a/,
  ],

  "no URL": [["send", "peeker", "order.failed"], /send needs --to URL, such as/],
  "a URL without http": [
    ["send", "peeker", "order.failed", "--to", "localhost:3000/hooks"],
    /mean http:\/\/localhost:3000\/hooks\?/,
  ],
  "a URL that is none": [["send", "peeker", "order.failed", "--to", "here"], /--to is a URL/],
  "another protocol": [["send", "peeker", "order.failed", "--to", "ftp://localhost/"], /--to is a URL/],
  "curl to what is no URL": [["sign", "peeker", "--body", "body.json", "--curl", "file:///etc"], /--curl is a URL/],
  "a forward to what is no URL": [["listen", "peeker", "--forward", "3000"], /--forward is a URL/],
  "a forward to itself": [
    ["listen", "peeker", "--forward", "http://localhost:8484/hooks/peeker"],
    /this listener itself/,
  ],
  "an event type that is nearly one": [
    ["send", "peeker", "order.complete", "--to", "http://x"],
    /did you mean order.completed\?/,
  ],
  "an event type that is none": [
    ["send", "boateros", "boat.sunk", "--to", "http://x"],
    /no sample of this type; `countersign schemes boateros`/,
  ],
  "an event type of somebody else": [
    ["send", "boateros", "order.completed", "--to", "http://x"],
    /no sample of this type/,
  ],
  "neither type nor body": [["send", "peeker", "--to", "http://x"], /needs the event's <type>, or --body/],
  "an id with a dot": [["sign", "peeker", "--body", "body.json", "--id", "a.b"], /1 to 255 of A-Z/],
  "a type in capitals": [
    ["sign", "boateros", "--body", "body.json", "--type", "HULL"],
    /must look like order\.completed/,
  ],

  "headers without a body": [["verify", "peeker", "--headers", "headers.txt"], /--headers and --body go together/],
  "a body without headers": [["explain", "peeker", "--body", "body.json"], /--headers and --body go together/],
  "all three": [
    ["verify", "peeker", "--headers", "a", "--body", "b", "--request", "c"],
    /--request is the whole request/,
  ],
  "standard input for two": [["verify", "peeker", "--headers", "-", "--body", "-"], /only one of --headers and --body/],
  "headers that are none": [
    ["verify", "peeker", "--headers", "text.txt", "--body", "body.json"],
    /line 1 of the headers is not/,
  ],
  "JSON that is no headers": [
    ["verify", "peeker", "--headers", "body.json", "--body", "body.json"],
    /headers in JSON are/,
  ],
  "a request that is none": [["verify", "peeker", "--request", "text.txt"], /this is not the text of a request/],

  "a body that isn't there": [["sign", "peeker", "--body", "nowhere.json"], /--body: there is no such file/],
  "a body to send that isn't there": [
    ["send", "peeker", "--body", "nowhere", "--to", "http://x"],
    /--body: there is no such file/,
  ],
  "a folder for a body": [["sign", "peeker", "--body", "."], /--body: this is a directory/],
  "headers that aren't there": [
    ["verify", "peeker", "--headers", "no", "--body", "body.json"],
    /--headers: there is no such file/,
  ],
  "a request that isn't there": [["explain", "peeker", "--request", "no"], /--request: there is no such file/],

  "nothing to sign": [["sign", "peeker"], /standard input is empty; it should have the body/],
  "nothing to send": [["send", "peeker", "--body", "-", "--to", "http://x"], /standard input is empty/],
  "nothing to verify": [["verify", "peeker"], /standard input is empty; it should have a request/],
  "nothing to explain": [["explain", "peeker"], /standard input is empty/],
  "no headers on standard input": [
    ["verify", "peeker", "--headers", "-", "--body", "body.json"],
    /standard input is empty/,
  ],

  "a secret that one of the schemes can't take": [
    ["listen", "peeker", "standard-webhooks", "--secret-env", "COUNTERSIGN_SECRET"],
    /error: standard-webhooks: the secret of COUNTERSIGN_SECRET .* is not in the form/,
  ],
  "a secret for a scheme that nobody listens for": [
    ["listen", "peeker", "--secret-env", "boateros=A_NAME"],
    /there is a secret for boateros, but nobody listens for it/,
  ],
};

const cwd = folder(FILES);

describe("a mistake", { concurrency: 4 }, () => {
  for (const [what, [args, said]] of Object.entries(MISTAKES)) {
    test(what, async () => {
      const { stdout, stderr } = await expectCode(2, args, { cwd });
      assert.match(stderr, said);
      assert.match(stderr, /^error: /);
      assert.equal(stdout, "");
    });
  }
});

test("with --json a mistake is told as JSON too", async () => {
  for (const args of [
    ["--json", "sing"],
    ["sign", "peeker", "--bdy", "--json"],
    ["verify", "peeker", "--json"],
  ]) {
    const { stdout, stderr } = await expectCode(2, args, { cwd });
    const [{ ok, error }, ...more] = objects(stdout);
    assert.deepEqual([ok, more], [false, []]);
    assert.equal(stderr, `error: ${error.message}\n`);
  }
});

const WAYS = [
  ["sign", "peeker", "--secret", SECRET],
  ["sign", "peeker", `--secret=${SECRET}`],
  ["verify", "peeker", "--secrets", SECRET],
  ["--secret", SECRET, "sign", "peeker"],
  ["listen", "peeker", `--token=${SECRET}`],
  ["send", "peeker", "order.failed", "--to", "http://x", "-secret", SECRET],
  ["help", "--secret", SECRET],
  ["sign", "peeker", "--key", SECRET, "--json"],
];

test("a secret on the command line is refused, not repeated, and it says what to do", async () => {
  for (const args of WAYS) {
    const { stderr } = await expectCode(2, args, { cwd });
    assert.match(
      stderr,
      /never taken from the command line.*COUNTERSIGN_SECRET.*--secret-env NAME.*--secret-file FILE/,
    );
  }
});

/** Where somebody might put it by mistake. What it says is searched for it by `countersign` itself. */
const WRONG_PLACES = [
  [SECRET],
  [`--${SECRET}`],
  ["help", SECRET],
  ["schemes", SECRET],
  ["sign", SECRET],
  ["sign", "peeker", SECRET],
  ["sign", "peeker", "--", SECRET],
  ["sign", "peeker", `--secrte=${SECRET}`],
  ["sign", "peeker", "--secrte", SECRET],
  ["sign", "peeker", `-s${SECRET}`],
  ["sign", "peeker", "--body", SECRET],
  ["sign", "peeker", "--timestamp", SECRET],
  ["sign", "peeker", "--body", "body.json", "--curl", SECRET],
  ["sign", "boateros", "--body", "body.json", "--type", SECRET],
  ["sign", "peeker", "--secret-env", SECRET],
  ["sign", "peeker", "--secret-file", SECRET],
  ["sign", "peeker", "--secret-env", "COUNTERSIGN_SECRET", "--secret-env", SECRET],
  ["verify", "peeker", "--at", SECRET],
  ["verify", "peeker", "--headers", SECRET, "--body", "body.json"],
  ["verify", "peeker", "--tolerance", SECRET],
  ["send", "peeker", SECRET, "--to", "http://127.0.0.1:1/"],
  ["send", "peeker", "order.failed", "--to", SECRET],
  ["send", "peeker", "order.failed", "--to", "http://127.0.0.1:1/", "--repeat", SECRET],
  ["listen", "peeker", "--port", SECRET],
  ["listen", "peeker", "--forward", SECRET],
  ["listen", "peeker", "--secret-env", `peeker=${SECRET}`],
  ["listen", SECRET],
];

describe("a secret in any other wrong place is not repeated either", { concurrency: 4 }, () => {
  for (const [first, ...rest] of WRONG_PLACES) {
    // With --json it prints on both.
    test(["countersign", first, ...rest].join(" ").replaceAll(SECRET, "SECRET"), async () => {
      await expectCode(2, [first, "--json", ...rest], { cwd });
    });
  }
});

test("behind -- nothing is an option", async () => {
  const { stderr } = await countersign(["sign", "--", "--body"], { cwd });
  assert.match(stderr, /no scheme --body|no such scheme/);
});

test("an option's value may stand behind =, and options before words", async () => {
  const args = ["sign", "--body=body.json", "--id=evt_1", "peeker"];
  assert.match((await expectCode(0, args, { cwd })).stdout, /^Peeker-Event-Id: evt_1$/m);
});

// The program on the oldest Node.js that the package supports.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../node/installed.mjs";
import { PROGRAM, objects, receiver, start, until } from "./program.mjs";

const NODE = join(root, "node_modules/node20/bin/node");
const on20 = (args, options) => start(args, { ...options, command: [NODE, PROGRAM] });

test("signing, verifying, sending and listening on Node.js 20", async (t) => {
  const signed = await on20(["sign", "peeker"], { input: "{}" }).done;
  const verified = await on20(["verify", "peeker"], { input: `${signed.stdout}\n{}` }).done;
  assert.deepEqual([signed.code, verified.code], [0, 0], signed.stderr + verified.stderr);
  const { received, url } = await receiver(t);
  const listener = on20(["listen", "peeker", "--port", "0", "--forward", url, "--count", "2", "--json"], {
    input: null,
  });
  const [, to] = await until(listener.texts, /"peeker":"([^"]+)"/);
  const genuine = await on20(["send", "peeker", "order.completed", "--to", to]).done;
  const forged = await on20(["send", "peeker", "order.completed", "--to", to, "--forge"]).done;
  const { code, stdout } = await listener.done;
  assert.deepEqual([genuine.code, forged.code, code, received.length], [0, 0, 1, 1]);
  assert.deepEqual(
    objects(stdout).map(({ status }) => status),
    [undefined, 200, 401, undefined],
  );
});

test("mistakes and unreachable hosts on Node.js 20", async () => {
  assert.equal((await on20(["verify", "peeker", "--bdy", "x"]).done).code, 2);
  assert.equal((await on20(["send", "peeker", "order.failed", "--to", "http://127.0.0.1:1/"]).done).code, 3);
  assert.match((await on20(["--help"]).done).stdout, /^Signs, sends, receives/);
});

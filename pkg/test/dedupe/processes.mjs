// What has to hold among several processes with one store: some are killed, some race.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { countersign } from "./installed.mjs";

const { once } = countersign;
const PROCESSES = 5;
const COPIES = 50;
const OPTIONS = { windowSeconds: 3_600, renewForMs: 0 };

/** A child of Node.js with one of the stores of backends.mjs. */
export const inNode = [process.execPath, join(import.meta.dirname, "entries/node.mjs")];

/**
 * @param backend with `open` and `advance`, or a promise of it
 * @param place where a child finds the same store
 */
export function holdsAmongProcesses(name, backend, place, command = inNode) {
  const start = (task) => startChild(command, task, place());
  describe(`several processes, ${name}`, () => {
    test("killed between claim and commit: copies are busy until the lease runs out, then one runs", async () => {
      const key = `killed-${Date.now()}`;
      const { open, advance } = backend();
      const child = start({ name: "hang", key });
      assert.equal(await child.line(), "claimed");
      assert.equal(await child.kill(), "SIGKILL");
      const run = async (handler) => once(await open(), { key }, handler, OPTIONS);
      const never = () => assert.fail("the handler has run");
      assert.equal((await run(never)).status, "busy");
      await advance(30_001);
      assert.deepEqual(await run(() => 1), { status: "done", value: 1, committed: true });
      assert.equal((await run(never)).status, "duplicate");
    });

    test(`${COPIES} copies at ${PROCESSES} processes: one runs`, async () => {
      const task = { name: "race", key: `race-${Date.now()}`, copies: COPIES / PROCESSES };
      const children = Array.from({ length: PROCESSES }, () => start(task));
      for (const child of children) assert.equal(await child.line(), "ready");
      for (const child of children) child.begin();
      const lines = (await Promise.all(children.map((child) => child.rest()))).flat();
      const count = (wanted) => lines.filter((line) => line === wanted).length;
      assert.deepEqual([count("ran"), count("done")], [1, 1], lines.join());
      assert.equal(count("busy") + count("duplicate"), COPIES - 1, lines.join());
    });
  });
}

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** A child, and the lines that it prints. */
export function startChild([program, ...words], task, place, options = {}) {
  const args = [...words, JSON.stringify(task), JSON.stringify(place)];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  children.add(child);
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  const gone = new Promise((done) => child.once("exit", (code, signal) => done(signal ?? code)));
  gone.then(() => children.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the child ended with ${await gone}:\n${errors}`);
      return JSON.parse(value);
    },
    begin: () => child.stdin.write("\n"),
    tell: (order) => child.stdin.write(`${JSON.stringify(order)}\n`),
    async rest() {
      const found = [];
      for await (const line of { [Symbol.asyncIterator]: () => lines }) found.push(JSON.parse(line));
      assert.equal(await gone, 0, errors);
      return found;
    },
    kill() {
      child.kill("SIGKILL");
      return gone;
    },
  };
}

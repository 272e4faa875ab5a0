// A process that does what it is told, and may be killed for it. Prints a line of JSON for each
// thing that happens. Runs in Node.js and in Deno.
//
// Arguments, as JSON: what to do, and where.

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

export async function main(openBackend, once, workAndCommit) {
  const [task, place] = process.argv.slice(-2).map((text) => JSON.parse(text));
  const say = (line) => console.log(JSON.stringify(line));
  const options = { windowSeconds: 3_600, ...task.options };
  const backend = await openBackend(place);
  const store = await backend.open();
  const run = (handler) => once(store, { key: task.key }, handler, options);

  /** Is at work until it is killed. */
  async function hang() {
    await run(() => {
      say("claimed");
      return new Promise(() => setInterval(() => {}, 1_000));
    });
  }

  /** Is killed in its transaction, or after it. */
  async function transact() {
    await run(async (claim) => {
      await backend.transact((query) => {
        const done = workAndCommit(store, claim, query, task.key);
        if (task.end) return done;
        return done instanceof Promise ? done.then(stall) : stall();
      });
      stall();
    });
  }

  /** Says so, and does nothing more: not even what else is waiting. */
  function stall() {
    writeSync(1, `${JSON.stringify("worked")}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }

  /** Does for its parent what that can't do itself: a call of the store, or a jump of its time. */
  async function serve() {
    for await (const line of createInterface({ input: process.stdin })) {
      const { method, args } = JSON.parse(line);
      const answer = method === "advance" ? backend.advance(...args) : store[method](...args);
      say((await answer) ?? null);
    }
  }

  /** Some copies at once, when there is a line on standard input. */
  async function race() {
    say("ready");
    await new Promise((begin) => createInterface({ input: process.stdin }).once("line", begin));
    const work = () => {
      say("ran");
      return new Promise((done) => setTimeout(done, 100));
    };
    const copies = Array.from({ length: task.copies }, async () => say((await run(work)).status));
    await Promise.all(copies);
    await backend.close();
    process.exit();
  }

  await { hang, race, serve, transact }[task.name]();
}

// From an empty folder to events that an application acts upon once: the commands that `countersign gateway init` prints,
// as it prints them, but for the ports.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../packaging/project.mjs";
import { machine, project, variable } from "./newcomer.mjs";
import { startOrigin } from "./origin.mjs";
import { printed, run, start, stop } from "./processes.mjs";

const EXAMPLE = join(ROOT, "examples/gateway");
const ORDER = "ord_01J9ZK4T7W"; // in the sample of order.completed
const ACT = `tell the customer: order ${ORDER} is completed`;

let home;
let env;

before(() => {
  ({ home, env } = machine());
});

test("there is no Rust on this machine", async () => {
  for (const name of ["cargo", "rustc", "rustup", "wasm-bindgen"]) {
    const { code } = await run(`command -v ${name}`, { cwd: home, env });
    assert.notEqual(code, 0, `${name} is on the PATH`);
  }
  assert.equal((await run("node --version", { cwd: home, env })).code, 0, "Node.js is not on the PATH");
});

for (const mode of ["relay", "inbox"]) {
  describe(`a gateway in ${mode} mode`, () => {
    let folder;
    let origin;
    let gateway;
    let address;
    let made;
    // What the origin should have, in all.
    let deliveries = 0;
    let acts = 0;

    before(async () => {
      folder = project();
      origin = await startOrigin(home, variable(join(EXAMPLE, ".dev.vars.example"), "APP_SIGNING_SECRET"), env);
      const to = `http://localhost:${origin.port}/webhooks`;
      const init = await run(`npx countersign gateway init --mode ${mode} --to ${to} --json`, { cwd: folder, env });
      assert.equal(init.code, 0, `gateway init: ${init.text}`);
      made = JSON.parse(init.text);

      const [here] = made.steps;
      const commands = [...here.lines];
      const dev = commands.pop();
      assert.equal(dev, "npx wrangler dev", "the last command starts it");
      for (const command of commands) {
        const { code, text } = await run(command, { cwd: folder, env });
        assert.equal(code, 0, `${command}: ${text}`);
      }
      gateway = start(`exec ${dev} --port 0 --inspector-port 0`, { cwd: folder, env });
      [, address] = await printed(gateway, /Ready on (http:\/\/localhost:\d+)/, "wrangler dev starts");
    });

    after(async () => {
      if (gateway) await stop(gateway);
      await origin?.stop();
    });

    /** What is typed in the second terminal, but for the port, and with further options. */
    async function send(options = "", scheme = "peeker") {
      const lines = made.steps[1].lines.map((line) => line.replace("http://localhost:8787", address));
      const line = lines.join("\n").replaceAll("peeker order.completed", WHAT[scheme]).replaceAll("peeker", scheme);
      const typed = `${line.replaceAll("PEEKER", scheme.toUpperCase())} ${options}`;
      return run(typed, { cwd: folder, env });
    }

    async function assertActed(what) {
      const seen = await origin.until(deliveries, acts);
      assert.equal(seen.deliveries, deliveries, `${what}: deliveries at the origin\n${origin.text()}\n${gateway.text()}`);
      assert.deepEqual(seen.acts, Array(acts).fill(ACT), `${what}: what the origin did`);
      assert.deepEqual(seen.orders, acts === 0 ? [] : [[ORDER, "completed"]], `${what}: the origin's orders`);
    }

    test("every source can serve, and nothing was built", async () => {
      const answer = await fetch(`${address}/healthz`);
      const text = await answer.text();
      assert.equal(answer.status, 200, `healthz: ${text}\n${gateway.text()}`);
      assert.doesNotMatch(gateway.text(), /cargo|custom build/i, "wrangler dev builds something");
      assert.equal(readFileSync(join(folder, "worker.js"), "utf8").split("\n").length, 4, "worker.js is three lines");
    });

    test("all that wrangler stores is in the folder", () => {
      assert.ok(readdirSync(folder).includes(".wrangler"), `there is no .wrangler in ${readdirSync(folder)}`);
    });

    test("what is forged or old is refused, and never reaches the application", async () => {
      for (const options of ["--forge", "--stale", "--forge --stale"]) {
        const { code, text } = await send(options);
        assert.match(text, /^401 Unauthorized/m, `send ${options}: ${text}`);
        assert.equal(code, 0, `send ${options} is content with a 401: ${text}`);
      }
      await assertActed("after forgeries");
    });

    test("an event is taken, signed by the gateway, and acted upon once", async () => {
      const { code, text } = await send();
      assert.equal(code, 0, `send: ${text}\n${gateway.text()}`);
      assert.match(text, TAKEN[mode], `send: ${text}`);
      [deliveries, acts] = [deliveries + 1, acts + 1];
      await assertActed("after an event");
    });

    test("an event that comes three times is acted upon once", async () => {
      const { code, text } = await send("--repeat 3");
      assert.equal(code, 0, `send --repeat 3: ${text}\n${gateway.text()}`);
      assert.equal(text.match(/"status":"duplicate"/g)?.length, 2, `two of three are duplicates: ${text}`);
      [deliveries, acts] = [deliveries + 1, acts + 1];
      await assertActed("after three copies");
    });

    test("the second source takes its provider's events, and no others", async () => {
      const { code, text } = await send("", "boateros");
      assert.equal(code, 0, `send boateros: ${text}\n${gateway.text()}`);
      deliveries += 1; // of a type that the example has no use for
      await assertActed("after an event of Boateros'");
      const forged = await send("--forge", "boateros");
      assert.match(forged.text, /^401 Unauthorized/m, `send boateros --forge: ${forged.text}`);
      await assertActed("after a forgery of Boateros'");
    });

    test("the application refuses what the gateway has not signed", async () => {
      const body = JSON.stringify({ type: "order.completed", data: { order_id: ORDER, status: "failed" } });
      const answer = await fetch(`http://localhost:${origin.port}/webhooks`, { method: "POST", body });
      assert.equal(answer.status, 401, "an unsigned request at the origin");
      await assertActed("after a request past the gateway");
    });

    test("what would be deployed has neither the secrets nor the permission of .dev.vars", async () => {
      const { code, text } = await run("npx wrangler deploy --dry-run --outdir deployed", { cwd: folder, env });
      assert.equal(code, 0, `wrangler deploy --dry-run: ${text}`);
      assert.match(text, /env\.SOURCES/, `it shows the variables: ${text}`);
      assert.doesNotMatch(text, /ALLOW_INSECURE_DESTINATIONS|_SECRET"? ?\(|for development only/, text);
      assert.equal(/env\.INBOX/.test(text), mode === "inbox", `the Durable Object: ${text}`);
    });

    test("when it ends, nothing that it has started is left", async () => {
      await stop(gateway);
      await assert.rejects(fetch(`${address}/healthz`), "something still answers");
      gateway = undefined;
    });
  });
}

/** What is sent to a source. */
const WHAT = { peeker: "peeker order.completed", boateros: "boateros hull.sold" };

/** What an event is answered. */
const TAKEN = { relay: /^200 OK[^]*"status":"delivered"/m, inbox: /^202 Accepted[^]*"status":"accepted"/m };

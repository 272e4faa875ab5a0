// Where the Worker starts. It hands every request to the WebAssembly instance, and replaces that instance if it fails.
//
// A trap (a Rust panic, an exhausted stack or memory) leaves the instance's memory in an unknown state, and what waits
// inside it would wait for ever. So everything in flight is answered 503, which makes a provider send it again, and the
// next request gets a fresh instance.

import { instantiate } from "countersign:wasm";

// No request lasts as long as this, in milliseconds.
const FORGET_AFTER = 120_000;

class Instance {
  // How to answer each request in flight, and since when it is, oldest first.
  #abandon = new Map();
  #failed = false;
  // Rust's futures run in microtasks, where nobody would catch an exception: hence a scheduler of our own.
  #wasm = instantiate((job) => queueMicrotask(() => this.#run(job)));

  async fetch(request, env, ctx) {
    const { promise, resolve } = Promise.withResolvers();
    this.#remember(resolve);
    try {
      return (await Promise.race([this.#wasm.fetch(request, env, ctx), promise])) ?? unavailable();
    } catch (error) {
      this.#fail(error);
      return unavailable();
    } finally {
      this.#abandon.delete(resolve);
    }
  }

  #remember(abandon) {
    // A request that the runtime cancels never gets to its `finally`.
    const now = Date.now();
    for (const [forgotten, since] of this.#abandon) {
      if (Math.abs(now - since) < FORGET_AFTER) break;
      this.#abandon.delete(forgotten);
    }
    this.#abandon.set(abandon, now);
  }

  #run(job) {
    if (this.#failed) return;
    try {
      job();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error) {
    if (this.#failed) return;
    this.#failed = true;
    if (current === this) current = undefined;
    log({ message: "instance", outcome: "failed", detail: String(error), abandoned: this.#abandon.size });
    for (const abandon of this.#abandon.keys()) abandon();
  }
}

function unavailable() {
  const id = crypto.randomUUID();
  log({ message: "request", requestId: id, outcome: "failed", status: 503, reason: "instance_failed" });
  return new Response('{"error":"unavailable"}', {
    status: 503,
    headers: { "content-type": "application/json", "countersign-request-id": id, "retry-after": "1" },
  });
}

function log(line) {
  console.error(JSON.stringify({ level: "error", ...line }));
}

let current = new Instance();

export default {
  fetch(request, env, ctx) {
    current ??= new Instance();
    return current.fetch(request, env, ctx);
  },
};

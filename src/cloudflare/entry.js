// Where the Worker starts. It hands every request to the WebAssembly instance, and replaces that instance if it fails.
//
// A trap (a Rust panic, an exhausted stack or memory) leaves the instance's memory in an unknown state, and what waits
// inside it would wait for ever. So everything in flight is told at once: a request is answered 503, which makes a
// provider send it again, a call to a Durable Object is rejected, an alarm ends. What comes next gets a fresh instance,
// and the Durable Objects in it are made anew out of their storage.

import { DurableObject } from "cloudflare:workers";
import { instantiate } from "countersign:wasm";

// No request lasts as long as this, in milliseconds.
const FORGET_AFTER = 120_000;

// When the alarm goes off again if the one under way never comes to its end, in milliseconds.
const ALARM_AGAIN_AFTER = 30_000;

class Instance {
  // How to abandon each call in flight, and since when it is, oldest first.
  #abandon = new Map();
  // The same for alarms, which may last longer, and are never cancelled without their object.
  #abandonAlarm = new Set();
  // What this instance has of each Durable Object.
  #objects = new WeakMap();
  #failed = false;
  // Rust's futures run in microtasks, where nobody would catch an exception: hence a scheduler of our own. In workerd a
  // promise's microtask costs less than one of `queueMicrotask`.
  #wasm = instantiate((job) => Promise.resolve().then(() => this.#run(job)));

  // What a call into the instance comes to. It rejects when the instance fails.
  async call(work) {
    const { promise, reject } = Promise.withResolvers();
    this.#remember(reject);
    try {
      return await Promise.race([this.#begin(work), promise]);
    } finally {
      this.#abandon.delete(reject);
    }
  }

  async alarm(object) {
    const { promise, reject } = Promise.withResolvers();
    this.#abandonAlarm.add(reject);
    try {
      return await Promise.race([this.#begin(() => this.object(object).alarm()), promise]);
    } finally {
      this.#abandonAlarm.delete(reject);
    }
  }

  object(object) {
    if (!this.#objects.has(object)) this.#objects.set(object, new this.#wasm.InboxObject(object.ctx, object.env));
    return this.#objects.get(object);
  }

  #begin(work) {
    try {
      return work(this.#wasm, this);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #remember(abandon) {
    // A call that the runtime cancels never gets to its `finally`.
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
    const abandoned = [...this.#abandon.keys(), ...this.#abandonAlarm];
    log({ message: "instance", outcome: "failed", detail: String(error), abandoned: abandoned.length });
    for (const abandon of abandoned) abandon(new Error("the instance failed"));
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

const live = () => (current ??= new Instance());

// A shard of a source's inbox. `src/cloudflare/inbox/` is what is in it, and `shard.rs` who calls it.
export class Inbox extends DurableObject {
  accept(entry, body) {
    return live().call((_, instance) => instance.object(this).accept(entry, body));
  }

  layout(shards) {
    return live().call((_, instance) => instance.object(this).layout(shards));
  }

  sweep() {
    return live().call((_, instance) => instance.object(this).sweep());
  }

  // An alarm that throws is tried six times by the platform, and then never again. This one only throws if it could not
  // set the next alarm.
  async alarm() {
    await this.ctx.storage.setAlarm(Date.now() + ALARM_AGAIN_AFTER);
    try {
      await live().alarm(this);
    } catch (error) {
      log({ message: "alarm", outcome: "failed", detail: String(error) });
    }
  }
}

export default {
  async fetch(request, env, ctx) {
    try {
      return await live().call((wasm) => {
        const response = wasm.fetch(request, env, ctx);
        // The work goes on if the client hangs up.
        ctx.waitUntil(response);
        return response;
      });
    } catch {
      return unavailable();
    }
  },

  async scheduled(_, env) {
    try {
      await live().call((wasm) => wasm.sweep(env));
    } catch (error) {
      log({ message: "sweep", outcome: "failed", detail: String(error) });
    }
  },
};

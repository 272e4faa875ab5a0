// A claim on one key: taken, renewed while there is work, given back or committed.

import { DedupeError } from "./error.ts";
import type { Policy } from "./policy.ts";
import type { ClaimAnswer, DedupeStore } from "./store.ts";

/** One token's dealings with a store. */
export class Lease {
  readonly token: string = crypto.randomUUID();
  readonly #controller = new AbortController();
  readonly #store: DedupeStore;
  readonly #key: string;
  readonly #policy: Policy;
  readonly #claim: () => Promise<ClaimAnswer>;
  #beats: number;
  #beat: ReturnType<typeof setTimeout> | undefined;
  #end: ReturnType<typeof setTimeout> | undefined;
  #renewal: Promise<void> | undefined;
  /** A renewal that nobody waits for any more. */
  #overdue: Promise<unknown> | undefined;
  #isOver = false;

  constructor(store: DedupeStore, key: string, policy: Policy) {
    this.#store = store;
    this.#key = key;
    this.#policy = policy;
    this.#claim = () => store.claim(key, this.token, policy.leaseMs);
    this.#beats = Math.floor(policy.renewForMs / this.#pause());
  }

  /** Aborted when the lease is lost. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Claims the key. What is granted too late, or after the lease is over, is given back. */
  async claim(): Promise<ClaimAnswer> {
    const asked = performance.now();
    const asking = again(this.#claim);
    try {
      const { storeTimeoutMs, leaseMs } = this.#policy;
      const answer = await inTime(asking, Math.min(storeTimeoutMs, leaseMs));
      if (answer.status === "granted") this.#begin(asked);
      return answer;
    } catch (error) {
      // Also if it failed: only its answer may be lost.
      asking.catch(ignore).then(() => this.release());
      throw error;
    }
  }

  /** Writes down that the work is done. */
  async commit(): Promise<boolean> {
    await this.#stop();
    const { windowMs } = this.#policy;
    return ask(this.#policy, () => this.#store.commit(this.#key, this.token, windowMs));
  }

  /** Gives the claim back. If that fails, it runs out by itself. */
  async release(): Promise<void> {
    await this.#stop();
    const release = () => this.#store.release(this.#key, this.token);
    await ask(this.#policy, release).catch(ignore);
    // A renewal that is granted only now would keep others out.
    this.#overdue?.then(release).catch(ignore);
  }

  /** A lease begins when it was asked for: the store may count from then. */
  #begin(asked: number): void {
    clearTimeout(this.#end);
    if (this.#isOver) return;
    const left = this.#policy.leaseMs - (performance.now() - asked);
    this.#end = timer(() => this.#lose("ran out"), Math.max(left, 0));
    this.#waitForBeat();
  }

  #waitForBeat(): void {
    if (this.#isOver || this.#beats <= 0) return;
    this.#beats -= 1;
    this.#beat = timer(() => (this.#renewal = this.#renew()), this.#pause());
  }

  async #renew(): Promise<void> {
    const asked = performance.now();
    const asking = again(this.#claim);
    try {
      const answer = await inTime(asking, this.#policy.storeTimeoutMs);
      if (answer.status === "granted") this.#begin(asked);
      else this.#lose("is somebody else's now");
    } catch {
      this.#overdue = asking;
      // The store may be back before the lease runs out.
      this.#waitForBeat();
    }
  }

  #lose(how: string): void {
    this.#halt();
    const message = `the lease ${how}, while the handler was at work`;
    this.#controller.abort(new DedupeError("lease_lost", message));
  }

  /** No renewal is under way after this: one that comes last would claim what was given back. */
  async #stop(): Promise<void> {
    this.#halt();
    await this.#renewal;
  }

  #halt(): void {
    this.#isOver = true;
    clearTimeout(this.#beat);
    clearTimeout(this.#end);
  }

  /** Two renewals may fail before the lease runs out. */
  #pause(): number {
    return Math.ceil(this.#policy.leaseMs / 4);
  }
}

/** What the store answers to a step: in time, and perhaps only when it is asked again. */
export function ask<T>(policy: Policy, step: () => Promise<T>): Promise<T> {
  return inTime(again(step), policy.storeTimeoutMs);
}

function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => {
      const message = `the dedupe store has not answered within ${ms} ms`;
      reject(new DedupeError("store_timeout", message));
    };
    const deadline = setTimeout(late, ms);
    answer.then(resolve, reject).finally(() => clearTimeout(deadline));
  });
}

/**
 * A step that fails is done once more: often a connection was cut while nobody used it, and no step
 * does harm if it is done twice.
 */
async function again<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch {
    return step();
  }
}

/** One that does not keep a process alive by itself, where there is such a thing. */
function timer(run: () => void, ms: number): ReturnType<typeof setTimeout> {
  const made = setTimeout(run, ms);
  (made as { unref?(): void }).unref?.();
  return made;
}

function ignore(): void {}

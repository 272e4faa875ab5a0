// What can go wrong between a handler and a store.

/**
 * Why a claim is of no use any more. `lease_lost`: the lease ran out while the handler was at work,
 * or somebody else has the claim. `store_timeout`: the store did not answer in time.
 */
export type DedupeErrorCode = "lease_lost" | "store_timeout";

/**
 * A lease was lost, or the store did not answer in time. It is the reason of a `claim.signal`, what
 * `once` throws or returns, and what rolls back a transaction that comes too late.
 *
 * @example
 * ```ts
 * import { DedupeError, memoryStore, once } from "countersign/dedupe";
 *
 * const result = await once(memoryStore(), { key: "dlv_1" }, async ({ signal }) => !signal.aborted);
 * if (result.status === "done" && !result.committed && result.error instanceof DedupeError) {
 *   console.warn(result.error.code); // lease_lost
 * }
 * ```
 */
export class DedupeError extends Error {
  /** The ES module and CommonJS have a class each; `instanceof` holds for errors of both. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // A class derived from this one asks for its own.
    return Object.hasOwn(this, Symbol.hasInstance)
      ? typeof value === "object" && value !== null && BRAND in value
      : Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** A stable name for machines. */
  readonly code: DedupeErrorCode;

  /** @internal */
  constructor(code: DedupeErrorCode, message: string) {
    super(message);
    Object.defineProperty(this, "name", { value: "DedupeError", configurable: true });
    Object.defineProperty(this, BRAND, { value: true });
    this.code = code;
  }
}

const BRAND = /* @__PURE__ */ Symbol.for("countersign.DedupeError");

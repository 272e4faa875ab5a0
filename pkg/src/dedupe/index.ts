/**
 * Recognises copies of events, so that a handler's work is done for the first one only. What a store
 * remembers, and the policy for each provider, is in docs/dedupe.md of the repository.
 *
 * @module
 */

export { DedupeError } from "./error.ts";
export type { DedupeErrorCode } from "./error.ts";
export type { DedupeEvent, PlainKey } from "./identity.ts";
export { memoryStore } from "./memory.ts";
export type { MemoryStoreOptions } from "./memory.ts";
export { once } from "./once.ts";
export type { Claim, OnceResult, Signal } from "./once.ts";
export type { OnceOptions } from "./policy.ts";
export type { ClaimAnswer, DedupeStore } from "./store.ts";

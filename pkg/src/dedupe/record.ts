// What each step of a store does to a record, for stores that read and write it themselves.

import type { ClaimAnswer } from "./store.ts";

/** What is kept of a key. */
export interface StoredRecord {
  readonly token: string;
  readonly done: boolean;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** What to answer, and what to write first: `undefined` leaves the record as it is. */
export interface Step<A> {
  readonly answer: A;
  readonly put?: StoredRecord | "nothing";
}

/** Decides a step, given the record and the time. */
export type Decide<A> = (record: StoredRecord | undefined, now: number) => Step<A>;

const GRANTED: ClaimAnswer = { status: "granted" };

export function claim(token: string, leaseMs: number): Decide<ClaimAnswer> {
  return (stored, now) => {
    const record = live(stored, now);
    if (record === undefined || (record.token === token && !record.done)) {
      return { answer: GRANTED, put: { token, done: false, until: now + leaseMs } };
    }
    if (record.token === token) return { answer: GRANTED };
    const status = record.done ? "done" : "busy";
    return { answer: { status, remainingMs: record.until - now } };
  };
}

export function commit(token: string, windowMs: number): Decide<boolean> {
  return (stored, now) => {
    const record = live(stored, now);
    if (record !== undefined && record.token !== token) return { answer: false };
    return { answer: true, put: { token, done: true, until: now + windowMs } };
  };
}

export function release(token: string): Decide<void> {
  return (record) =>
    record?.token === token && !record.done
      ? { answer: undefined, put: "nothing" }
      : { answer: undefined };
}

function live(record: StoredRecord | undefined, now: number): StoredRecord | undefined {
  return record !== undefined && record.until > now ? record : undefined;
}

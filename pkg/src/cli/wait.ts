// Waiting: with an end, and without leaving people in the dark.

import type { Io } from "./io.ts";

/** After so long somebody is told what is being waited for. */
const TELL_AFTER_MS = 2000;

export interface Waiting {
  /** "for …" */
  readonly what: string;
  readonly io: Io;
  readonly signal: AbortSignal;
  /** For how long at most. */
  readonly millis?: number | undefined;
  /** What it means that it took longer. */
  readonly late: (seconds: string) => Error;
}

/** What comes of `work`; it is told by its signal when nobody waits any more. */
export async function waitFor<T>(
  { what, io, signal, millis, late }: Waiting,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const end = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", end);
  const upTo = millis === undefined ? "" : `, for up to ${secondsOf(millis)}`;
  const tell = setTimeout(() => io.note(`waiting for ${what}${upTo} …`), TELL_AFTER_MS);
  const timer = millis && setTimeout(() => stop.abort(late(secondsOf(millis))), millis);
  try {
    if (signal.aborted) throw signal.reason;
    return await Promise.race([work(stop.signal), aborted(stop.signal)]);
  } finally {
    clearTimeout(tell);
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** Rejects when the signal fires. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

export const secondsOf = (millis: number): string => `${Number((millis / 1000).toFixed(3))} s`;

// Requests and streams to make bodies of.

import type { Pair } from "./samples.ts";

/** A request as a runtime makes it. */
export const post = (pairs: readonly Pair[], body: BodyInit | null, more: object = {}): Request =>
  new Request("https://receiver.test/hook", { method: "POST", headers: [...pairs], body, ...more });

/** What a request has to have, and nothing else. */
export const bare = (pairs: readonly Pair[], body: unknown): object => ({
  headers: new Headers([...pairs]),
  body,
});

/** A stream of these pieces; one that stays open never ends. */
export const streamOf = (
  list: readonly Uint8Array[],
  open = false,
): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of list) controller.enqueue(piece);
      if (!open) controller.close();
    },
  }) as ReadableStream<Uint8Array<ArrayBuffer>>;

export interface Watched {
  readonly stream: ReadableStream<Uint8Array>;
  pulls(): number;
  cancelled(): boolean;
}

// As good as forever, and yet an end if nobody stops.
const MANY = 500;

/** A stream that says how often it was asked, and whether it was cancelled. */
export function watched(
  list: Uint8Array[] | undefined,
  forever?: Uint8Array,
  stall = false,
): Watched {
  let pulls = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = list?.[pulls] ?? (pulls < MANY ? forever?.slice() : undefined);
        pulls += 1;
        if (piece !== undefined) controller.enqueue(piece);
        else if (stall) return new Promise(() => {});
        else controller.close();
        return undefined;
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, pulls: () => pulls, cancelled: () => cancelled };
}

// Which events have been accepted already, as the gateway judges it: see src/gateway/dedupe.rs.

/** What an event is in the light of those before it. */
export type Decision =
  | { readonly kind: "conflict" }
  | { readonly kind: "duplicate"; readonly firstSeen: Date; readonly replayFrom: Date | undefined }
  | { readonly kind: "fresh" }
  | { readonly kind: "in_flight" }
  | { readonly kind: "replay"; readonly count: number };

/** An event: what it counts as, and what distinguishes it from others that count as the same. */
export interface Identity {
  readonly key: string;
  readonly variant: string;
}

interface Accepted {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly replays: number;
}

/** More than anybody looks at; the oldest are forgotten. */
const MAX_EVENTS = 10_000;

export class Copies {
  readonly #accepted = new Map<string, Map<string, Accepted>>();
  readonly #inFlight = new Set<string>();

  /** Judges an event, which is then in flight. */
  claim(identity: Identity, replayAfterSeconds: number | undefined, now: number): Decision {
    const claim = JSON.stringify(identity);
    if (this.#inFlight.has(claim)) return { kind: "in_flight" };
    const decision = this.#judge(identity, replayAfterSeconds, now);
    if (decision.kind !== "duplicate") this.#inFlight.add(claim);
    return decision;
  }

  /** It is no longer in flight; if it was not accepted, as if it had never come. */
  release(identity: Identity, decision: Decision, isAccepted: boolean, now: number): void {
    this.#inFlight.delete(JSON.stringify(identity));
    if (!isAccepted) return;
    const variants = this.#accepted.get(identity.key) ?? new Map<string, Accepted>();
    const firstAt = variants.get(identity.variant)?.firstAt ?? now;
    const replays = decision.kind === "replay" ? decision.count : 0;
    variants.set(identity.variant, { firstAt, lastAt: now, replays });
    this.#accepted.set(identity.key, variants);
    const [oldest] = this.#accepted.keys();
    if (this.#accepted.size > MAX_EVENTS && oldest !== undefined) this.#accepted.delete(oldest);
  }

  #judge(
    { key, variant }: Identity,
    replayAfterSeconds: number | undefined,
    now: number,
  ): Decision {
    const variants = this.#accepted.get(key);
    if (variants === undefined) return { kind: "fresh" };
    const before = variants.get(variant);
    if (before === undefined) return { kind: "conflict" };
    const from =
      replayAfterSeconds === undefined ? Infinity : before.lastAt + replayAfterSeconds * 1000;
    if (from <= now) return { kind: "replay", count: before.replays + 1 };
    const replayFrom = from === Infinity ? undefined : new Date(from);
    return { kind: "duplicate", firstSeen: new Date(before.firstAt), replayFrom };
  }
}

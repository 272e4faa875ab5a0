// From a request to a verdict and an answer, in the gateway's order.

import type { SchemeName, VerificationError, Verified, Verifier } from "countersign";
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Pairs } from "../capture.ts";
import type { Target } from "../http.ts";
import { detailsOf } from "../scheme.ts";
import { arrivalOf, bodyOf, isEncoded, isTooLong } from "./arrival.ts";
import type { Arrival } from "./arrival.ts";
import { Copies } from "./copies.ts";
import type { Decision, Identity } from "./copies.ts";
import { forward } from "./forward.ts";
import type { Forwarded } from "./forward.ts";
import {
  HEALTHY,
  IN_FLIGHT,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  UNAUTHORIZED,
  UNREADABLE,
  UNSUPPORTED_ENCODING,
  accepted,
  duplicate,
} from "./reply.ts";
import type { Reply } from "./reply.ts";

/** What became of a request. */
export interface Outcome {
  readonly arrival: Arrival;
  readonly reply: Reply;
  readonly scheme?: SchemeName;
  /** Its bytes, if they could be had. */
  readonly body?: Uint8Array;
  /** It was not genuine. */
  readonly error?: VerificationError;
  /** It was. */
  readonly event?: Verified;
  readonly id?: string;
  readonly decision?: Decision;
  readonly forwarded?: Forwarded;
}

export const HOOKS = "/hooks/";

/** One listener: its schemes, and what has come so far. */
export class Judge {
  readonly #verifiers: ReadonlyMap<string, Verifier<SchemeName>>;
  readonly #destination: Target | undefined;
  readonly #copies = new Copies();

  constructor(
    verifiers: ReadonlyMap<string, Verifier<SchemeName>>,
    destination: Target | undefined,
  ) {
    this.#verifiers = verifiers;
    this.#destination = destination;
  }

  verifier(scheme: SchemeName): Verifier<SchemeName> | undefined {
    return this.#verifiers.get(scheme);
  }

  async judge(request: IncomingMessage): Promise<Outcome> {
    const arrival = arrivalOf(request);
    const { method, path, headers } = arrival;
    if (path === "/healthz" && method === "GET") return { arrival, reply: HEALTHY };
    const name = path.startsWith(HOOKS) ? path.slice(HOOKS.length) : "";
    const verifier = this.#verifiers.get(name);
    if (verifier === undefined) return { arrival, reply: NOT_FOUND };
    const scheme = name as SchemeName;
    if (method !== "POST") return { arrival, scheme, reply: METHOD_NOT_ALLOWED };
    if (isEncoded(arrival)) return { arrival, scheme, reply: UNSUPPORTED_ENCODING };
    if (isTooLong(arrival)) return { arrival, scheme, reply: UNREADABLE.body_too_large };
    const body = await bodyOf(request);
    const early = errorOf(verifier, new Uint8Array(), headers);
    const isHeaders = early !== undefined && early.code !== "signature_mismatch";
    if (typeof body === "string") {
      return isHeaders
        ? { arrival, scheme, error: early, reply: UNAUTHORIZED }
        : { arrival, scheme, reply: UNREADABLE[body] };
    }
    const result = verifier.safeVerify(body, headers);
    if (!result.ok) return { arrival, scheme, body, error: result.error, reply: UNAUTHORIZED };
    return { arrival, scheme, body, ...(await this.#accept(scheme, result.event, headers)) };
  }

  async #accept(scheme: SchemeName, event: Verified, headers: Pairs): Promise<Accepted> {
    const receivedAt = new Date();
    const identity = identityOf(event);
    const id = event.id ?? `sha256_${sha256(event.dedupeKey)}`;
    const { replayAfterSeconds } = detailsOf(scheme);
    const decision = this.#copies.claim(identity, replayAfterSeconds, receivedAt.getTime());
    if (decision.kind === "in_flight") return { event, id, decision, reply: IN_FLIGHT };
    if (decision.kind === "duplicate") {
      return { event, id, decision, reply: duplicate(id, decision.firstSeen, decision.replayFrom) };
    }
    const flags = FLAGS[decision.kind];
    let isAccepted = false;
    try {
      const [reply, forwarded] = this.#destination
        ? await forward(
            this.#destination,
            { scheme, event, id, identity, decision, headers, receivedAt },
            flags,
          )
        : [accepted(id, flags)];
      isAccepted = reply.status < 300;
      return { event, id, decision, reply, ...(forwarded && { forwarded }) };
    } finally {
      this.#copies.release(identity, decision, isAccepted, Date.now());
    }
  }
}

type Accepted = Pick<Outcome, "decision" | "event" | "forwarded" | "id" | "reply">;

const FLAGS = { fresh: {}, conflict: { conflict: true }, replay: { replay: true } } as const;

function errorOf(
  verifier: Verifier,
  body: Uint8Array,
  headers: Pairs,
): VerificationError | undefined {
  const result = verifier.safeVerify(body, headers);
  return result.ok ? undefined : result.error;
}

const identityOf = (event: Verified): Identity => ({
  key: event.dedupeKey,
  variant: `${event.type ?? ""}:${sha256(event.body)}`,
});

const sha256 = (data: string | Uint8Array): string =>
  createHash("sha256").update(data).digest("hex");

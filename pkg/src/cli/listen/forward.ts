// An event on its way to the application, with the headers that the gateway would send.

import type { SchemeName, Verified } from "countersign";
import { createHash } from "node:crypto";
import { valueOf } from "../capture.ts";
import type { Pairs } from "../capture.ts";
import { Failure } from "../failure.ts";
import { post, shownUrl } from "../http.ts";
import type { Target } from "../http.ts";
import { factsOf } from "../scheme.ts";
import type { Decision, Identity } from "./copies.ts";
import { DESTINATION_TIMEOUT, delivered, destinationFailed } from "./reply.ts";
import type { Reply } from "./reply.ts";

/** A genuine event. */
export interface Genuine {
  readonly scheme: SchemeName;
  readonly event: Verified;
  /** The provider's id, or one that is made from the dedupe key. */
  readonly id: string;
  readonly identity: Identity;
  readonly decision: Decision;
  readonly headers: Pairs;
  readonly receivedAt: Date;
}

/** What the application answered; or why there is no answer. */
export interface Forwarded {
  readonly url: string;
  readonly status?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly milliseconds?: number;
}

export async function forward(
  target: Target,
  genuine: Genuine,
  flags: object,
): Promise<[Reply, Forwarded]> {
  const url = shownUrl(target.url);
  try {
    const { status, headers, millis } = await post(
      target,
      headersFor(target.url, genuine),
      genuine.event.body,
    );
    const retryAfter =
      status === 429 || status === 503 ? valueOf(headers, "retry-after") : undefined;
    const isDelivered = status >= 200 && status <= 299;
    const reply = isDelivered
      ? delivered(genuine.id, flags)
      : destinationFailed(/^\d{1,9}$/.test(retryAfter ?? "") ? retryAfter : undefined);
    return [reply, { url, status, milliseconds: millis }];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message } = error;
    return [
      code === "timeout" ? DESTINATION_TIMEOUT : destinationFailed(undefined),
      { url, error: { code, message } },
    ];
  }
}

function headersFor(
  url: URL,
  { scheme, event, id, identity, decision, headers, receivedAt }: Genuine,
): Record<string, string> {
  const { headers: names } = factsOf(scheme);
  const type = event.typeConflict ? undefined : names.type;
  const passed = [names.timestamp, names.id, type, names.signature].flatMap((name) => {
    const value = name && valueOf(headers, name.toLowerCase());
    return name && value ? [[name, value] as const] : [];
  });
  const replays = decision.kind === "replay" ? decision.count : 0;
  return {
    "content-type": valueOf(headers, "content-type") || "application/octet-stream",
    ...Object.fromEntries(passed),
    "countersign-source": scheme,
    "countersign-event-id": id,
    "countersign-delivery-id": deliveryId([
      scheme,
      url.href,
      identity.key,
      identity.variant,
      String(replays),
    ]),
    "countersign-attempt": "1",
    "countersign-received-at": receivedAt.toISOString(),
    ...(event.type && { "countersign-event-type": event.type }),
    ...(event.typeConflict && { "countersign-type-conflict": "true" }),
    ...(decision.kind === "conflict" && { "countersign-conflict": "true" }),
    ...(replays > 0 && { "countersign-replay": "true" }),
  };
}

/** The same for the same event, and another one for a replay. */
const deliveryId = (parts: readonly string[]): string =>
  `dlv_${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32)}`;

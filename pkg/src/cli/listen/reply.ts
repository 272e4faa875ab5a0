// What the sender is told, as the gateway tells it: see src/gateway/reply.rs.

/** An answer to the sender. */
export interface Reply {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

const error = (status: number, code: string, headers: Reply["headers"] = {}): Reply => ({
  status,
  body: { error: code },
  headers,
});

export const NOT_FOUND = error(404, "not_found");
export const METHOD_NOT_ALLOWED = error(405, "method_not_allowed", { allow: "POST" });
export const UNSUPPORTED_ENCODING = error(415, "unsupported_encoding");
export const IN_FLIGHT = error(409, "in_flight", { "retry-after": "5" });
/** Everybody who is not genuine gets the same. */
export const UNAUTHORIZED = error(401, "unauthorized");
export const HEALTHY: Reply = { status: 200, body: "ok" };

/** For a body that can't be had. */
export const UNREADABLE = {
  body_unreadable: error(400, "body_unreadable"),
  body_timeout: error(408, "timeout"),
  body_too_large: error(413, "too_large"),
} as const;

export const accepted = (id: string, flags: object): Reply => ({
  status: 202,
  body: { status: "accepted", id, ...flags },
});

export const delivered = (id: string, flags: object): Reply => ({
  status: 200,
  body: { status: "delivered", id, ...flags },
});

export const duplicate = (id: string, firstSeen: Date, replayFrom: Date | undefined): Reply => ({
  status: 200,
  body: { status: "duplicate", id, firstSeenAt: firstSeen, replayFrom },
});

export const destinationFailed = (retryAfter: string | undefined): Reply =>
  error(502, "destination_failed", retryAfter === undefined ? {} : { "retry-after": retryAfter });
export const DESTINATION_TIMEOUT = error(504, "destination_timeout");

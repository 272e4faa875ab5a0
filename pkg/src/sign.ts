// The other side: signing as a provider does.

import { readBody } from "./body.ts";
import type { BodyInput } from "./body.ts";
import { ConfigError } from "./errors.ts";
import type { ConfigErrorCode } from "./errors.ts";
import { lookUp } from "./scheme.ts";
import type { Scheme } from "./scheme.ts";
import { millisOf, mistake, readKeys, refuseUnknown, secretBytes } from "./secrets.ts";
import { signer } from "./signer-core.ts";
import type { Signer } from "./signer-core.ts";

/** What is to be signed. */
export interface SignOptions {
  /** The secret; several, where the signature header is a list, as during a rotation. */
  readonly secret: string | Uint8Array | readonly (string | Uint8Array)[];
  /** The body, exactly as it will be sent. */
  readonly body: BodyInput;
  /** The event's id, for a scheme that signs one. */
  readonly id?: string | undefined;
  /** The time of signing; now, if it is left out. */
  readonly timestamp?: Date | undefined;
  /** The event's type, for a scheme that names it in a header. */
  readonly type?: string | undefined;
  /** Takes a secret of fewer than 16 bytes, which can be guessed. */
  readonly allowWeakSecret?: boolean | undefined;
}

/**
 * The headers that a provider puts on a request: for tests of a receiver, and for senders.
 *
 * @throws ConfigError for a secret, id, time or type that can't be
 *
 * @example
 * ```ts
 * import { sign, Verifier } from "countersign";
 *
 * const secret = "whatever the portal shows";
 * const body = '{"type":"order.completed"}';
 * const headers = sign("peeker", { secret, id: "evt_1", body });
 *
 * const event = new Verifier("peeker", { secrets: secret }).verify(body, headers);
 * console.log(event.id, event.type); // evt_1 order.completed
 * ```
 */
export function sign(scheme: Scheme, options: SignOptions): Record<string, string> {
  refuseUnknown("sign", options ?? {}, OPTIONS);
  const { body, id, timestamp = new Date(), type, allowWeakSecret } = options ?? {};
  const { core } = lookUp(scheme);
  const bytes = readBody(body);
  const millis = millisOf(timestamp);
  if (Number.isNaN(millis)) throw wrong("invalid_timestamp");
  if (!isText(id)) throw wrong("invalid_id");
  if (!isText(type)) throw wrong("invalid_type");
  const headers = signWith(core, options?.secret, allowWeakSecret === true, (made) =>
    made.sign(bytes, millis, id, type),
  );
  if (!headers.endsWith("\n")) throw wrong(headers);
  const lines = headers.split("\n");
  const pairs = lines.flatMap((line, at) => (at % 2 === 1 ? [[lines[at - 1], line]] : []));
  return Object.fromEntries(pairs) as Record<string, string>;
}

function signWith(
  core: string,
  secret: SignOptions["secret"],
  allowWeak: boolean,
  use: (made: Signer) => string,
): string {
  const made = signer().Signer.create(core, allowWeak);
  if (made === undefined) throw new ConfigError("unknown_scheme", "there is no such scheme");
  try {
    for (const key of readKeys(secret)) {
      const bytes = secretBytes(key.secret);
      const code = made.add(bytes, typeof key.secret === "string");
      bytes.fill(0);
      if (code !== undefined) throw mistake(code, key.id);
    }
    return use(made);
  } finally {
    made.free();
  }
}

const OPTIONS = ["allowWeakSecret", "body", "id", "secret", "timestamp", "type"];

function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function wrong(code: string): ConfigError {
  const message = MISTAKES[code as ConfigErrorCode];
  return message === undefined ? mistake(code) : new ConfigError(code as ConfigErrorCode, message);
}

const MISTAKES: Partial<Record<ConfigErrorCode, string>> = {
  invalid_id: "this scheme signs an event id: pass id, 1 to 255 of A-Z, a-z, 0-9, _ and -",
  invalid_timestamp: "the time can't be written as this scheme's timestamp",
  invalid_type: "the type must look like order.completed",
  too_many_secrets: "this scheme's header takes one signature; sign with one secret",
};

// A scheme of your own, from its definition.

import { ConfigError } from "./errors.ts";
import type { SchemeFacts } from "./generated.ts";
import { CustomScheme } from "./scheme.ts";
import type { SchemeDefinition } from "./scheme.ts";
import { signer } from "./signer-core.ts";

/**
 * Reads and checks the definition of a scheme. Do it once, not for every request: a scheme is kept
 * as long as the program runs.
 *
 * @throws ConfigError `invalid_scheme`, which says where the first mistake is
 *
 * @example
 * ```ts
 * import { defineScheme, Verifier } from "countersign";
 *
 * const slack = defineScheme({
 *   name: "slack",
 *   signature: {
 *     header: "X-Slack-Signature",
 *     syntax: "versioned",
 *     version: "v0",
 *     assign: "=",
 *     separator: ",",
 *     encoding: "hex",
 *   },
 *   timestamp: { header: "X-Slack-Request-Timestamp", format: "unix-seconds" },
 *   signed: ["v0:", "timestamp", ":"],
 *   secret: "utf8",
 * });
 * const verifier = new Verifier(slack, { secrets: "the signing secret of the app" });
 * ```
 */
export function defineScheme(definition: SchemeDefinition): CustomScheme {
  const lines = signer().readScheme(encode(definition));
  if (!lines.endsWith("\n")) {
    throw new ConfigError("invalid_scheme", lines.replace(/^invalid_scheme: /, ""));
  }
  // What was read, not the definition, which may give something else the next time.
  const [name = "", signature = "", , , , , timestamp, format, id, type] = lines.split("\n");
  const headers = {
    signature,
    ...(timestamp && { timestamp }),
    ...(id && { id }),
    ...(type && { type }),
  };
  const facts = { headers, timestamp: (format || "none") as SchemeFacts["timestamp"] };
  return new CustomScheme(name, facts, lines);
}

function encode(definition: unknown): string {
  try {
    return JSON.stringify(definition) ?? "";
  } catch {
    return "";
  }
}

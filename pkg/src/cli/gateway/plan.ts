// What a new gateway is to be: from this everything is written.

import type { SchemeName } from "countersign";
import { usage } from "../failure.ts";
import { DETAILS } from "../generated.ts";
import type { Destination } from "./destination.ts";

export const MODES = ["relay", "inbox"] as const;
export type Mode = (typeof MODES)[number];

export interface Plan {
  /** What the Worker is called. */
  readonly name: string;
  readonly mode: Mode;
  readonly destination: Destination;
  /** One source for each, which has its name. */
  readonly schemes: readonly SchemeName[];
}

/** The name of the Worker secret that deliveries are signed with. */
export const SIGNING_SECRET = "APP_SIGNING_SECRET";

/** The name of the Worker secret that a source's provider signs with. */
export const secretOf = (scheme: SchemeName): string =>
  `${scheme.toUpperCase().replaceAll("-", "_")}_SECRET`;

/** Where a source receives. */
export const pathOf = (scheme: SchemeName): string => `/hooks/${scheme}`;

/** A type that the provider documents, as an example. */
export function exampleType(scheme: SchemeName): string {
  const types: readonly string[] = DETAILS[scheme].eventTypes;
  return types.includes(USUAL) ? USUAL : (types[0] ?? USUAL);
}

const USUAL = "order.completed";

/** A Worker's name: the first part of a host name. */
export function workerName(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw usage("--name is 1 to 63 of a-z, 0-9 and inner hyphens, such as countersign");
}

// The schemes that the command line knows: all that are built in.

import type { SchemeName } from "countersign";
import { SCHEMES } from "../generated.ts";
import type { SchemeFacts } from "../generated.ts";
import type { Word } from "./command.ts";
import { usage } from "./failure.ts";
import { DETAILS } from "./generated.ts";
import type { SchemeDetails } from "./generated.ts";
import { unknown } from "./suggest.ts";

export const SCHEME_NAMES = Object.keys(DETAILS) as SchemeName[];

/** The word that names a scheme. */
export const SCHEME: Word = { name: "scheme", summary: SCHEME_NAMES.join(", ") };

/** The scheme of this name. */
export function schemeOf(word: string | undefined): SchemeName {
  const found = SCHEME_NAMES.find((name) => name === word);
  if (found !== undefined) return found;
  throw usage(unknown("scheme", word ?? "", SCHEME_NAMES));
}

export const factsOf = (scheme: SchemeName): SchemeFacts => SCHEMES[scheme];
export const detailsOf = (scheme: SchemeName): SchemeDetails => DETAILS[scheme];

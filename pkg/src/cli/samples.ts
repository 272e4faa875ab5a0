// Bodies as the providers send them: of each event type that they document, one.

import type { SchemeName } from "countersign";
import { BOATEROS } from "./samples/boateros.ts";
import { PEEKER } from "./samples/peeker.ts";

/** When it happened, and which event it is. */
export interface Occasion {
  readonly id: string;
  readonly type: string;
  readonly at: Date;
}

interface Samples {
  /** What events have in common. */
  readonly envelope: (occasion: Occasion, data: object) => object;
  /** What happened, by the event's type. */
  readonly data: Readonly<Record<string, object>>;
  /** For types that are not listed; without it there is no sample of them. */
  readonly other?: object;
}

const SAMPLES: Readonly<Record<SchemeName, Samples>> = {
  peeker: {
    envelope: ({ id, type, at }, data) => ({ id, type, created_at: at.toISOString(), data }),
    data: PEEKER,
  },
  // The type stands in a header only. The time tells one event from the next.
  boateros: {
    envelope: ({ at }, data) => ({ occurred_at: at.toISOString(), dealership: "norrvik-marine", data }),
    data: BOATEROS,
  },
  "standard-webhooks": {
    envelope: ({ type, at }, data) => ({ type, timestamp: at.toISOString(), data }),
    data: {},
    other: { id: "1f81eb52-5198-4599-803e-771906343485", name: "Ada Example", active: true },
  },
};

/** A body of this type; nothing if there is no sample of it. */
export function sample(scheme: SchemeName, occasion: Occasion): string | undefined {
  const { envelope, data, other } = SAMPLES[scheme];
  const found = Object.hasOwn(data, occasion.type) ? data[occasion.type] : other;
  return found && JSON.stringify(envelope(occasion, found));
}

/** The types of which there are samples. */
export const sampled = (scheme: SchemeName): string[] => Object.keys(SAMPLES[scheme].data);
